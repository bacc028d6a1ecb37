"""From demo.yaml to orders. Apart from the room's face, since packs are much to import for a simulator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from huicheng.errors import NotFound
from huicheng.packs import DemoSimulation, Pack, find
from huicheng.simulation import epanet
from huicheng.simulation.models import missing
from huicheng.simulation.order import Order
from huicheng.simulation.placement import Placement


def orders(packs: Sequence[Pack], *, address: str, key: Path) -> Iterator[Order]:
    """An order for each simulation that the packs declare."""
    folders = {pack.id: pack.folder for pack in packs if pack.folder is not None}
    for pack in packs:
        for name, one in pack.demo.simulations.items():
            yield _order(f"{pack.id}/{name}", one, folders, address, key)


def _order(name: str, one: DemoSimulation, folders: dict[str, Path], address: str, key: Path) -> Order:
    own = folders[name.partition("/")[0]]
    if one.network:  # without the extra there is neither the network nor a model that wants it
        file = "" if missing(one.model) else str(epanet.example(one.network))
    else:
        file = _file(own, one.file, folders)
    placed = one.placement
    return Order(
        name=name,
        model=one.model,
        file=file,
        data={called: _file(own, path, folders) for called, path in one.data.items()},
        placement=Placement(centre=placed.centre, width=placed.width, turn=placed.turn) if placed else None,
        seed=one.seed,
        speed=one.speed,
        step=one.step,
        every=one.every,
        settings=one.settings,
        address=address,
        key=str(key),
    )


def _file(own: Path, path: str, folders: dict[str, Path]) -> str:
    """The path of a file; "" for none."""
    found = find(own, path, folders)
    if path and found is None:
        raise NotFound(place="demo.yaml", what="file", key=path)
    return str(found or "")
