"""A register that rooms fill while they load and that nothing changes afterwards."""

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """Names and what they stand for. A name is given once; after `freeze()` no name can be added."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._items: dict[str, T] = {}
        self._frozen = False

    def add(self, name: str, item: T) -> T:
        if self._frozen:
            raise RuntimeError(f"the register of {self.what} is closed: {name!r} comes too late")
        if name in self._items:
            raise RuntimeError(f"{self.what} {name!r} is registered twice")
        self._items[name] = item
        return item

    def freeze(self) -> None:
        self._frozen = True

    def __getitem__(self, name: str) -> T:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._items))

    def __len__(self) -> int:
        return len(self._items)
