"""One installation put together: packs, store, authority, Django. Shared by server and worker."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from huicheng import platform
from huicheng.context import Signer
from huicheng.files import kept_secret
from huicheng.packs import Pack, installed, read_packs
from huicheng.people.migrating import migrate
from huicheng.platform import Platform
from huicheng.project.boundary import read_boundary
from huicheng.project.configuration import Configuration
from huicheng.project.leasing import one_after_another
from huicheng.project.seeding import seed
from huicheng.stores import Authority, OpenedStore, open_store


@dataclass(frozen=True, kw_only=True)
class Installation:
    """What the doors and the loops are made from."""

    configuration: Configuration
    packs: tuple[Pack, ...]
    store: OpenedStore
    authority: Authority
    platform: Platform


def load_packs(configuration: Configuration) -> tuple[Pack, ...]:
    """All packs, checked; a faulty one refuses the start with file, line and remedy."""
    return read_packs((*installed(), *configuration.packs))


async def put_together(configuration: Configuration, *, writer: bool) -> Installation:
    """Open everything. The server (``writer``) migrates both databases first, under the lock."""
    packs = load_packs(configuration)
    store = open_store(configuration.data, writer=writer, shared=True)
    authority = Authority(store)
    whole = Platform(
        data=configuration.data,
        store=store,
        packs=packs,
        boundary=read_boundary(configuration),
        grid_digits=configuration.grid_digits,
    )
    platform.install(whole)
    if writer:
        async with one_after_another(store, "start"):
            await asyncio.to_thread(migrate)
            await seed(store, authority, packs)
    return Installation(configuration=configuration, packs=packs, store=store, authority=authority, platform=whole)


def signer_of(configuration: Configuration) -> Signer:
    """Signs webhooks; server and worker have the same key."""
    return Signer(kept_secret(configuration.data / "keys" / "webhooks.key"))
