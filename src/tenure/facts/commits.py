"""Commits to Iceberg tables. Imported where one is made: Iceberg's own library takes a second to load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyiceberg.table import Transaction

if TYPE_CHECKING:
    from pyiceberg.table import Table
    from pyiceberg.table.metadata import TableMetadata


class Commit(Transaction):
    """A transaction that puts the table's description together once for each change to it.

    The library's own does so whenever it looks at the description, some twenty times for a batch of rows, and each
    time copies every snapshot that the table has.
    """

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._described: tuple[object, object, TableMetadata] | None = None

    @property
    def table_metadata(self) -> TableMetadata:
        """The table's description with the changes staged so far."""
        held = self._described
        if held is None or held[0] is not self._table.metadata or held[1] is not self._updates:
            held = self._described = (self._table.metadata, self._updates, super().table_metadata)
        return held[2]
