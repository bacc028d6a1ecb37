"""Disks that fail, as SQLite sees them: one that forgets what was not forced to it, one that is full."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import apsw

SECTOR = 512


class FailingDisk(apsw.VFS):
    """Passes everything on to the real disk, and asks ``before`` ahead of each change."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "")
        self.before: Callable[[], None] = lambda: None
        #: Path → what power loss would leave of it: the last forced content, and changes since.
        self.files: dict[str, Remembered] = {}

    def xOpen(self, name: apsw.URIFilename | str | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - apsw's name
        path = name if isinstance(name, str | None) else name.filename()
        return _File(self, path, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: FBT001, N802 - apsw's own
        super().xDelete(filename, syncdir)
        self.files.pop(filename, None)


class Remembered:
    """A file as the platter holds it."""

    def __init__(self, path: str) -> None:
        self.forced = Path(path).read_bytes() if Path(path).exists() else b""
        self.since: list[tuple[int, bytes | None]] = []

    def force(self) -> None:
        self.forced = self._with(self.since)
        self.since = []

    def after_power_loss(self, chance: random.Random) -> bytes:
        """Forced content, and of the rest whatever sectors the disk happened to write."""
        return self._with([part for change in self.since for part in _sectors(change) if chance.random() < 0.5])

    def _with(self, changes: list[tuple[int, bytes | None]]) -> bytes:
        content = bytearray(self.forced)
        for offset, data in changes:
            if data is None:
                del content[offset:]
            else:
                content.extend(bytes(max(0, offset - len(content))))
                content[offset : offset + len(data)] = data
        return bytes(content)


def _sectors(change: tuple[int, bytes | None]) -> list[tuple[int, bytes | None]]:
    offset, data = change
    if data is None:
        return [change]
    return [(offset + start, data[start : start + SECTOR]) for start in range(0, len(data), SECTOR)]


class _File(apsw.VFSFile):
    def __init__(self, disk: FailingDisk, path: str | None, name: object, flags: list[int]) -> None:
        self._disk = disk
        self._remembered = disk.files.setdefault(path, Remembered(path)) if path else None
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - apsw's name
        self._disk.before()
        super().xWrite(data, offset)
        if self._remembered:
            self._remembered.since.append((offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - apsw's name
        self._disk.before()
        super().xTruncate(newsize)
        if self._remembered:
            self._remembered.since.append((newsize, None))

    def xSync(self, flags: int) -> None:  # noqa: ARG002, N802 - apsw's own
        self._disk.before()
        if self._remembered:
            self._remembered.force()
