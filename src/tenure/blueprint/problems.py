"""Mistakes in a blueprint, each with the place where its text stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake.

    Attributes
    ----------
    file : the file with its folder, such as ``saas/signals.yaml``; empty where the model came from no file.
    line, column : from 1; 0 where the model came from no file.
    path : the way to the text through sections and keys, such as ``signals.red.when``.
    message : what is wrong.
    expected : what would be right.
    nearest : the right name that looks most like the wrong one, or nothing.
    """

    file: str
    line: int
    column: int
    path: str
    message: str
    expected: str = ""
    nearest: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: " if self.file else ""
        where = f"{self.path}: " if self.path else ""
        expected = f"; expected {self.expected}" if self.expected else ""
        hint = f"; did you mean “{self.nearest}”?" if self.nearest else ""
        return f"{place}{where}{self.message}{expected}{hint}"


class BlueprintErrors(Exception):
    """Everything that is wrong with a blueprint, in the order of its files and lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        count = len(self.problems)
        heading = f"{count} mistake{'' if count == 1 else 's'} in the blueprint"
        super().__init__("\n".join([heading, *(str(problem) for problem in self.problems)]))


def nearest(word: str, known: Iterable[str]) -> str:
    """The name among `known` that looks most like the word, or that one begins like; nothing where none is near."""
    names = sorted(known)
    lower = word.lower()
    found = get_close_matches(lower, names, n=1, cutoff=0.6)
    if found:
        return found[0]
    begins = [name for name in names if len(name) >= 3 and (lower.startswith(name) or name.startswith(lower[:3]))]
    return begins[0] if len(begins) == 1 else ""


def listed(names: Iterable[str], most: int = 8) -> str:
    """Names as a sentence lists them: ``a, b or c``; nothing where they are too many to help."""
    words = list(names)
    if not words or len(words) > most:
        return ""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
