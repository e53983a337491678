"""A played call as a fold: what somebody says moves hidden levels and brings an answer. Pure, and always the same.

    advance(call, talk, line) -> talk, reply

`Talk` is the whole state, as plain data that a row keeps; the same lines give the same call, word for word, so that
two people can be compared.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from tenure.blueprint.expressions import parse
from tenure.blueprint.model import PracticeAnswer, PracticeCall
from tenure.blueprint.schema.practice import HIGHEST, LOWEST
from tenure.watch.compiled import Compiled, compile_expression

MOST_ANSWERS = 2  # to one line: whoever asks three things at once is answered two
_WORD = re.compile(r"[\w']+")
_HANDS = "hung_up"  # the end of a call that ran out of turns, where no end of its own says so


@dataclass(frozen=True, slots=True)
class Talk:
    """Where a call stands: the hidden levels, what was told, which answers were given, and how it ended."""

    levels: Mapping[str, int]
    told: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    turn: int = 0
    missed: int = 0  # lines to which nothing fitted
    ended: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a line brought: the words of the client, and behind them what was heard, what moved, what was told."""

    says: str
    heard: tuple[str, ...] = ()
    reactions: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    reveals: tuple[str, ...] = ()
    moved: Mapping[str, int] = field(default_factory=dict)


def begin(call: PracticeCall) -> Talk:
    """A call that has just been picked up."""
    return Talk(dict(call.state))


def advance(call: PracticeCall, talk: Talk, line: str) -> tuple[Talk, Reply]:
    """Say a line. Reactions move the levels first, then the client answers, then it is seen whether the call ends.

    Raises ValueError for a call that has ended.
    """
    if talk.ended:
        raise ValueError("this call has ended")
    talk = replace(talk, turn=talk.turn + 1)
    heard = topics_in(call, line)
    seen = _line_of(line, talk.turn)
    reactions = [
        (key, each)
        for key, each in call.reactions.items()
        if (not each.hears or heard & set(each.hears)) and _holds(each.if_, call, talk, seen)
    ]
    before = dict(talk.levels)
    for _, reaction in reactions:
        talk = replace(talk, levels=_moved(talk.levels, reaction.then))
    talk, says, answers, reveals = _answer(call, talk, heard, seen)
    end = _end_of(call, talk, seen, parting=False) or (_last(call, talk, seen) if talk.turn >= call.most_turns else "")
    if end:
        talk = replace(talk, ended=end)
        closing = call.ends[end].says if end in call.ends else ""
        # Whoever has had enough says so, and does not answer first.
        says = closing if end in call.ends and not call.ends[end].parting else " ".join(filter(None, (says, closing)))
    moved = {key: talk.levels[key] - before[key] for key in before if talk.levels[key] != before[key]}
    reply = Reply(says, tuple(t for t in call.topics if t in heard), tuple(k for k, _ in reactions), answers, reveals)
    return talk, replace(reply, moved=moved)


def hang_up(call: PracticeCall, talk: Talk) -> tuple[Talk, str]:
    """End a call by hand: how it ended, and what the client says to it."""
    if talk.ended:
        raise ValueError("this call has ended")
    end = _end_of(call, talk, _line_of("", talk.turn), parting=True)
    return replace(talk, ended=end or _HANDS), call.ends[end].says if end else ""


def topics_in(call: PracticeCall, line: str) -> set[str]:
    """The topics that a line names, by words and phrases, whatever their case and punctuation.

    >>> from tenure.blueprint.model import PracticeCall
    >>> call = PracticeCall.model_validate({
    ...     "label": "x", "with": "a", "brief": "", "opening": "", "answers": {}, "ends": {}, "otherwise": [],
    ...     "topics": {"goal": ["90 days", "measur*"], "price": ["cost"]}})
    >>> sorted(topics_in(call, "What would be measurable in 90 days?"))
    ['goal']
    """
    said = words_of(line)
    return {key for key, phrases in call.topics.items() if any(_stands_in(words_of(each), said) for each in phrases)}


