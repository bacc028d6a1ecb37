"""What the worker repeats for each tenant (decision 10)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from huicheng.context import (
    Contexts,
    Herald,
    Notifier,
    Reach,
    Sources,
    TenantGuards,
    wall_clock,
)
from huicheng.errors import HuichengError
from huicheng.project.installation import Installation
from huicheng.project.loops import Loop, repeat
from huicheng.project.news import Bell
from huicheng.stores import OpenedStore, Sizes, compact, open_tenant, tenant_names

_Step = Callable[[], Awaitable[bool]]
_log = logging.getLogger(__name__)

#: Seconds between two looks for new tenants, and for news in one.
_LOOK = 1.0
_IDLE = 0.25


class TenantLoops:
    """Notifications, news of sources and upkeep of history, for every tenant that there is or comes to be."""

    def __init__(self, installation: Installation, reach: Reach, sources: Sources) -> None:
        self._installation = installation
        self._reach = reach
        self._sources = sources
        self._working: dict[str, asyncio.Task[None]] = {}

    async def follow(self, stopping: asyncio.Event) -> None:
        """Until ``stopping``."""
        while not stopping.is_set():
            for name in tenant_names(self._installation.configuration.data):
                if name not in self._working or self._working[name].done():
                    self._working[name] = asyncio.create_task(self._work(name, stopping), name=f"tenant {name}")
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await stopping.wait()
        await asyncio.gather(*self._working.values(), return_exceptions=True)

    async def _work(self, name: str, stopping: asyncio.Event) -> None:
        try:
            store = await asyncio.to_thread(open_tenant, self._installation.configuration.data, name, writer=False)
        except HuichengError:
            _log.exception("the tenant %s cannot be opened; it is tried again", name)
            return
        guards = TenantGuards(self._installation.authority, name)
        contexts = Contexts(store, self._sources, now=wall_clock)
        authority = self._installation.configuration.mqtt.certificates.authority
        notifier = Notifier(store, guards, reach=self._reach, authority=authority, tenant=name)
        herald = Herald(store, guards, contexts, reach=self._reach)
        working = (
            Loop(name=f"notifier of {name}", step=notifier.step, idle=_IDLE, busy=0.05),
            Loop(name=f"news of sources of {name}", step=herald.step, idle=1.0),
            Loop(name=f"compaction of {name}", step=self._compaction(store), idle=10.0),
        )
        try:
            await _repeat(working, stopping)
        finally:
            await notifier.close()
            await herald.close()
            await store.close()

    def _compaction(self, store: OpenedStore) -> _Step:
        kept = self._installation.configuration.compact_after
        sizes = Sizes(age=kept, keep=kept)

        async def step() -> bool:
            return bool((await compact(store, sizes)).observations)

        return step


async def _repeat(working: Sequence[Loop], stopping: asyncio.Event) -> None:
    """Each looks for itself, now and then; at the end none is waited for."""
    bells = [Bell(frozenset()) for _ in working]
    repeating = [asyncio.create_task(repeat(one, bell, stopping)) for one, bell in zip(working, bells, strict=True)]
    await stopping.wait()
    for bell in bells:
        bell.ring()
    await asyncio.gather(*repeating)
