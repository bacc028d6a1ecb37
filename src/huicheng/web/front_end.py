"""The built front end: which files an entry of ``frontend/`` became."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec

#: Where the build writes and ``served`` reads.
BUILT = Path(__file__).resolve().parent / "static" / "dist"
#: Address of that folder.
ADDRESS = "/static/dist/"


class Chunk(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One line of Vite's manifest."""

    file: str
    css: list[str] = []
    imports: list[str] = []


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What a page loads for one entry: addresses, styles in the order in which they override."""

    script: str
    styles: tuple[str, ...]


def entry(name: str) -> Entry | None:
    """The entry ``src/<name>.ts``; ``None`` when the front end has not been built (`make build`)."""
    manifest = BUILT / "manifest.json"
    if not manifest.is_file():
        return None
    return _entry(name, manifest.stat().st_mtime_ns)


@lru_cache(maxsize=32)
def _entry(name: str, built_at: int) -> Entry:  # noqa: ARG001 - part of the cache's key: a new build is read anew
    chunks = msgspec.json.decode((BUILT / "manifest.json").read_bytes(), type=dict[str, Chunk])
    first = f"src/{name}.ts"
    styles = tuple(dict.fromkeys(_styles(first, chunks)))
    return Entry(script=ADDRESS + chunks[first].file, styles=tuple(ADDRESS + style for style in styles))


def _styles(name: str, chunks: dict[str, Chunk]) -> list[str]:
    """Styles of what it imports before its own, so that its own win."""
    chunk = chunks[name]
    return [style for imported in chunk.imports for style in _styles(imported, chunks)] + chunk.css
