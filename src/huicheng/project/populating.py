"""The demonstration's population: made once, kept as Parquet, its public part written as entities."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from huicheng.city import Entity, fold
from huicheng.project.installation import Installation
from huicheng.simulation.messages import as_thing
from huicheng.simulation.population import Ground, Sizes, is_written, make, public_things, write_population
from huicheng.stores import Mode, Transaction, Write

_FOLDER = Path("demo") / "population"
_SEED = 1
#: Ages are as of this day, whenever the demonstration is made.
_AS_OF = date(2026, 11, 1)
#: Entities in one commit.
_BATCH = 500


async def populate(installation: Installation) -> None:
    """Make the population where there is none. The files come last and stand for the whole: after a crash, again."""
    folder = installation.configuration.data / _FOLDER
    if is_written(folder):
        return
    platform = installation.platform
    ground = Ground(communities=platform.divisions.at("community"), grid=platform.grid, today=_AS_OF)
    population = await asyncio.to_thread(make, Sizes(), _SEED, ground)
    entities = [_entity(msgspec.to_builtins(as_thing(one))) for one in public_things(population)]
    for start in range(0, len(entities), _BATCH):
        writes = [Write(entity=one, mode=Mode.UPDATE) for one in entities[start : start + _BATCH]]
        await installation.store.commit(Transaction(writes=[*writes], judged=False))
    await asyncio.to_thread(write_population, population, folder)


def _entity(raw: dict[str, Any]) -> Entity:
    attributes = {name: fold(value) for name, value in raw.items() if name not in {"id", "type"}}
    return Entity(id=str(raw["id"]), type=str(raw["type"]), attributes=attributes)
