"""Steps that a process repeats for ever: each consumer of the feed is one loop."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from huicheng.people.threads import give_back
from huicheng.project.news import Bell, News

T = TypeVar("T")

_log = logging.getLogger(__name__)

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0


@dataclass(frozen=True, kw_only=True)
class Loop:
    """A named step. It answers True when there is more to do at once."""

    name: str
    step: Callable[[], Awaitable[bool]]
    #: The databases, or the feed, that may hold something for it: it sleeps until one of them is written to ...
    hears: tuple[str, ...] = ()
    #: ... or for so many seconds: for what the clock alone brings.
    idle: float = 5.0
    #: Seconds to wait when there is more: small commits gather, and are then handled together. Without it
    #: the consumers took 215 µs of a core for each single update that came in, with it 37.
    busy: float = 0.2
    #: At least so long, where somebody waits for what it does: then it rests twice as long as the step took, and never
    #: longer than ``busy``.
    brief: float | None = None
    #: So long after the first news it begins: for what nobody waits for, so that others go first, and once for all.
    late: float = 0.0
    #: Others wait for what it does: they are told at once, not at the next look.
    passes_on: bool = False

    def rest(self, took: float) -> float:
        """Seconds to wait after a step of so many."""
        return self.busy if self.brief is None else min(self.busy, max(self.brief, 2 * took))


async def repeat_all(loops: tuple[Loop, ...], news: News, stopping: asyncio.Event) -> None:
    """Run every loop beside the others until ``stopping``."""
    await news.begin()
    working = [repeat(loop, news.bell(*loop.hears), stopping) for loop in loops]
    await asyncio.gather(news.watch(stopping), *working)


async def repeat(loop: Loop, bell: Bell, stopping: asyncio.Event) -> None:
    """Run the step until ``stopping``; after a failure wait longer each time, and say so.

    A step's effect and its position commit together, so repeating after a failure is safe.
    """
    pause = 0.0
    while not stopping.is_set():
        bell.hang_up()
        began = time.monotonic()
        try:
            more = await loop.step()
            pause = 0.0
        except Exception:  # noqa: BLE001 - a consumer must outlive any one bad change
            pause = min(max(pause * 2, _FIRST_PAUSE), _LONGEST_PAUSE)
            _log.exception("%s failed; next try in %.1f s", loop.name, pause)
            await wait(stopping, pause)
            continue
        if more:
            if loop.passes_on:
                bell.worked()
            await wait(stopping, loop.rest(time.monotonic() - began))
        else:
            await bell.heard(loop.idle)
            await wait(stopping, loop.late)


async def wait(stopping: asyncio.Event, seconds: float) -> None:
    """So many seconds, or until ``stopping``."""
    if not seconds:
        await asyncio.sleep(0)
        return
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return


def in_thread(step: Callable[[], T]) -> Callable[[], Awaitable[T]]:
    """A blocking step (Django) as an awaitable one."""

    def stepped() -> T:
        try:
            return step()
        finally:
            give_back()

    async def awaited() -> T:
        return await asyncio.to_thread(stepped)

    return awaited
