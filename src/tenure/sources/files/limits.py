"""What a file may be at most, and why it is turned away."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that no honest export meets: bytes on disk, bytes unpacked, columns of a row, characters of a cell."""

    file_bytes: int = 512 * 1024 * 1024
    unpacked_bytes: int = 1024 * 1024 * 1024
    unpacked_ratio: int = 200
    columns: int = 500
    cell_characters: int = 32_767


LIMITS = Limits()


class FileRefused(Exception):
    """A file that cannot be read as rows: which one, at which line where that is known, and the mend."""

    def __init__(self, file: str, message: str, *, line: int | None = None) -> None:
        self.file, self.message, self.line = file, message, line
        where = f"{file}:{line}" if line else file
        super().__init__(f"{where}: {message}")
