"""One of several processes works, the others stand by."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from huicheng.errors import Unavailable
from huicheng.project.loops import wait
from huicheng.stores import Lease, OpenedStore

_log = logging.getLogger(__name__)

#: Seconds between two tries, and between two looks at whether it is still ours.
_EVERY = 1.0
#: Seconds that a start waits for the one before it.
_PATIENCE = 120.0
_OFTEN = 0.1


@asynccontextmanager
async def alone(store: OpenedStore, name: str, stopping: asyncio.Event) -> AsyncIterator[bool]:
    """Inside, this process has the right to the work; ``False`` when it was told to stop before it came to it.

    When it loses the right it is told to stop: it ends, and whoever started it starts it anew, without anything that
    it remembers.
    """
    lease = store.lease(name)
    ours = await _ours(lease, name, stopping)
    watching = asyncio.create_task(_watch(lease, name, stopping))
    try:
        yield ours
    finally:
        watching.cancel()
        await lease.give_back()


@asynccontextmanager
async def one_after_another(store: OpenedStore, name: str) -> AsyncIterator[None]:
    """For a short piece of work that each process does: who comes second waits. ``Unavailable`` after two minutes."""
    lease = store.lease(name)
    try:
        async with asyncio.timeout(_PATIENCE):
            while not await lease.taken():
                await asyncio.sleep(_OFTEN)
    except TimeoutError as error:
        raise Unavailable(
            place=str(store.data),
            why="Another process has not finished its “%(work)s” in two minutes.",
            mend="Look at its log, and end it.",
            work=name,
        ) from error
    try:
        yield
    finally:
        await lease.give_back()


async def _ours(lease: Lease, name: str, stopping: asyncio.Event) -> bool:
    told = False
    while not stopping.is_set():
        try:
            if await lease.taken():
                return True
        except Unavailable as error:
            _log.warning("%s: %s", name, error)
        if not told:
            _log.info("another process does the work of “%s”; standing by", name)
            told = True
        await wait(stopping, _EVERY)
    return False


async def _watch(lease: Lease, name: str, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        await wait(stopping, _EVERY)
        if not await lease.held():
            _log.error("the right to the work of “%s” is lost; ending", name)
            stopping.set()
