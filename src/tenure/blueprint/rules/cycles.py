"""Circles in what waits for what."""

from collections.abc import Mapping, Sequence


def circle(waits_for: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The first circle found, such as ``("a", "b", "a")``; empty where there is none."""
    done: set[str] = set()
    for start in waits_for:
        chain: list[str] = []
        branches = [iter((start,))]
        while branches:
            step = next(branches[-1], None)
            if step is None:
                branches.pop()
                if chain:
                    done.add(chain.pop())
            elif step in chain:
                return (*chain[chain.index(step) :], step)
            elif step in waits_for and step not in done:
                chain.append(step)
                branches.append(iter(waits_for[step]))
    return ()
