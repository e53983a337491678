"""Where the files of a lake lie that lives in a folder: which may have any name, and may have been moved or copied.

Iceberg writes whole addresses into its files. A home is a folder that people move, restore elsewhere, and copy to try
something out: then the addresses stay as they are, and whoever opens a file looks for it where the folder lies now. So
a copy reads and writes its own files, never those of the home that it was made from.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

WRITTEN_AT, LIES_AT = "tenure.written-at", "tenure.lies-at"
IO = "tenure.facts.folder_io.FolderIO"
FILE = "file://"


def address_of(folder: Path) -> str:
    """A folder as an address, its name as it is: nothing in it stands for anything else."""
    return f"{FILE}{folder.expanduser().resolve()}"


def path_of(address: str) -> str | None:
    """The path of an address on this machine; None of one elsewhere."""
    return address.removeprefix(FILE) if address.startswith((FILE, "/")) else None


def properties_of(written: str, lies: str, namespace: str) -> dict[str, str]:
    """What a catalog has to know of a warehouse that lies in a folder: how it is opened, and whether it was moved.

    `written` is its address as its tables know it, empty before there are any; `lies` is where it is said to lie now. A
    setting that names another folder, into which nothing was moved, is no move.
    """
    folder = path_of(lies)
    if folder is None:
        return {}
    is_moved = path_of(written) not in (None, "", folder) and Path(folder, namespace).is_dir()
    return {"py-io-impl": IO} | ({"warehouse": written, WRITTEN_AT: written, LIES_AT: lies} if is_moved else {})


def here(address: str, properties: Mapping[str, str]) -> str:
    """Where a file lies now that was written at an address."""
    written, lies = properties.get(WRITTEN_AT, ""), properties.get(LIES_AT, "")
    return f"{lies}{address.removeprefix(written)}" if written and address.startswith(f"{written}/") else address
