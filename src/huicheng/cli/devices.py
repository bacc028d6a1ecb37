"""``huicheng devices``: the register, keys, and files for a broker, from the command line."""

from __future__ import annotations

import asyncio
import csv
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO, TypeVar

import click

from huicheng.access import EVERYTHING, broker_hash
from huicheng.city import micros
from huicheng.cli.words import _, ngettext
from huicheng.devices.broker_files import write_files
from huicheng.devices.entering import enter, give_keys
from huicheng.devices.table import read_table
from huicheng.packs import entity_types, read_packs
from huicheng.project import MQTT_ACCOUNT, mqtt_key
from huicheng.stores import BrokerAccount, DeviceKeys, OpenedStore, device_urn, open_beside

T = TypeVar("T")

_DATA = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False, resolve_path=True),
    default="data",
    envvar="HUICHENG_DATA",
    show_default=True,
    help=_("Data directory; a server may run on it."),
)
_BY = EVERYTHING.subject


@click.group
def devices() -> None:
    """Devices: register, keys, files for a broker."""


@devices.command(help=_("Enter the devices of a CSV table; with --keys give each a key and print it, once."))
@click.argument("table", type=click.File("r", encoding="utf-8-sig"))
@click.option("--keys", is_flag=True, help=_("Give each device a key, in place of any older one."))
@_DATA
def add(table: TextIO, data: Path, *, keys: bool) -> None:
    """Enter the devices of a CSV table."""
    entities = read_table(table)

    async def work(store: OpenedStore) -> dict[str, str]:
        await enter(store, entity_types(read_packs()), entities, _BY)
        return await give_keys(store, [one.id for one in entities], _BY) if keys else {}

    _print_keys(_with_store(data, work))
    click.echo(
        ngettext("%(n)d device is in the register.", "%(n)d devices are in the register.", len(entities))
        % {"n": len(entities)},
        err=True,
    )


@devices.command(help=_("Give devices a key, in place of any older one, and print it, once; or revoke it."))
@click.argument("ids", nargs=-1, required=True, metavar="DEVICE…")
@click.option("--revoke", is_flag=True, help=_("Take the key back and give none."))
@click.option(
    "--days", type=click.IntRange(min=1), help=_("Days after which the key holds no more; else it has no end.")
)
@_DATA
def key(ids: tuple[str, ...], data: Path, *, revoke: bool, days: int | None) -> None:
    """Give devices a key, or revoke it."""
    wanted = [one if one.startswith("urn:") else device_urn(one) for one in ids]
    expires_at = None if days is None else micros(datetime.now(UTC) + timedelta(days=days))

    async def work(store: OpenedStore) -> dict[str, str]:
        if revoke:
            await DeviceKeys(store).revoke(wanted, _BY)
            return {}
        return await give_keys(store, wanted, _BY, expires_at=expires_at)

    _print_keys(_with_store(data, work))


@devices.command("broker-files", help=_("Write Mosquitto's accounts and access list; have it read them by SIGHUP."))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, resolve_path=True))
@_DATA
def broker_files(folder: Path, data: Path) -> None:
    """Write Mosquitto's accounts and access list."""
    accounts = _with_store(data, lambda store: DeviceKeys(store).for_broker())
    platform = BrokerAccount(name=MQTT_ACCOUNT, hash=broker_hash(mqtt_key(data)))
    count = write_files(folder, platform, accounts)
    said = ngettext("%(n)d device has an account in %(folder)s.", "%(n)d devices have an account in %(folder)s.", count)
    click.echo(said % {"n": count, "folder": folder})


def _with_store(data: Path, work: Callable[[OpenedStore], Awaitable[T]]) -> T:
    async def run() -> T:
        store = open_beside(data)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


def _print_keys(keys: dict[str, str]) -> None:
    """To standard output, as CSV: whoever calls decides where secrets go."""
    if keys:
        csv.writer(sys.stdout).writerows([("id", "key"), *keys.items()])
