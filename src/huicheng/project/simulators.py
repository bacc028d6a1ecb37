"""The demonstration's simulators, children of the server: started when the doors are open, and again when one dies.

What a simulator has told stays as it was while it is away, so its entity says that its figures are old
(``Simulation.status``): ``running``, ``stale``, or ``off`` where something it needs is not installed.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from huicheng.city import Attribute, Entity
from huicheng.packs import DemoSimulation
from huicheng.project.installation import Installation
from huicheng.project.private import write_private
from huicheng.simulation import Order, missing
from huicheng.simulation.declared import orders
from huicheng.stores import Transaction, Write

_log = logging.getLogger(__name__)

_KEY = "simulator.key"
_TYPE = "Simulation"
#: Seconds before it is started again: the first time, and at most; after so many healthy ones the first again.
_FIRST, _LONGEST, _HEALTHY = 1.0, 60.0, 60.0
#: One that says nothing for this many of its reports, and at least so many seconds, hangs.
_REPORTS, _PATIENCE = 6, 60.0
_GRACE = 5.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, not bound


class Simulators:
    """One child for each simulation of the packs."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._children: list[_Child] = []
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

        child = _Child(order, tell)
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


class _Child:
    def __init__(self, order: Order, tell: Callable[[str, int], Awaitable[None]]) -> None:
        self._order, self._tell = order, tell
        self._process: Process | None = None
        self._restarts = 0

    async def supervise(self) -> None:
        """Keep one running; each failure in a row doubles the pause before the next."""
        pause = _FIRST
        while True:
            began = time.monotonic()
            try:
                await self._run()
            except OSError as fault:
                _log.warning("the simulator %s could not be started: %s", self._order.name, fault)
            healthy = time.monotonic() - began > _HEALTHY
            pause = _FIRST if healthy else min(2 * pause, _LONGEST)
            self._restarts += 1
            await self._tell("stale", self._restarts)
            await asyncio.sleep(pause)

    async def _run(self) -> None:
        # One that is killed while it starts may never tell of its pipe or its end: nothing is waited for without end.
        async with asyncio.timeout(_PATIENCE):
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "huicheng.simulation", stdin=PIPE, stdout=PIPE, start_new_session=True
            )
            assert self._process.stdin is not None  # noqa: S101 - it was asked for
            self._process.stdin.write(msgspec.json.encode(self._order) + b"\n")
            await self._process.stdin.drain()
        await self._follow(self._process)
        async with asyncio.timeout(_GRACE):
            code = await self._process.wait()
        _log.error("the simulator %s ended with code %s; starting another", self._order.name, code)

    async def _follow(self, process: Process) -> None:
        """Read its reports until it ends, or hangs and is ended."""
        assert process.stdout is not None  # noqa: S101 - as above
        told = False
        while True:
            try:
                async with asyncio.timeout(max(_PATIENCE, _REPORTS * self._order.every)):
                    line = await process.stdout.readline()
            except TimeoutError:
                _log.error("the simulator %s says nothing; killing it", self._order.name)
                process.kill()
                return
            if not line:
                return
            if not told:
                await self._tell("running", self._restarts)
                told = True

    async def end(self) -> None:
        """Close its input, wait a little, then insist."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(_GRACE):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


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
