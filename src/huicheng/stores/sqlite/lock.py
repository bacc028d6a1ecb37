"""One writer for a data directory: a lock on ``<data>/server.lock``; servers of a database share it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from huicheng.errors import Unavailable


class DataLock:
    """Held from construction to :meth:`release`; the kernel lets go when the process dies."""

    def __init__(self, data: Path, *, shared: bool = False) -> None:
        self._path = data / "server.lock"
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise cannot_write(data, error) from error
        self._take(fcntl.LOCK_SH if shared else fcntl.LOCK_EX)

    def _take(self, how: int) -> None:
        try:
            fcntl.flock(self._descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
            os.close(self._descriptor)
            raise Unavailable(
                place=str(self._path.parent),
                why="Another Huicheng process (pid %(holder)s) writes to this data directory.",
                mend="Stop that process first, or choose another directory with --data.",
                holder=holder,
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Let the next writer in. The file stays: removing it would race with a new holder."""
        os.close(self._descriptor)


def cannot_write(data: Path, error: OSError) -> Unavailable:
    """The error of a data directory that cannot be written."""
    return Unavailable(
        place=str(data),
        why="The data directory cannot be written: %(fault)s.",
        mend="Make the directory writable for this user, or choose another with --data.",
        fault=error.strerror,
    )
