"""A listener: what comes by MQTT goes to the writer over its socket."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

from huicheng.ingest import Broker, Listener, Listening, broker_at, read_credentials
from huicheng.project.broker_account import MQTT_ACCOUNT, mqtt_key
from huicheng.project.configuration import Configuration, MqttSettings
from huicheng.project.garbage import settle
from huicheng.project.installation import load_packs
from huicheng.project.parent import stop_with_parent
from huicheng.stores import Authority, open_store


async def listen(configuration: Configuration, number: int) -> None:
    """Listen until the server closes standard input, or SIGTERM. ``number`` tells the listeners apart."""
    stopping, watching = stop_with_parent()
    packs = load_packs(configuration)
    store = open_store(configuration.data, writer=False)
    settings = configuration.mqtt
    listening = Listening(
        broker=broker_of(configuration.data, settings),
        name=f"{MQTT_ACCOUNT}-{installation_mark(configuration.data)}-{number}",
        shared=configuration.listeners > 1,
        rate=settings.rate,
        tolerance=timedelta(minutes=configuration.tolerance),
    )
    listener = Listener(listening, store, Authority(store), packs)
    settle()
    try:
        await listener.run(stopping)
    finally:
        watching.cancel()
        await store.close()


def broker_of(data: Path, settings: MqttSettings) -> Broker:
    """The broker and the account to use there: one that is named, else the installation's own."""
    account = settings.account
    if settings.credentials is not None:
        account = read_credentials(settings.credentials)
    return broker_at(settings.url, account or (MQTT_ACCOUNT, mqtt_key(data)), settings.authority)


def installation_mark(data: Path) -> str:
    """Tells two installations at one broker apart; says nothing of the key."""
    return hashlib.sha256(b"client id " + mqtt_key(data).encode()).hexdigest()[:8]
