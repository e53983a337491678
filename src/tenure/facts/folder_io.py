"""The files of a lake in a folder, as Iceberg's library opens them. See `tenure.facts.places`."""

from __future__ import annotations

from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.typedef import EMPTY_DICT, Properties

from tenure.facts.places import here, path_of


class FolderIO(PyArrowFileIO):
    """Opens, writes and deletes each file where it lies now; its address stays as it was written."""

    @staticmethod
    def parse_location(location: str, properties: Properties = EMPTY_DICT) -> tuple[str, str, str]:
        address = here(location, properties)
        path = path_of(address)
        return PyArrowFileIO.parse_location(address, properties) if path is None else ("file", "", path)
