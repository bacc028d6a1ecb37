"""The demonstration's simulators, children of the server: started when the doors are open, and again when one dies.

What a simulator has told stays as it was while it is away, so its entity says that its figures are old
(``Simulation.status``): ``running``, ``stale``, or ``off`` where something it needs is not installed.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from huicheng.city import Attribute, Entity
from huicheng.packs import DemoSimulation
from huicheng.project.installation import Installation
from huicheng.project.private import write_private
from huicheng.project.simulator import Simulator
from huicheng.simulation import Order, missing
from huicheng.simulation.declared import orders
from huicheng.stores import Transaction, Write

_KEY = "simulator.key"
_TYPE = "Simulation"
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, not bound


class Simulators:
    """One child for each simulation of the packs."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._children: list[Simulator] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> list[str]:
        """Start all that can run; a sentence for each that cannot."""
        configuration = self._installation.configuration
        key = await _key(self._installation)
        host = _EVERYWHERE.get(configuration.host, configuration.host)
        address = f"http://{host}:{configuration.port}"
        cannot = []
        for order in orders(self._installation.packs, address=address, key=key):
            if lacking := missing(order.model):
                cannot.append(f"{order.name}: {lacking}")
                await self._tell(order, "off", reason=lacking)
            else:
                self._begin(order)
        return cannot

    def _begin(self, order: Order) -> None:
        async def tell(status: str, restarts: int) -> None:
            await self._tell(order, status, restarts=restarts)

        child = Simulator(order, tell)
        self._children.append(child)
        self._tasks.append(asyncio.create_task(child.supervise(), name=order.name))

    async def _tell(self, order: Order, status: str, *, restarts: int = 0, reason: str = "") -> None:
        entity = _entity(order, self._declared(order.name), status, restarts, reason)
        await self._installation.store.commit(Transaction(writes=[Write(entity=entity)], judged=False))

    def _declared(self, name: str) -> DemoSimulation:
        pack, _, local = name.partition("/")
        return next(one.demo.simulations[local] for one in self._installation.packs if one.id == pack)

    async def stop(self) -> None:
        """End them all."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(child.end() for child in self._children))


def _entity(order: Order, declared: DemoSimulation, status: str, restarts: int, reason: str) -> Entity:
    now = datetime.now(UTC)
    said: dict[str, Any] = {"status": status, "restarts": restarts, "reason": reason, "source": "simulation"}
    attributes: dict[str, Any] = {
        name: Attribute(type="Property", value=value, observed_at=now if name == "status" else None)
        for name, value in said.items()
    }
    attributes["name"] = Attribute(type="LanguageProperty", language_map=dict(declared.name))
    return Entity(id=f"urn:ngsi-ld:{_TYPE}:{order.slug}", type=_TYPE, attributes=attributes)


async def _key(installation: Installation) -> Path:
    """The file with the simulators' key; a new one is issued where there is none, or it holds no more."""
    target = installation.configuration.data / "keys" / _KEY
    held = target.read_text("utf-8").strip() if target.exists() else ""
    if not held or await installation.authority.subject_of_key(held) is None:
        held = await installation.authority.issue_key(name="simulation", roles=("simulator",), unit="dsb")
        write_private(target, held)
    return target
