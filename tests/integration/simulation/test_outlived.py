"""A supervisor outlives whatever befalls its simulator, and its own telling of it (N1)."""

from __future__ import annotations

import asyncio

import uvloop

from huicheng.project.simulator import Simulator
from huicheng.simulation import Order

#: No such model: it ends at once, often before it has read its order.
ORDER = Order(name="simulated/none", model="none", address="http://127.0.0.1:9", key="/nowhere")


def test_a_simulator_is_started_again_although_nobody_could_be_told_of_its_end() -> None:
    told: list[tuple[str, int]] = []

    async def deaf(status: str, restarts: int) -> None:
        told.append((status, restarts))
        raise RuntimeError("the writer is away")

    async def watch() -> None:
        task = asyncio.create_task(Simulator(ORDER, deaf).supervise())
        async with asyncio.timeout(60):
            while len(told) < 2 and not task.done():
                await asyncio.sleep(0.05)
        task.cancel()

    uvloop.run(watch())
    assert told[:2] == [("stale", 1), ("stale", 2)]
