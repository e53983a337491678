"""The words of a report, drafted from its own figures: the result in a sentence, the reason, the next step."""

from __future__ import annotations

from tenure.assist.report_headline import lead_of, sentence_of, stale
from tenure.assist.report_reason import reason_of
from tenure.outlets.words import day
from tenure.records.report import MOST, Content, Piece, Step


def words_of(content: Content) -> tuple[str, str, str]:
    """Sentence, reason and next step. They say what the figures say, good or not, and nothing besides."""
    return sentence_of(content)[:MOST], reason_of(content), _next_step(content)


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
    ours = [each for each in content.ours if not each.is_meeting]
    owed = [each for each in ours if each.is_late and each.id not in {piece.id for piece in content.late}][:1]
    parts += [f"{f'Our {each.who} owes' if each.who else 'We owe'} you: {_asked(each)}." for each in owed]
    ours = [each for each in ours if each not in owed]
    if content.planned:
        parts.append(_planned(content.planned[0]))
    elif ours:
        parts.append(f"{f'Our {ours[0].who} is next' if ours[0].who else 'Next'}: {_asked(ours[0])}.")
    elif content.late:
        piece = content.late[0]
        parts.append(f"{_brings(piece)}, which was planned for {day(piece.day)}.")
    if content.late:
        parts.append(_late(content))
    theirs = [each for each in content.theirs if not each.is_old]
    if theirs:
        named = theirs if len(theirs) == 2 else theirs[:1]
        more = f", and {len(theirs) - 1} more" if len(theirs) > len(named) else ""
        parts.append(f"From you we need: {'; '.join(_asked(each) for each in named)}{more}.")
    elif content.theirs:
        parts.append(f"Does this still count: {_asked(content.theirs[0])}?")
    if content.next_meeting:
        settles = ", to settle what we change" if lead_of(content).is_worse else ""
        parts.append(f"We meet on {content.next_meeting}{settles}.")
    parts += [f"We count “{each.title}” with you{' then' if content.next_meeting else ''}." for each in stale(content)]
    return " ".join(parts)


def _planned(piece: Piece) -> str:
    needs = {"material": "; it needs your material", "approve": "; it needs your word"}.get(piece.waits, "")
    return f"{_brings(piece)}{f', planned for {day(piece.day)}' if piece.day else ''}{needs}."


def _brings(piece: Piece) -> str:
    """Who of ours brings a piece out, where somebody is named for it."""
    return f"Our {piece.who} brings out “{piece.title}” next" if piece.who else f"Next is “{piece.title}”"


def _asked(step: Step) -> str:
    text = step.text.rstrip(".")
    text = f"“{text}”" if step.is_noted else text
    if step.by is None:
        return text
    return f"{text}, {'due since' if step.is_late else 'by'} {day(step.by)}"
