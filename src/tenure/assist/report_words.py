"""The words of a report, drafted from its own figures: the result in a sentence, the reason, the next step."""

from __future__ import annotations

from tenure.outlets.words import change, day, number, share, with_unit
from tenure.records.report import Content, Outcome, Series

MOST = 400


def words_of(content: Content) -> tuple[str, str, str]:
    """Sentence, reason and next step. They say what the figures say, good or not, and nothing besides."""
    return _sentence(content)[:MOST], _reason(content), _next_step(content)


def _sentence(content: Content) -> str:
    outcome = _foremost(content.outcomes)
    moved = _moved(content, outcome)
    parts = [part for part in (_of_series(moved) if moved else "", _of_outcome(outcome) if outcome else "") if part]
    if not parts:
        return "There are no figures for this time yet."
    return f"{', and '.join([parts[0], *(_lower(part) for part in parts[1:])])}."


def _lower(text: str) -> str:
    """A sentence's beginning in the middle of another; names and figures keep their capitals."""
    return text if text[:1] in "“0123456789" else text[:1].lower() + text[1:]


def _foremost(outcomes: list[Outcome]) -> Outcome | None:
    """The outcome to speak of: one that can still be reached or was, and of those the one that matters most."""
    known = [each for each in outcomes if each.share is not None or each.status == "attained"]
    return max(known, key=_weight, default=None)


def _weight(outcome: Outcome) -> tuple[bool, bool, bool, float]:
    return outcome.status != "missed", outcome.home_run, outcome.status == "attained", outcome.share or 0.0


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
    way = f", {share(outcome.share)} of the way" if outcome.share >= 0.01 else ""
    return f"{said} stands at {figures}{way}"


def _moved(content: Content, outcome: Outcome | None) -> Series | None:
    """The metric to speak of: the one that rose most; where none rose, the one that the plan asks for, or the first."""
    known = [each for each in content.series if each.change is not None]
    risen = [each for each in known if (each.change or 0) >= 0.01]
    if risen:
        return max(risen, key=lambda each: min(each.change or 0, 2.0))
    return known[0] if known else None


def _of_series(series: Series) -> str:
    moved = series.change or 0
    verb = "rose" if moved >= 0.01 else "fell" if moved <= -0.01 else "held"
    by = f" by {change(moved).lstrip('+−')}" if verb != "held" else ""
    unit = "" if series.unit.lower() in series.label.lower() else series.unit
    return f"{series.label} {verb}{by} {'at' if verb == 'held' else 'to'} {with_unit(series.now, unit)}"


def _reason(content: Content) -> str:
    parts = [f"{win.title.rstrip('.')}." for win in content.wins[:2]]
    made = len(content.published)
    if made:
        titles = ", ".join(f"“{piece.title}”" for piece in content.published[:2])
        more = f" and {made - 2} more" if made > 2 else ""
        parts.append(f"We delivered {made} piece{'' if made == 1 else 's'} of work: {titles}{more}.")
    reached = [each for each in content.outcomes if each.status == "attained" and each.evidence]
    parts += [f"{each.title}: {each.evidence.rstrip('.')}." for each in reached[:1]]
    return " ".join(parts)


def _next_step(content: Content) -> str:
    parts = []
    if content.planned:
        piece = content.planned[0]
        parts.append(f"Next is “{piece.title}”{f', due on {day(piece.day)}' if piece.day else ''}.")
    elif content.ours:
        step = content.ours[0]
        parts.append(f"Next: {step.text.rstrip('.')}{f', by {day(step.by)}' if step.by else ''}.")
    if content.theirs:
        # What lies ahead is asked for by its day; what is overdue is asked for, its day unsaid.
        step = next((each for each in content.theirs if each.by), content.theirs[0])
        parts.append(f"From you we need: {step.text.rstrip('.')}{f', by {day(step.by)}' if step.by else ''}.")
    if content.next_meeting:
        parts.append(f"We meet on {content.next_meeting}.")
    return " ".join(parts)