def words_of(text: str) -> list[str]:
    """The words of a text, small, a typographic apostrophe read as a plain one; a star stays with its word.

    >>> words_of("What’s Measur* – now?")
    ["what's", 'measur*', 'now']
    """
    plain = text.casefold().replace("’", "'")
    return [match[0] + ("*" if plain[match.end() : match.end() + 1] == "*" else "") for match in _WORD.finditer(plain)]


def _stands_in(phrase: list[str], said: list[str]) -> bool:
    return bool(phrase) and any(
        all(_fits(wanted, word) for wanted, word in zip(phrase, said[at:], strict=False))
        for at in range(len(said) - len(phrase) + 1)
    )


def _fits(wanted: str, word: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted


def _line_of(line: str, turn: int) -> dict[str, object]:
    return {"turn": turn, "words": len(words_of(line)), "question": "?" in line}


@lru_cache(maxsize=2048)
def _compiled(text: str) -> Compiled:
    return compile_expression(parse(text))


def _holds(condition: str | None, call: PracticeCall, talk: Talk, seen: Mapping[str, object]) -> bool:
    if condition is None:
        return True
    told = {fact: fact in talk.told for fact in call.facts}
    return _compiled(condition)({**talk.levels, **told, **seen}) is True


def _moved(levels: Mapping[str, int], then: Mapping[str, int]) -> dict[str, int]:
    return {key: max(LOWEST, min(HIGHEST, value + then.get(key, 0))) for key, value in levels.items()}


def _answer(
    call: PracticeCall, talk: Talk, heard: set[str], seen: Mapping[str, object]
) -> tuple[Talk, str, tuple[str, ...], tuple[str, ...]]:
    """The first answers that fit; else that it was told before; else what the client says when they are lost."""
    chosen: list[tuple[str, PracticeAnswer]] = []
    open_topics, repeats = set(heard), False
    for key, answer in call.answers.items():
        if len(chosen) == MOST_ANSWERS or not open_topics & set(answer.hears):
            continue
        if (answer.asked and not seen["question"]) or not _holds(answer.if_, call, talk, seen):
            continue
        if key in talk.given and not answer.again:
            repeats = True
            continue
        chosen.append((key, answer))
        open_topics -= set(answer.hears)
    if not chosen:
        return _lost(call, talk, repeats)
    for _, answer in chosen:
        talk = replace(talk, levels=_moved(talk.levels, answer.then))
    reveals = _new([fact for _, answer in chosen for fact in answer.reveals], talk.told)
    keys = tuple(key for key, _ in chosen)
    talk = replace(talk, told=(*talk.told, *reveals), given=(*talk.given, *_new(keys, talk.given)))
    return talk, " ".join(answer.says for _, answer in chosen), keys, reveals


def _lost(call: PracticeCall, talk: Talk, repeats: bool) -> tuple[Talk, str, tuple[str, ...], tuple[str, ...]]:
    if repeats and call.repeated is not None:
        saying = call.repeated
    else:
        saying = call.otherwise[talk.missed % len(call.otherwise)]
        talk = replace(talk, missed=talk.missed + 1)
    return replace(talk, levels=_moved(talk.levels, saying.then)), saying.says, (), ()


def _new(keys: Iterable[str], held: Iterable[str]) -> tuple[str, ...]:
    before = set(held)
    return tuple(dict.fromkeys(key for key in keys if key not in before))


def _end_of(call: PracticeCall, talk: Talk, seen: Mapping[str, object], *, parting: bool) -> str:
    found = (key for key, end in call.ends.items() if end.parting == parting and _holds(end.if_, call, talk, seen))
    return next(found, "")


def _last(call: PracticeCall, talk: Talk, seen: Mapping[str, object]) -> str:
    """The end of a call that has had all its turns: as if one had hung up."""
    return _end_of(call, talk, seen, parting=True) or _HANDS
