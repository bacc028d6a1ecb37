"""pack.yaml: who the pack is, who answers for it, and what it stands on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from huicheng.packs.checks.judging import unknown
from huicheng.packs.fault import Fault
from huicheng.packs.places import Draft

_FILE = "pack.yaml"
_ID = re.compile(r"[a-z][a-z0-9-]*")


def check_manifest(draft: Draft, packs: Sequence[Draft]) -> Iterator[Fault]:
    """Its id is its folder's name and nobody else's, its unit is known, its requirements go in no circle."""
    manifest = draft.pack.manifest
    if not _ID.fullmatch(manifest.id) or manifest.id != draft.folder.name:
        yield draft.fault(
            _FILE, ("id",), f"“{manifest.id}” is not the folder's name.", f"Write id: {draft.folder.name}"
        )
    if sum(other.pack.id == manifest.id for other in packs) > 1:
        yield draft.fault(_FILE, ("id",), f"Two packs are called “{manifest.id}”.", "Rename one, folder and id.")
    units = {unit.code for other in packs for unit in other.pack.demo.units}
    if units and manifest.owner_unit not in units:
        yield draft.fault(_FILE, ("owner_unit",), *unknown("unit", manifest.owner_unit, units))
    yield from _requires(draft, packs)


def _requires(draft: Draft, packs: Sequence[Draft]) -> Iterator[Fault]:
    known = {other.pack.id: set(other.pack.manifest.requires) for other in packs}
    for index, name in enumerate(draft.pack.manifest.requires):
        if name not in known:
            yield draft.fault(_FILE, ("requires", index), *unknown("pack", name, known.keys()))
        elif draft.pack.id in _behind(name, known):
            problem = f"“{name}” requires this pack, and this pack requires it."
            yield draft.fault(_FILE, ("requires", index), problem, "Take one of the two out.")


def _behind(name: str, known: dict[str, set[str]]) -> set[str]:
    """Everything that a pack requires, directly or not."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        for one in known.get(waiting.pop(), set()) - seen:
            seen.add(one)
            waiting.append(one)
    return seen
