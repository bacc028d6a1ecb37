"""Secrets that the first start generates; there is no default one anywhere."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from huicheng.errors import Unavailable
from huicheng.files.durable import make_folder, write_durably


def kept_secret(path: Path, length: int = 32) -> bytes:
    """The secret in ``path`` as ``length`` bytes, made at the first call (mode 600, written as hex).

    Of two processes that make it at once, one wins and both get its bytes.
    """
    if not path.exists():
        make_folder(path.parent)
        _make(path, length)
    held = bytes.fromhex(path.read_text("ascii"))
    if len(held) != length:
        raise Unavailable(
            why="The key file %(path)s does not hold %(length)s bytes.",
            mend="Restore it from the backup of the keys.",
            path=str(path),
            length=length,
        )
    return held


def _make(path: Path, length: int) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    write_durably(part, secrets.token_bytes(length).hex().encode("ascii"))
    try:
        # A link, unlike a rename, refuses to replace the key of another process that was faster.
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()
