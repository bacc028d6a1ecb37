"""A child's end: when the server closes standard input, or on SIGTERM."""

from __future__ import annotations

import asyncio
import signal
import sys


def stop_with_parent() -> tuple[asyncio.Event, asyncio.Task[None]]:
    """What is set at the end, and the task that watches for it."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    return stopping, asyncio.create_task(_watch(stopping))


async def _watch(stopping: asyncio.Event) -> None:
    """Standard input is a pipe from the server: its end means that the server has gone."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()
    stopping.set()
