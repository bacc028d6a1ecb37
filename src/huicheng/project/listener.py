"""A listener: what comes by MQTT goes to the writer over its socket."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec

from huicheng.city import Instant
from huicheng.ingest import Broker, Listener, Listening, Share, broker_at, read_credentials
from huicheng.packs import Pack
from huicheng.project.broker_account import MQTT_ACCOUNT, mqtt_key
from huicheng.project.configuration import Configuration, MqttSettings
from huicheng.project.garbage import settle
from huicheng.project.installation import load_packs
from huicheng.project.leasing import alone
from huicheng.project.parent import stop_with_parent
from huicheng.project.sensorthings_inbox import asides_of
from huicheng.stores import Authority, OpenedStore, open_store

#: Seconds between two looks at whether all listeners stand.
_LOOK = 1.0


async def listen(configuration: Configuration, number: int) -> None:
    """Listen until the server closes standard input, or SIGTERM. ``number`` tells the listeners apart."""
    stopping, watching = stop_with_parent()
    packs = load_packs(configuration)
    store = open_store(configuration.data, writer=False)
    settle()
    try:
        # Another server of this database has listeners of the same names, and a broker one session for each.
        async with alone(store, f"listener {number}", stopping) as ours:
            if ours:
                authority = Authority(store)
                asides = asides_of(configuration, store, authority, packs)
                ours_alone = _listening(configuration, number)
                work = [Listener(ours_alone, store, authority, packs, asides).run(stopping)]
                if number == 0:
                    work.append(_inherit(configuration, store, packs, stopping))
                await asyncio.gather(*work)
    finally:
        watching.cancel()
        await store.close()


def _listening(configuration: Configuration, number: int) -> Listening:
    settings = configuration.mqtt
    share = Share(number=number, of=configuration.listeners, by_broker=settings.shared)
    return Listening(
        broker=broker_of(configuration.data, settings),
        name=share.name(_installation(configuration)),
        share=share,
        rate=settings.rate,
        tolerance=timedelta(minutes=configuration.tolerance),
    )


def _installation(configuration: Configuration) -> str:
    return f"{MQTT_ACCOUNT}-{installation_mark(configuration.data)}"


# -- sessions of another number of listeners


async def _inherit(
    configuration: Configuration, store: OpenedStore, packs: Sequence[Pack], stopping: asyncio.Event
) -> None:
    """Once all listeners stand, take what waits for those that are no more, and end their sessions.

    A broker would keep what comes for them for days, and what came before the others stood is theirs alone.
    """
    own = [_listening(configuration, number) for number in range(configuration.listeners)]
    began = _now()
    while not await _all_stand(store, {one.name for one in own}, since=began):
        if stopping.is_set():
            return
        await asyncio.sleep(_LOOK)
    rows = await store.rows("listener.all")
    names = {row["name"] for row in rows} - {one.name for one in own}
    for name in sorted(one for one in names if one.startswith(_installation(configuration) + "-")):
        given_up = msgspec.structs.replace(own[0], name=name, share=Share(), given_up=True)
        authority = Authority(store)
        asides = asides_of(configuration, store, authority, packs)
        await Listener(given_up, store, authority, packs, asides).run(stopping)


async def _all_stand(store: OpenedStore, names: set[str], *, since: Instant) -> bool:
    rows = await store.rows("listener.all")
    return names <= {row["name"] for row in rows if row["connected"] and row["seen_at"] >= since}


def _now() -> Instant:
    return time.time_ns() // 1000


def broker_of(data: Path, settings: MqttSettings) -> Broker:
    """The broker and the account to use there: one that is named, else the installation's own."""
    account = settings.account
    if settings.credentials is not None:
        account = read_credentials(settings.credentials)
    return broker_at(settings.url, account or (MQTT_ACCOUNT, mqtt_key(data)), settings.certificates)


def installation_mark(data: Path) -> str:
    """Tells two installations at one broker apart; says nothing of the key."""
    return hashlib.sha256(b"client id " + mqtt_key(data).encode()).hexdigest()[:8]
