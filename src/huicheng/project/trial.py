"""An installation for the length of a test: in a directory of its own, with the packs' units and policies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from django.db import connection

from huicheng import platform
from huicheng.accounts.units import seed_units
from huicheng.cases.courses import run_course
from huicheng.packs import Course, Pack
from huicheng.people.migrating import migrate
from huicheng.platform import Platform
from huicheng.project.seeding import seed
from huicheng.rules import Tested
from huicheng.stores import Authority, drive, open_store


def try_courses(data: Path, packs: Sequence[Pack], courses: Sequence[tuple[Pack, Course]]) -> list[Tested]:
    """What comes of each course, on one installation in ``data``, which is empty and is Django's."""
    store = open_store(data, writer=True, database="")
    try:
        platform.install(Platform(data=data, store=store, packs=tuple(packs)))
        migrate()
        drive(seed(store, Authority(store), packs))
        seed_units(packs)
        return [run_course(pack.id, course) for pack, course in courses]
    finally:
        connection.close()
        drive(store.close())
