"""Whether anybody has written: one number, read without looking at what was written."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

import apsw

from huicheng.stores.sqlite.database import open_reading, translated


class Pulse:
    """A connection of its own: the number tells of commits by *other* connections, and is comparable on one only."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._connection: apsw.Connection | None = None
        self._lock = Lock()

    def read(self) -> int:
        """``PRAGMA data_version``: another number after each commit, for some ten microseconds."""
        with self._lock, translated(self._data):
            if self._connection is None:
                self._connection = open_reading(self._data)
            return int(self._connection.pragma("data_version"))

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
