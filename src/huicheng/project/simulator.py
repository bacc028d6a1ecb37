"""One of the demonstration's simulators: a child of the server that is started again however it ends."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable
from contextlib import suppress

import msgspec

from huicheng.project.child import end
from huicheng.simulation import Order

_log = logging.getLogger(__name__)

#: Seconds before it is started again: the first time, and at most; after so many healthy ones the first again.
_FIRST, _LONGEST, _HEALTHY = 1.0, 60.0, 60.0
#: One that says nothing for this many of its reports, and at least so many seconds, hangs.
_REPORTS, _PATIENCE = 6, 60.0
_GRACE = 5.0


class Simulator:
    """``tell(status, restarts)`` hears how it is: ``running`` or ``stale``."""

    def __init__(self, order: Order, tell: Callable[[str, int], Awaitable[None]]) -> None:
        self._order, self._tell = order, tell
        self._process: Process | None = None
        self._restarts = 0

    async def supervise(self) -> None:
        """Keep one running; each failure in a row doubles the pause before the next."""
        pause = _FIRST
        while True:
            began = time.monotonic()
            await self._outlive(self._run())
            self._give_up()
            healthy = time.monotonic() - began > _HEALTHY
            pause = _FIRST if healthy else min(2 * pause, _LONGEST)
            self._restarts += 1
            await self._outlive(self._tell("stale", self._restarts))
            await asyncio.sleep(pause)

    def _give_up(self) -> None:
        """One that could not be followed must not report beside the next."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def _outlive(self, step: Awaitable[None]) -> None:
        """Whatever goes wrong, another is started: uvloop has a RuntimeError for a pipe whose reader was killed."""
        try:
            await step
        except Exception:  # noqa: BLE001 - it is logged whole, and the next start is the remedy
            _log.exception("the simulator %s could not be kept running; starting another", self._order.name)

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
        if self._process is not None:
            await end(self._process, self._order.name)
