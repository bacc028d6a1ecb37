"""The demo: example units, stations and accounts, made once, with secrets generated here."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import click
import msgspec
from django.db import connection

from huicheng.accounts.demo import create_demo_accounts
from huicheng.accounts.units import seed_units
from huicheng.cases.examples import seed_cases
from huicheng.cases.owners import seed_responsibilities
from huicheng.city import Attribute, Entity, fold
from huicheng.ingest import Ingest, Job, ingest_history
from huicheng.packs import DemoEntity, entity_types
from huicheng.project.installation import Installation
from huicheng.project.populating import populate
from huicheng.project.private import write_private
from huicheng.project.server import greet
from huicheng.project.simulators import Simulators
from huicheng.stores import Mode, Removal, Transaction, Write

_FILE = "demo-accounts.json"


class Demonstration:
    """What a demonstration does besides serving."""

    def __init__(self) -> None:
        self._simulators: Simulators | None = None

    async def announce(self, installation: Installation, seconds: float) -> None:
        """Say where the doors are and how to get in; then make people and start the simulators: nobody waits."""
        await announce(installation, seconds)
        if not installation.configuration.simulation:
            return
        await populate(installation)
        self._simulators = Simulators(installation)
        cannot = await self._simulators.start()
        if cannot:
            click.echo(f"物理模型未启动 physics is off ({', '.join(cannot)}): pip install huicheng[simulation]")

    async def leave(self) -> None:
        """End the simulators."""
        if self._simulators is not None:
            await self._simulators.stop()


async def prepare(installation: Installation, _seconds: float) -> None:
    """Bring in what the packs show as examples; make the accounts if they are not there."""
    await asyncio.to_thread(seed_units, installation.packs)
    await asyncio.to_thread(seed_responsibilities, installation.packs)
    await _seed_entities(installation)
    await _seed_files(installation)
    target = installation.configuration.data / _FILE
    if not target.exists():
        await _make_accounts(installation, target)


async def _seed_entities(installation: Installation) -> None:
    writes: list[Write | Removal] = [
        Write(entity=_example(thing), mode=Mode.CREATE) for pack in installation.packs for thing in pack.demo.entities
    ]
    writes += await _reshaped(installation)
    if writes:
        await installation.store.commit(Transaction(writes=writes, judged=False))


async def _reshaped(installation: Installation) -> list[Write | Removal]:
    """Examples that an earlier version made with one value where there is now a list."""
    types = entity_types(installation.packs)
    found: list[Write | Removal] = []
    for thing in (one for pack in installation.packs for one in pack.demo.entities):
        lists = [name for name in thing.attributes if types[thing.type].attributes[name].several]
        stored = await installation.store.get(thing.id) if lists else None
        held = stored.entity.attributes if stored and stored.entity.type == thing.type else {}
        old = {
            name: one for name in lists if isinstance(one := held.get(name), Attribute) and isinstance(one.value, str)
        }
        if old:
            new = {name: msgspec.structs.replace(one, value=[one.value]) for name, one in old.items()}
            found.append(Write(entity=Entity(id=thing.id, type=thing.type, attributes={**new})))
    return found


async def _seed_files(installation: Installation) -> None:
    """Rows of examples, by the way that every file takes; a file that was read before costs one look."""
    way_in = Ingest(installation.store, entity_types(installation.packs))
    for pack in installation.packs:
        for one in pack.demo.files:
            name, folder = f"{pack.id}/{one.source}", pack.folder or Path()
            job = Job(way_in, name, pack.sources[one.source], installation.configuration.data)
            await ingest_history(job, [folder / one.file])


def _example(thing: DemoEntity) -> Entity:
    """An example entity: what it is, where it stands, and the words that say it is an example."""
    point = {"type": "Point", "coordinates": list(thing.place)}
    attributes: dict[str, Any] = {name: fold(raw) for name, raw in thing.attributes.items()}
    attributes["name"] = Attribute(type="LanguageProperty", language_map=dict(thing.name))
    attributes["note"] = Attribute(type="LanguageProperty", language_map=dict(thing.note))
    # Lines say their own course; `place` is then where one looks for them.
    attributes.setdefault("location", Attribute(type="GeoProperty", value=point))
    return Entity(id=thing.id, type=thing.type, attributes=attributes)


async def _make_accounts(installation: Installation, target: Path) -> None:
    """Accounts first, the file last and whole: a crash between leaves no file, and they are made anew."""
    accounts = await asyncio.to_thread(create_demo_accounts, installation.packs)
    key = await installation.authority.issue_key(name="demo", roles=("integration", "broker"), unit="dsb")
    write_private(target, json.dumps({"accounts": accounts, "api_key": key}, ensure_ascii=False, indent=2))


async def announce(installation: Installation, seconds: float) -> None:
    """Say where the doors are and how to get in."""
    await greet(installation, seconds)
    target = installation.configuration.data / _FILE
    known = json.loads(target.read_text("utf-8"))
    click.echo(f"演示系统 Demo. Accounts are kept in {target}")
    for account in known["accounts"]:
        click.echo(f"  {account['role']:<16} {account['username']:<16} {account['password']}")
    click.echo(f"  API key          {known['api_key']}")
    click.echo("Ctrl-C stops everything.")
    # The doors are open: nobody waits for the examples.
    if installation.configuration.examples:
        await asyncio.to_thread(_seed_cases, installation)


def _seed_cases(installation: Installation) -> None:
    try:
        count = seed_cases(installation.packs)
    finally:
        connection.close()
    if count:
        click.echo(f"{count} 个示例案件 example cases.")
