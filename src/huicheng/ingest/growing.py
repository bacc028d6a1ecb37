"""A text file that grows: whole rows as they are added, across truncation and rotation.

Where the reading stands is a number of bytes of one file, told by its inode and by the digest of its beginning: a
file of the same name that was put in its place, or written anew, is another file and read from its start. What is
left of the old one is read first, as long as it is there under a name that begins alike (``log.csv.1``).
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from huicheng.errors import Invalid
from huicheng.ingest.rows import Table, check_file
from huicheng.ingest.text import CsvTable, JsonLinesTable, detect

#: Bytes looked at in one go; and an open quotation mark waits for its end no longer than this.
_CHUNK = 1 << 20
#: So much of a file tells that it is still the same.
_HEAD = 1_024
_LINE = b"\n"
_UNFIT = (b"\x1f\x8b", b"PK", b"PAR1", b"\xff\xfe", b"\xfe\xff")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where the reading of a file stands."""

    #: ``device:inode``; "" = nothing was read yet.
    identity: str = ""
    #: SHA-256 of the first ``head_bytes``.
    head: str = ""
    head_bytes: int = 0
    #: Whole rows.
    bytes: int = 0
    lines: int = 0


class Piece(NamedTuple):
    """Rows that were added, as a table, and where the reading stands after them."""

    table: Table
    #: Number of the line before its first row.
    before: int
    after: Place


class Growing:
    """One file. :meth:`pieces` gives what there is now; ask again later."""

    def __init__(self, path: Path, place: Place, encoding: str | None = None) -> None:
        check_file(path)
        self.path = path
        self.place = place
        self._encoding = encoding

    def pieces(self) -> Iterator[Piece]:
        """What was added since the last time. Take one, and set :attr:`place` after it is stored."""
        for path, rotated in self._files():
            with path.open("rb") as file:
                yield from self._of(file, rotated=rotated)

    def _files(self) -> Iterator[tuple[Path, bool]]:
        """The rest of a file that was put away, then the one of this name."""
        if self.place.identity and self.place.identity != _identity(self.path.stat()):
            old = next((one for one in self._put_away() if _identity(one.stat()) == self.place.identity), None)
            if old is not None:
                yield old, True
            self.place = Place()
        yield self.path, False

    def _put_away(self) -> Iterator[Path]:
        beside = (one for one in self.path.parent.iterdir() if one.name.startswith(self.path.name) and one != self.path)
        return (one for one in beside if one.is_file())

    def _of(self, file: BinaryIO, *, rotated: bool) -> Iterator[Piece]:
        stat = os.fstat(file.fileno())
        if not self._is_same(file, stat):
            self.place = Place()
        while piece := self._next(file, stat, rotated=rotated):
            yield piece
            if self.place != piece.after:
                return  # it was not stored: the same comes again

    def _is_same(self, file: BinaryIO, stat: os.stat_result) -> bool:
        if self.place.identity != _identity(stat) or stat.st_size < self.place.bytes:
            return False
        return _digest(file, self.place.head_bytes) == self.place.head

    def _next(self, file: BinaryIO, stat: os.stat_result, *, rotated: bool) -> Piece | None:
        """The next whole rows; a last line without its end waits, unless nobody will end it any more."""
        place = self.place
        header = self._header(file)
        file.seek(max(place.bytes, len(header)))
        chunk = _whole(file.read(_CHUNK), rotated=rotated)
        if not chunk:
            return None
        start = max(place.bytes, len(header))
        read = start + len(chunk)
        head_bytes = place.head_bytes or min(_HEAD, read)
        before = place.lines or (1 if header else 0)
        after = Place(
            identity=_identity(stat),
            head=place.head or _digest(file, head_bytes),
            head_bytes=head_bytes,
            bytes=read,
            lines=before + chunk.count(_LINE),
        )
        return Piece(self._table(header, chunk), before, after)

    def _header(self, file: BinaryIO) -> bytes:
        """The first line of a CSV file, whole or not at all; JSON lines have none."""
        file.seek(0)
        line = file.readline(_CHUNK)
        if line.startswith(_UNFIT):
            raise Invalid(place=str(self.path), why="Only plain text (CSV, JSON lines) can be followed while it grows.")
        return b"" if line.lstrip(b"\xef\xbb\xbf \t").startswith(b"{") or not line.endswith(_LINE) else line

    def _table(self, header: bytes, chunk: bytes) -> Table:
        whole = header + chunk
        text = _Text(self.path, whole, self._encoding_of(whole))
        return CsvTable(text) if header else JsonLinesTable(text)

    def _encoding_of(self, whole: bytes) -> str:
        """As it was said or found once; bytes that fit none make a bad row, not the end."""
        if self._encoding is not None or whole.isascii():
            return self._encoding or "utf-8"
        try:
            self._encoding = detect(whole, self.path)
        except Invalid:
            return "utf-8"
        return self._encoding


class _Text:
    """A stretch of a file as :class:`huicheng.ingest.text.TextFile` gives a whole one."""

    def __init__(self, path: Path, whole: bytes, encoding: str) -> None:
        self.path = path
        self.encoding = encoding
        self.sample = whole.decode(encoding, "surrogateescape")

    @property
    def fraction(self) -> float:
        """All of it is at hand."""
        return 1.0

    def lines(self) -> Iterator[str]:
        """Line by line, each with its end."""
        return iter(io.StringIO(self.sample, newline=""))

    def close(self) -> None:
        """Nothing is open."""


def _whole(chunk: bytes, *, rotated: bool) -> bytes:
    """The whole rows of what was read: up to the last end of a line that is not within quotation marks."""
    if rotated and len(chunk) < _CHUNK:
        return chunk
    end = chunk.rfind(_LINE) + 1
    if len(chunk) < _CHUNK:
        while end and chunk.count(b'"', 0, end) % 2:
            end = chunk.rfind(_LINE, 0, end - 1) + 1
    return chunk[:end] if end or len(chunk) < _CHUNK else chunk


def _identity(stat: os.stat_result) -> str:
    return f"{stat.st_dev}:{stat.st_ino}"


def _digest(file: BinaryIO, size: int) -> str:
    file.seek(0)
    return hashlib.sha256(file.read(size)).hexdigest()
