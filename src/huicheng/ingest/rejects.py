"""The file of rows that were not taken: line, column, value, reason, remedy."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path
from typing import Any

import msgspec

from huicheng.ingest.problem import shown

HEADER = ("line", "column", "value", "reason", "remedy")
#: Past this, rejects are counted and no longer written.
MOST_BYTES = 20_000_000


class Reject(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong with one row."""

    line: int
    column: str
    value: str
    reason: str
    remedy: str


class RejectFile:
    """``<data>/rejects/<file>-<source>.csv``. It goes on at the byte the last commit has seen.

    What was written after that byte belongs to rows that will be read again after a kill.
    """

    def __init__(self, folder: Path, file: str, source: str, *, size: int = 0) -> None:
        self.path = folder / f"{_safe(file)}-{_safe(source)}.csv"
        self._size = size
        #: Whether the file has reached its bound.
        self.full = size >= MOST_BYTES

    def write(self, rejects: list[Reject]) -> int:
        """Append, flush to the disk, and say how long the file is now."""
        if not rejects or self.full:
            return self._size
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("r+b" if self._size and self.path.exists() else "w+b") as raw:
            raw.truncate(self._size)
            raw.seek(0, os.SEEK_END)
            raw.write(_lines(rejects, header=raw.tell() == 0))
            raw.flush()
            os.fsync(raw.fileno())
            self._size = raw.tell()
        self.full = self._size >= MOST_BYTES
        return self._size


def _lines(rejects: list[Reject], *, header: bool) -> bytes:
    """UTF-8 with a mark, because the spreadsheet programs that open it need one."""
    lines = _Lines()
    writer = csv.writer(lines)
    if header:
        writer.writerow(HEADER)
    for one in rejects:
        writer.writerow([one.line, one.column, harmless(one.value), one.reason, one.remedy])
    text = "".join(lines.written)
    return (("\ufeff" if header else "") + text).encode("utf-8", "replace")


class _Lines:
    """What csv.writer wants of a file."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def write(self, text: str) -> None:
        self.written.append(text)


_NUMBER = re.compile(r"[+-]?[\d.,eE+-]+").fullmatch


def harmless(value: Any) -> str:
    """The value as a cell that no spreadsheet takes for a formula."""
    text = shown(value)
    return f"'{text}" if text[:1] in "=+-@\t\r" and text and not _NUMBER(text) else text


def _safe(name: str) -> str:
    return re.sub(r"[^\w.\-]", "-", name)
