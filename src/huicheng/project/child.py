"""Children of the server, the worker and the listeners: started again when they end, never left behind."""

from __future__ import annotations

import asyncio
import logging
import sys

_log = logging.getLogger(__name__)

_PAUSE_BEFORE_RESTART = 1.0
_GRACE = 8.0


class Child:
    """One ``huicheng …`` process, for instance ``huicheng worker``.

    Its standard input is a pipe that nobody writes to: when the server is gone, however it went,
    the pipe closes and the child ends by itself.
    """

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False

    @property
    def _name(self) -> str:
        return " ".join(self._arguments)

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def supervise(self) -> None:
        """Keep one running until :meth:`stop`."""
        while not self._stopping:
            try:
                ended = f"ended with code {await self._run()}"
            except OSError as fault:  # no memory, no process number: perhaps in a moment
                ended = f"could not be started: {fault}"
            if not self._stopping:
                _log.error("“%s” %s; starting it again", self._name, ended)
                await asyncio.sleep(_PAUSE_BEFORE_RESTART)

    async def _run(self) -> int:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "huicheng",
            *self._arguments,
            stdin=asyncio.subprocess.PIPE,
            # A terminal's Ctrl-C goes to the whole group; the server alone decides the order.
            start_new_session=True,
        )
        return await self._process.wait()

    async def stop(self) -> None:
        """End it: close the pipe, wait a little, then insist."""
        self._stopping = True
        if self._process is not None:
            await end(self._process, self._name)


async def end(process: asyncio.subprocess.Process, name: str) -> None:
    """Close its pipe, wait a little, then insist; nothing, if it has ended."""
    if process.returncode is not None:
        return
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(_GRACE):
            await process.wait()
    except TimeoutError:
        _log.warning("“%s” did not end in %.0f s; killing it", name, _GRACE)
        process.kill()
        await process.wait()
