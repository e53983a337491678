"""The words of a report, drafted from its own figures: the result in a sentence, the reason, the next step."""

from __future__ import annotations

from tenure.outlets.words import change, day, listed, number, share, with_unit
from tenure.records.report import Content, Outcome, Piece, Series, Step

MOST = 400
MOVED, FELL = 0.01, 0.05  # from what share on a figure has moved, and a fall is spoken of beside a rise
FEW = 10  # a figure below it is told by its ends: "rose from 2 to 5" and not "by 150 %"


def words_of(content: Content) -> tuple[str, str, str]:
    """Sentence, reason and next step. They say what the figures say, good or not, and nothing besides."""
    return _sentence(content)[:MOST], _reason(content), _next_step(content)


def _sentence(content: Content) -> str:
    parts = [part for part in (_of_figures(content), _of_plan(content.outcomes)) if part] or [_of_first(content)]
    if ", while" in parts[0]:
        return " ".join(f"{part[:1].upper()}{part[1:]}." for part in parts)
    said = ", and ".join([parts[0], *(_lower(part) for part in parts[1:])])
    return f"{said[:1].upper()}{said[1:]}."


def _of_first(content: Content) -> str:
    """Where nothing can be compared and no outcome is known: how much there was of the first figure."""
    told = next((each for each in content.series if each.now is not None), None)
    if told is None:
        return "There are no figures for this time yet"
    since = f"since {day(told.since)}" if told.since else content.period
    if told.aggregate == "sum":
        return f"There were {with_unit(told.now, told.unit)} {since}".rstrip()
    return f"{told.label} stood at {with_unit(told.now, told.unit)} {since}".rstrip()


def _lower(text: str) -> str:
    """A sentence's beginning in the middle of another; names and figures keep their capitals."""
    return text if text[:1] in "“0123456789" else text[:1].lower() + text[1:]


def _of_plan(outcomes: list[Outcome]) -> str:
    """The outcome that matters most of those that are open or were judged on these days; else how the plan ended."""
    known = [each for each in outcomes if each.is_news and (each.share is not None or each.status == "attained")]
    if known:
        return _of_outcome(max(known, key=lambda each: (each.home_run, each.status == "attained", each.share or 0.0)))
    judged = [each for each in outcomes if each.status in ("attained", "missed")]
    reached = sum(each.status == "attained" for each in judged)
    if not judged or len(judged) < len(outcomes):
        return ""
    if len(judged) == 1:
        return f"“{judged[0].title}” {'is' if reached else 'was not'} reached"
    if not reached:
        return f"none of the {len(judged)} outcomes of the plan was reached"
    if reached == len(judged):
        return f"{'both' if reached == 2 else f'all {reached}'} outcomes of the plan are reached"
    return f"{reached} of the {len(judged)} outcomes of the plan {'is' if reached == 1 else 'are'} reached"


def _of_outcome(outcome: Outcome) -> str:
    said = f"“{outcome.title}”"
    if outcome.status == "attained":
        return f"{said} is reached" + (
            f" with {with_unit(outcome.now, outcome.unit)}" if outcome.now is not None else ""
        )
    if outcome.share is None or outcome.target is None:
        return ""
    figures = f"{number(outcome.now)} of {with_unit(outcome.target, outcome.unit)}"
    if outcome.status == "missed":
        return f"{said} was not reached, with {figures}"
    if outcome.share >= MOVED:
        return f"{said} stands at {figures}, {share(outcome.share)} of the way"
    if outcome.now == outcome.baseline:
        return f"{said} stands at {figures}, where it began"
    return f"{said} stands at {figures}, behind the {number(outcome.baseline)} with which it began"


def _of_figures(content: Content) -> str:
    """How the figures went: what rose most and what fell most, the more frequent of the two first."""
    known = [each for each in content.series if each.change is not None]
    if not known:
        return ""
    risen = [each for each in known if (each.change or 0) >= MOVED]
    fallen = [each for each in known if (each.change or 0) <= -FELL]
    asked = {each.metric for each in content.outcomes if each.metric and each.status == "open"}
    best = max(risen, key=lambda each: _telling(each, asked), default=None)
    worst = max(fallen, key=lambda each: _telling(each, asked), default=None)
    lead, other = (worst, best) if len(fallen) > len(risen) else (best, worst)
    lead = lead or other or known[0]
    period = f" {content.period}" if content.period else ""
    if other is None or other is lead or abs(other.change or 0) < FELL or not _is_count(other):
        return f"{_of_series(lead)}{period}"
    return f"{_of_series(lead)}{period}, while {_lower(_of_series(other))}"


