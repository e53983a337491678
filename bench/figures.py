"""What the benchmarks print: times side by side, their ratio, and the limit that it is held against."""

from __future__ import annotations

from collections.abc import Sequence


def quantile(times: Sequence[float], share: float) -> float:
    """The time under which a share of all lies, by nearest rank."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def line(name: str, before: float, after: float, limit: float | None = None) -> str:
    """``name  before ms  after ms  ratio``, and whether the ratio keeps its limit."""
    ratio = after / before if before else float("inf")
    said = "" if limit is None else f"  at most {limit:g}: {'kept' if ratio <= limit else 'BROKEN'}"
    return f"{name:<42}{before * 1000:>10.1f}{after * 1000:>10.1f}{ratio:>8.2f}x{said}"


def heading(title: str, before: str, after: str) -> str:
    return f"\n{title}\n{'':<42}{before + ' ms':>10}{after + ' ms':>10}{'ratio':>9}"
