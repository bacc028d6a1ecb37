"""The built front end: what each page loads, and how much of it."""

from __future__ import annotations

import msgspec
import pytest

from huicheng.web.front_end import ADDRESS, BUILT, Chunk, entry

#: Bytes of JavaScript that a portal page may load (screens.md).
MOST_ON_THE_PORTAL = 100_000


@pytest.fixture(scope="module")
def chunks() -> dict[str, Chunk]:
    manifest = BUILT / "manifest.json"
    if not manifest.is_file():
        pytest.fail("The front end has not been built: make build.")
    return msgspec.json.decode(manifest.read_bytes(), type=dict[str, Chunk])


def everything(name: str, chunks: dict[str, Chunk]) -> set[str]:
    """Files that the browser fetches for a chunk."""
    chunk = chunks[name]
    return {chunk.file}.union(*(everything(imported, chunks) for imported in chunk.imports))


def test_a_portal_page_loads_little_javascript(chunks: dict[str, Chunk]) -> None:
    size = sum((BUILT / file).stat().st_size for file in everything("src/portal.ts", chunks))
    assert 1_000 < size < MOST_ON_THE_PORTAL


def test_the_desk_does_not_load_the_map_engine(chunks: dict[str, Chunk]) -> None:
    size = sum((BUILT / file).stat().st_size for file in everything("src/desk.ts", chunks))
    assert size < MOST_ON_THE_PORTAL


@pytest.mark.parametrize("name", ["portal", "desk", "evidence", "operations"])
def test_an_entry_names_files_that_are_there(name: str) -> None:
    found = entry(name)
    assert found is not None
    for address in (found.script, *found.styles):
        assert (BUILT / address.removeprefix(ADDRESS)).is_file()


def test_no_style_and_no_script_reaches_outside() -> None:
    for file in BUILT.rglob("*.css"):
        text = file.read_text("utf-8")
        assert "://" not in text
        assert "data:" not in text
