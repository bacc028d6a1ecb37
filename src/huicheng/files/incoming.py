"""Photographs of strangers, as they came: on the disk under a random name, read by nobody but the check.

Of what lies here only the header has been looked at. It is never served: the names are no
digests, so no page and no attachment can point at one.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from huicheng.errors import NotFound
from huicheng.files.durable import make_folder, write_durably
from huicheng.files.photograph import MAX_BYTES, glance

_NAME = re.compile(r"[0-9a-f]{32}")


class Incoming:
    """The folder ``<data>/files/incoming``."""

    def __init__(self, data: Path, max_bytes: int = MAX_BYTES) -> None:
        self._folder = data / "files" / "incoming"
        self._max_bytes = max_bytes

    def put(self, content: bytes) -> str:
        """Lay it aside; durable when this returns its name. ``TooLarge``, ``NotAnImage`` by its header."""
        glance(content, self._max_bytes)
        make_folder(self._folder)
        name = secrets.token_hex(16)
        write_durably(self._folder / name, content)
        return name

    def read(self, name: str) -> bytes:
        """The bytes as they came; ``NotFound``."""
        path = self._folder / name
        if _NAME.fullmatch(name) and path.is_file():
            return path.read_bytes()
        raise NotFound(what="file", key=name[:32])

    def discard(self, name: str) -> None:
        """Throw it away; nothing happens when it is gone already."""
        path = self._folder / name
        if path.parent == self._folder:
            path.unlink(missing_ok=True)

    def older_than(self, seconds: float) -> Iterator[str]:
        """Names of what has lain here for so long, parts of broken writes among them."""
        if not self._folder.is_dir():
            return
        until = time.time() - seconds
        for path in self._folder.iterdir():
            if path.stat().st_mtime < until:
                yield path.name
