"""The worker: judges, opens cases, projects them, counts, notifies, compacts."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

from huicheng.context import Contexts, Herald, Notifier, Sources, reach_of, read_map, wall_clock
from huicheng.project.carrying import carrier_of
from huicheng.project.configuration import Configuration
from huicheng.project.consumers import loops
from huicheng.project.garbage import settle
from huicheng.project.installation import Installation, put_together, signer_of
from huicheng.project.leasing import alone
from huicheng.project.loops import repeat_all
from huicheng.project.news import News
from huicheng.project.parent import stop_with_parent
from huicheng.project.sensorthings_topics import teller_of
from huicheng.project.tenants import TenantLoops
from huicheng.project.turns import take_short_turns

#: What comes in goes before what is made of it: with two cores, batches waited for the judge, who is
#: in no hurry as long as an alert takes less than a second.
_NICENESS = 5
#: Steps that work at once in threads: all loops may. Python's own measure is 6 on two cores, so that a device waited
#: for its order until figures had been counted.
_THREADS = 24


async def work(configuration: Configuration) -> None:
    """Work until the server closes standard input, or SIGTERM; stand by while another server's worker does."""
    os.nice(_NICENESS)
    stopping, watching = stop_with_parent()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="huicheng-step"))
    installation = await put_together(configuration, writer=False)
    try:
        async with alone(installation.store, "worker", stopping) as ours:
            if ours:
                await _consume(configuration, installation, stopping)
    finally:
        watching.cancel()
        await installation.store.close()


async def _consume(configuration: Configuration, installation: Installation, stopping: asyncio.Event) -> None:
    reach = reach_of(configuration.notify_private, host=configuration.host)
    notifier = Notifier(
        installation.store,
        installation.authority,
        reach=reach,
        signer=signer_of(configuration),
        authority=configuration.mqtt.certificates.authority,
    )
    sources = Sources(files=read_map(configuration.context_map), hosts=configuration.context_hosts, reach=reach)
    contexts = Contexts(installation.store, sources, now=wall_clock)
    herald = Herald(installation.store, installation.authority, contexts, reach=reach)
    carrier = carrier_of(installation)
    teller = teller_of(installation)
    working = loops(installation, notifier, herald, carrier, teller)
    tenants = TenantLoops(installation, reach, sources)
    settle()
    take_short_turns()
    try:
        await asyncio.gather(repeat_all(working, News(installation.store), stopping), tenants.follow(stopping))
    finally:
        await notifier.close()
        await herald.close()
        for line in (carrier, teller):
            if line is not None:
                await line.close()
