"""demo.yaml, simulations: files that are there, paces that let time pass, places on the earth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from huicheng.packs.document import Address
from huicheng.packs.fault import Fault
from huicheng.packs.places import Draft
from huicheng.packs.shown import DemoPlacement, DemoSimulation

_FILE = "demo.yaml"


def check_simulations(draft: Draft, packs: Sequence[Draft]) -> Iterator[Fault]:
    """The checks of every simulation. Its settings are the model's to check, when it starts."""
    for key, one in draft.pack.demo.simulations.items():
        at: Address = ("simulations", key)
        yield from _made_of(draft, at, one, packs)
        yield from _paced(draft, at, one)
        if one.placement is not None:
            yield from _placed(draft, (*at, "placement"), one.placement)


def _made_of(draft: Draft, at: Address, one: DemoSimulation, packs: Sequence[Draft]) -> Iterator[Fault]:
    if one.network and one.file:
        yield draft.fault(_FILE, (*at, "network"), "It is built from a network and a file.", "Keep one of them.")
    named: list[tuple[Address, str]] = [(("file",), one.file)] if one.file else []
    named += [(("data", name), path) for name, path in one.data.items()]
    for address, path in named:
        if find(draft.folder, path, {other.pack.id: other.folder for other in packs}) is None:
            problem = f"There is no file “{path}” in a pack."
            yield draft.fault(_FILE, (*at, *address), problem, "A path in this pack, or pack/path.")


def find(folder: Path, path: str, packs: dict[str, Path]) -> Path | None:
    """The file of a pack that a path names: in ``folder``, or behind another pack's id."""
    pack, _, rest = path.partition("/")
    for home, within in ((folder, path), (packs.get(pack), rest)):
        if home is not None and within:
            found = (home / within).resolve()
            if found.is_file() and found.is_relative_to(home.resolve()):
                return found
    return None


def _paced(draft: Draft, at: Address, one: DemoSimulation) -> Iterator[Fault]:
    for name in ("speed", "step", "every"):
        if getattr(one, name) <= 0:
            yield draft.fault(_FILE, (*at, name), "No time would pass.", f"{name}: a number above 0")


def _placed(draft: Draft, at: Address, one: DemoPlacement) -> Iterator[Fault]:
    longitude, latitude = one.centre
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        yield draft.fault(_FILE, (*at, "centre"), "This is no place on the earth.", "[longitude, latitude]")
    if one.width <= 0:
        yield draft.fault(_FILE, (*at, "width"), "A network has a width.", "width: metres")
