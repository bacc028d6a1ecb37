"""The server: every door on one port, and the one writer of the city's database."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Literal, cast

import click
from django.core.asgi import get_asgi_application
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from huicheng.api import App, DataDoors, data_doors, shared
from huicheng.context import Sources, reach_of, read_map
from huicheng.ingest import Ingest
from huicheng.packs import entity_types
from huicheng.project.asgi import compose
from huicheng.project.authentication import authenticator
from huicheng.project.boundary import district_of
from huicheng.project.bounds import bounded
from huicheng.project.child import Child
from huicheng.project.configuration import Configuration
from huicheng.project.garbage import settle
from huicheng.project.installation import Installation, put_together, signer_of
from huicheng.project.sensorthings_topics import endpoints_of
from huicheng.project.turns import take_short_turns
from huicheng.stores import TenantStores, serve_writes

_log = logging.getLogger(__name__)

_GRACE = 5.0

#: Called once the doors are open, with the seconds that the start took.
Announce = Callable[[Installation, float], Awaitable[None]]
#: Called before the doors close.
Leave = Callable[[], Awaitable[None]]


async def _nothing() -> None:
    """Nothing to end."""


async def serve(
    configuration: Configuration, *, announce: Announce, prepare: Announce | None = None, leave: Leave = _nothing
) -> None:
    """Serve until SIGINT or SIGTERM. ``prepare`` runs before the doors open, ``leave`` before they close."""
    began = time.monotonic()
    installation = await put_together(configuration, writer=True)
    try:
        if prepare is not None:
            await prepare(installation, time.monotonic() - began)
        await _open_doors(installation, announce, began, leave)
    finally:
        await installation.store.close()


async def greet(installation: Installation, seconds: float) -> None:
    """Say where the doors are."""
    configuration = installation.configuration
    click.echo(f"慧城 Huicheng  http://{configuration.host}:{configuration.port}/  ({seconds:.1f} s)")


async def _open_doors(installation: Installation, announce: Announce, began: float, leave: Leave) -> None:
    worker = Child("worker")
    listeners = [Child("listener", str(number)) for number in range(installation.configuration.listeners)]
    tenancy = await TenantStores.opened(installation.configuration.data)
    doors = _data_doors(installation, worker, tenancy)
    people = cast("App", get_asgi_application())  # types its scope as dict, where ASGI says mapping
    apps = shared(doors.apps, installation.configuration.origins)
    server = _granian(installation.configuration, compose(apps, bounded(people)))
    asked_to_stop = _signalled()
    settle()
    take_short_turns()
    writes = await serve_writes(installation.store)
    serving = asyncio.create_task(server.serve())
    supervising = asyncio.gather(*(one.supervise() for one in (worker, *listeners)))
    try:
        await _listening(installation.configuration, serving)
        await announce(installation, time.monotonic() - began)
        await _first_of(serving, supervising, asked_to_stop)
    finally:
        await leave()
        # In this order: the server ends once its connections have, and streams end only when they are told.
        server.stop()  # type: ignore[no-untyped-call]  # granian tells no types of it
        await doors.close()
        await asyncio.gather(*(one.stop() for one in (*listeners, worker)))
        supervising.cancel()
        await _bounded(serving)
        writes.close()
        await tenancy.close()


def _data_doors(installation: Installation, worker: Child, tenancy: TenantStores) -> DataDoors:
    configuration, authority = installation.configuration, installation.authority
    tolerance = timedelta(minutes=configuration.tolerance)
    types = entity_types(installation.packs)
    district = district_of(installation.platform.boundary)
    return data_doors(
        store=installation.store,
        ingest=Ingest(installation.store, types, district=district, tolerance=tolerance),
        guards=authority,
        types=types,
        packs=installation.packs,
        authenticate=authenticator(authority, no_auth=configuration.no_auth),
        reach=(reach := reach_of(configuration.notify_private, host=configuration.host)),
        sources=Sources(files=read_map(configuration.context_map), hosts=configuration.context_hosts, reach=reach),
        signer=signer_of(configuration),
        worker_alive=lambda: worker.alive,
        history_page=configuration.history_page,
        tenancy=tenancy,
        endpoints=endpoints_of(configuration),
    )


def _granian(configuration: Configuration, app: App) -> Server:
    return Server(
        app,
        address=configuration.host,
        port=configuration.port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        backlog=1024,
        log_enabled=False,
    )


def _signalled() -> asyncio.Task[Literal[True]]:
    """Done when somebody asks the server to stop."""
    asked = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, asked.set)
    return asyncio.create_task(asked.wait())


async def _listening(configuration: Configuration, serving: asyncio.Task[None]) -> None:
    """Return when a connection is accepted; raise what stopped the server if it ended first."""
    while not serving.done():
        try:
            _, connection = await asyncio.open_connection(configuration.host, configuration.port)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        connection.close()
        return
    await serving


async def _first_of(*tasks: asyncio.Future[Any]) -> None:
    """Wait until one of them ends; raise what ended it."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


async def _bounded(serving: asyncio.Task[None]) -> None:
    # It is not cancelled: its own end, a moment later, would then find that it had ended before.
    ended, _ = await asyncio.wait({serving}, timeout=_GRACE)
    for task in ended:
        task.result()
    if not ended:
        _log.warning("open connections were cut after %.0f s", _GRACE)
