"""Files kept under the digest of what they hold, so the same one is kept once and cannot change."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import msgspec

from huicheng.errors import NotFound
from huicheng.files.durable import make_folder, write_durably
from huicheng.files.photograph import MAX_BYTES, redraw

_DIGEST = re.compile(r"[0-9a-f]{64}")


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A photograph that is on the disk."""

    #: SHA-256 of the kept bytes, hex; and of its thumbnail, a JPEG.
    digest: str
    thumbnail: str
    media_type: str
    width: int
    height: int
    #: Bytes.
    size: int
    #: Where the camera says it stood (longitude, latitude): told once, kept nowhere.
    position: tuple[float, float] | None = None


class Attachments:
    """A folder of files, ``<folder>/<first two of the digest>/<digest>``."""

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    def put(self, content: bytes) -> Attachment:
        """Keep a photograph; it is durable when this returns. ``TooLarge``, ``NotAnImage``."""
        photograph = redraw(content, self._max_bytes)
        return Attachment(
            digest=self._keep(photograph.content),
            thumbnail=self._keep(photograph.thumbnail),
            media_type=photograph.media_type,
            width=photograph.width,
            height=photograph.height,
            size=len(photograph.content),
            position=photograph.position,
        )

    def path(self, digest: str) -> Path:
        """Where it lies; ``NotFound`` for what is no digest or not kept."""
        if _DIGEST.fullmatch(digest):
            path = self._path(digest)
            if path.is_file():
                return path
        raise NotFound(what="file", key=digest)

    def read(self, digest: str) -> bytes:
        """The bytes; ``NotFound``."""
        return self.path(digest).read_bytes()

    def _keep(self, content: bytes) -> str:
        digest = sha256(content).hexdigest()
        path = self._path(digest)
        if not path.is_file():
            make_folder(path.parent)
            write_durably(path, content)
        return digest

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest
