"""How a CSV file is written: what stands between its columns and before decimals, and by what it is compressed."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import IO, Any, Literal

Compression = Literal["gzip", "bz2", "zstd"]

CSV, PARQUET = ".csv", ".parquet"
# The endings of the names of data files, in capital or small letters, with what a file of that name is compressed by.
ENDINGS: dict[str, Compression | None] = {
    CSV: None,
    f"{CSV}.gz": "gzip",
    f"{CSV}.bz2": "bz2",
    f"{CSV}.zst": "zstd",
    PARQUET: None,
}
_SWAPPED = str.maketrans(".,", ",.")
_CHUNK = 1 << 20
# Bytes behind the place that was asked for last that are kept: a step back of a block, or of a long record, is free.
_KEPT = 8 << 20


def ending(path: str) -> str:
    """Returns by which of the endings a file is data; "" if by none."""
    return next((one for one in ENDINGS if path.lower().endswith(one)), "")


def is_csv(path: str) -> bool:
    """Returns whether a file's name says that it is CSV, compressed or not."""
    return ending(path).startswith(CSV)


@dataclass(frozen=True)
class Dialect:
    """How CSV files are written.

    Attributes:
        separator: the character between the columns.
        decimal: the character before the decimals of a number; the other of "." and "," is in no number.
        compression: by what all files are compressed; None for what their names say.
    """

    separator: str = ","
    decimal: str = "."
    compression: Compression | None = None

    def compression_of(self, path: str) -> Compression | None:
        """Returns by what a file is compressed."""
        return self.compression or ENDINGS.get(ending(path))

    def number(self, text: str) -> str:
        """Returns text as Python and Arrow read numbers; a point where none may be becomes a comma. Its own inverse."""
        return text.translate(_SWAPPED) if self.decimal == "," else text


PLAIN = Dialect()


class PackedError(ValueError):
    """A file cannot be unpacked; the message says so in words, without the file's name."""


def unpacked(file: IO[bytes], compression: Compression | None) -> IO[bytes]:
    """Returns a file's content; where it is compressed, a file to be read forwards, with small steps back."""
    return _Unpacked(file, compression) if compression else file  # type: ignore[return-value]


class _Unpacked(io.RawIOBase):
    """What a compressed file holds. Positions are those of the content."""

    def __init__(self, file: IO[bytes], compression: Compression):
        self._file, self._compression = file, compression
        self._stream: Any = None
        self._position = 0
        self._rewind()

    def _rewind(self) -> None:
        import pyarrow as pa

        self._file.seek(0)
        self._stream = pa.CompressedInputStream(pa.PythonFile(_LeftOpen(self._file), "r"), self._compression)
        self._window, self._start = bytearray(), 0  # bytes of the content, and where they are

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("a compressed file is read from its beginning")
        self._position = offset
        return offset

    def readinto(self, buffer: Any) -> int:
        content = self.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def read(self, size: int | None = -1) -> bytes:
        """Raises PackedError if the content cannot be told."""
        if self._position < self._start:
            self._rewind()
        wanted = None if size is None or size < 0 else self._position + size
        while wanted is None or self._start + len(self._window) < wanted:
            if not (chunk := self._next()):
                break
            self._window += chunk
            surplus = self._position - _KEPT - self._start
            if surplus > _KEPT:
                del self._window[:surplus]
                self._start += surplus
        begin = self._position - self._start
        content = bytes(self._window[begin : None if wanted is None else wanted - self._start])
        self._position += len(content)
        return content

    def _next(self) -> bytes:
        try:
            return self._stream.read(_CHUNK)
        except (OSError, ValueError) as error:  # Arrow's errors are of these kinds
            raise PackedError(
                f"cannot be unpacked as {self._compression} ({error}). Was it cut off while it was copied, or is it "
                "not compressed? Its name, or [data] compression in the config, says that it is"
            ) from error


class _LeftOpen:
    """A file that Arrow does not close: it belongs to whoever opened it."""

    closed = False

    def __init__(self, file: IO[bytes]):
        self.read = file.read

    def close(self) -> None:
        """Does nothing."""
