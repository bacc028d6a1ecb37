"""The worker: judges, opens cases, projects them, counts, notifies, compacts."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from huicheng.context import Notifier, reach_of
from huicheng.project.configuration import Configuration
from huicheng.project.consumers import loops
from huicheng.project.garbage import settle
from huicheng.project.installation import put_together, signer_of
from huicheng.project.loops import repeat_all
from huicheng.project.news import News

#: What comes in goes before what is made of it: with two cores, batches waited for the judge, who is
#: in no hurry as long as an alert takes less than a second.
_NICENESS = 5


async def work(configuration: Configuration) -> None:
    """Work until the server closes standard input, or SIGTERM."""
    os.nice(_NICENESS)
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    watching = asyncio.create_task(_stop_with_parent(stopping))
    installation = await put_together(configuration, writer=False)
    reach = reach_of(configuration.notify_private, host=configuration.host)
    notifier = Notifier(installation.store, installation.authority, reach=reach, signer=signer_of(configuration))
    working = loops(installation, notifier)
    settle()
    try:
        await repeat_all(working, News(installation.store, configuration.data / "people.db"), stopping)
    finally:
        await notifier.close()
        watching.cancel()
        await installation.store.close()


async def _stop_with_parent(stopping: asyncio.Event) -> None:
    """Standard input is a pipe from the server: its end means that the server has gone."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()
    stopping.set()
