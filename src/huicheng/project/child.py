"""The worker as a child of the server: started again when it ends, never left behind."""

from __future__ import annotations

import asyncio
import logging
import sys

_log = logging.getLogger(__name__)

_PAUSE_BEFORE_RESTART = 1.0
_GRACE = 8.0


class Worker:
    """One ``huicheng worker`` process.

    Its standard input is a pipe that nobody writes to: when the server is gone, however it went,
    the pipe closes and the worker ends by itself.
    """

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def supervise(self) -> None:
        """Keep one running until :meth:`stop`."""
        while not self._stopping:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "huicheng",
                "worker",
                stdin=asyncio.subprocess.PIPE,
                # A terminal's Ctrl-C goes to the whole group; the server alone decides the order.
                start_new_session=True,
            )
            code = await self._process.wait()
            if not self._stopping:
                _log.error("the worker ended with code %s; starting another", code)
                await asyncio.sleep(_PAUSE_BEFORE_RESTART)

    async def stop(self) -> None:
        """End it: close the pipe, wait a little, then insist."""
        self._stopping = True
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(_GRACE):
                await process.wait()
        except TimeoutError:
            _log.warning("the worker did not end in %.0f s; killing it", _GRACE)
            process.kill()
            await process.wait()