def _telling(series: Series, asked: set[str]) -> tuple[bool, bool, float]:
    """How much a figure says: a count that is no handful, then what the plan asks for, then what moved most."""
    return _is_count(series), series.metric in asked, min(abs(series.change or 0), 2.0)


def _is_count(series: Series) -> bool:
    """Whether it counts something of which there is more than a handful."""
    return series.aggregate == "sum" and max(series.now or 0, series.before or 0) >= FEW


def _of_series(series: Series) -> str:
    moved = series.change or 0
    unit = "" if series.unit.lower() in series.label.lower() else series.unit
    if abs(moved) < MOVED:
        return f"{series.label} held at {with_unit(series.now, unit)}"
    verb = "rose" if moved > 0 else "fell"
    if max(series.now or 0, series.before or 0) < FEW or abs(moved) > 2:
        return f"{series.label} {verb} from {number(series.before)} to {with_unit(series.now, unit)}"
    return f"{series.label} {verb} by {change(moved).lstrip('+−')} to {with_unit(series.now, unit)}"


def _reason(content: Content) -> str:
    parts = [f"{win.title.rstrip('.')}." for win in content.wins[:2]]
    parts += [part for part in (_brought(content), _delivered(content)) if part]
    reached = [each for each in content.outcomes if each.status == "attained" and each.is_news and each.evidence]
    parts += [f"What shows “{each.title}”: {each.evidence.rstrip('.')}." for each in reached[:1]]
    return " ".join(parts)


def _brought(content: Content) -> str:
    """Where the first figure that says so came from."""
    told = next((each for each in content.series if each.brought and each.now), None)
    if told is None:
        return ""
    known = [(label, value) for label, value in told.brought if label != "unattributed" and value][:3]
    said = [f"{number(value)} {'from' if at else 'came from'} {label}" for at, (label, value) in enumerate(known)]
    return f"Of the {with_unit(told.now, told.unit)}, {listed(said)}." if said else ""


def _delivered(content: Content) -> str:
    made, before = len(content.published), content.published_before
    against = f", after {before} in {content.beside}" if before is not None and content.beside else ""
    if not made:
        return f"Nothing went out{against}." if before else ""
    titles = [f"“{piece.title}”" for piece in content.published[:2]]
    titles += [f"{made - 2} more"] if made > 2 else []
    return f"We delivered {made} {_pieces(made)} of work{against}: {listed(titles)}."


def _pieces(count: int) -> str:
    return "piece" if count == 1 else "pieces"


def _late(content: Content) -> str:
    """What is late, and for what it waits."""
    count = len(content.late) + content.late_more
    waits = [each for each in content.late if each.waits]
    said = f"{count} {_pieces(count)} {'is' if count == 1 else 'are'} late"
    if not waits:
        return f"{said}; {'it is' if count == 1 else 'they are'} with us."
    if content.late_more or len(waits) == len(content.late):
        return f"{said}, {_waiting(waits)}."
    return f"{said}: {len(waits)} {_waiting(waits)}, {len(content.late) - len(waits)} with us."


def _waiting(pieces: list[Piece]) -> str:
    found = {each.waits for each in pieces}
    for_what = "your material" if found == {"material"} else "your word" if "material" not in found else "you"
    return f"waiting for {for_what}"


def _next_step(content: Content) -> str:
    parts = []
    if content.planned:
        piece = content.planned[0]
        needs = {"material": "; it needs your material", "approve": "; it needs your word"}.get(piece.waits, "")
        parts.append(f"Next is “{piece.title}”{f', planned for {day(piece.day)}' if piece.day else ''}{needs}.")
    elif content.ours:
        parts.append(f"Next: {_asked(content.ours[0])}.")
    elif content.late:
        piece = content.late[0]
        parts.append(f"Next is “{piece.title}”, which was planned for {day(piece.day)}.")
    if content.late:
        parts.append(_late(content))
    if content.theirs:
        more = len(content.theirs) - 1
        parts.append(f"From you we need: {_asked(content.theirs[0])}{f', and {more} more' if more else ''}.")
    if content.next_meeting:
        parts.append(f"We meet on {content.next_meeting}.")
    return " ".join(parts)


def _asked(step: Step) -> str:
    text = step.text.rstrip(".")
    if step.by is None:
        return text
    return f"{text}, {'due since' if step.is_late else 'by'} {day(step.by)}"
