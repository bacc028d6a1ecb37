"""A process that writes and compacts until it is killed; says on its output what was acknowledged.

    python victim.py DATA FIRST SEED

Each line is the number of a commit whose answer has come: an hour of readings of five stations.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from huicheng.city import Attribute, Entity
from huicheng.stores import EmbeddedStore, Sizes, Transaction, Write, compact, open_store

STATIONS = 5
NAMES = ("pm25", "pm10", "so2")
START = datetime(2020, 1, 1, tzinfo=UTC)
UNDER_WAY = 4


def reading(number: int, station: int) -> Entity:
    """What station ``station`` says at hour ``number``; the value follows from both."""
    moment = START + timedelta(hours=number)
    held: dict[str, Attribute | list[Attribute]] = {
        name: Attribute(type="Property", value=number + station / 10, unit_code="GQ", observed_at=moment)
        for name in NAMES
    }
    return Entity(id=f"urn:ngsi-ld:AirQualityObserved:{station}", type="AirQualityObserved", attributes=held)


async def write(store: EmbeddedStore, numbers: list[int]) -> None:
    for number in numbers:
        writes = [Write(entity=reading(number, station), newest=True) for station in range(STATIONS)]
        await store.commit(Transaction(writes=writes))
        os.write(1, f"{number}\n".encode())


async def fold(store: EmbeddedStore, chance: random.Random) -> None:
    while True:
        await asyncio.sleep(chance.random() / 20)
        await compact(store, Sizes(least=1, grace=0.1, keep=0.0, file=4000))


async def main(data: Path, first: int, seed: int) -> None:
    store = open_store(data, writer=True)
    os.write(1, b"open\n")
    numbers = range(first, first + 100_000)
    async with asyncio.TaskGroup() as tasks:
        for lane in range(UNDER_WAY):
            tasks.create_task(write(store, list(numbers[lane::UNDER_WAY])))
        tasks.create_task(fold(store, random.Random(seed)))  # noqa: S311 - repeatable, not secret


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
