"""A real installation for tests of the people half: people.db, city store, packs, accounts, one data directory.

A room's conftest imports the fixtures ``migrated`` and ``town``. Tests of cases cannot use
pytest-django's database: its flush deletes rows, and the history's triggers refuse that.
"""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from packed import known
from pytest_django import DjangoDbBlocker

from huicheng import platform
from huicheng.access import Subject
from huicheng.accounts.models import Account, Unit
from huicheng.accounts.subjects import subject_of
from huicheng.accounts.units import seed_units
from huicheng.calendar import CaseClock, seed_days, seed_hours, seed_years
from huicheng.cases.owners import seed_responsibilities
from huicheng.city import Attribute, Entity, Instant, from_micros, parse_instant
from huicheng.people.migrating import migrate
from huicheng.people.setting import database as people_database
from huicheng.platform import Platform
from huicheng.stores import Blocking, Rows, Stored, Transaction, Write, open_store
from huicheng.stores.blocking import drive

#: Monday, 2013-03-04, 09:00 in Shanghai: in working hours, no holiday near.
MONDAY = parse_instant("2013-03-04T09:00:00+08:00")
HOUR = 3_600_000_000
STATION = "urn:ngsi-ld:AirQualityObserved:Wanliu"


@dataclass(kw_only=True)
class Town:
    """One installation, and what tests do with it."""

    data: Path
    store: Blocking
    platform: Platform
    _open: bool = True

    def close(self) -> None:
        """Let go of both databases, so that another process may have them."""
        connection.close()
        if self._open:
            self._open = False
            self.store.close()

    def account(self, role: str, unit: str = "", name: str = "") -> Subject:
        """A new account with one role, which nobody can sign in to."""
        username = name or f"{role}-{secrets.token_hex(4)}"
        account = Account(username=username, display_name=username, roles=[role])
        account.unit = Unit.objects.get(code=unit) if unit else None
        account.set_unusable_password()
        account.save()
        return subject_of(account)

    def set_clock(self, at: Instant, speed: float = 1e-12) -> None:
        """A replay that shows ``at`` now and, by default, stands still for the test."""
        clock = CaseClock(kind="replay", anchor_event=at, anchor_wall=time.time_ns() // 1000, speed=speed)
        self.store.commit(Transaction(rows=[Rows(statement="clock.put", parameters=[clock.row()])]))

    def put_alert(self, key: str, at: Instant = MONDAY, **changes: Any) -> str:
        """Write an alert as the rules do (docs/decisions/0001-the-house.md); its id."""
        entity = alert(key, at, **changes)
        self.store.commit(Transaction(writes=[Write(entity=entity)]))
        return entity.id

    def case(self, number: str) -> Stored:
        """The Case entity."""
        found = self.store.get(f"urn:ngsi-ld:Case:{number}")
        assert found is not None
        return found


def alert(key: str, at: Instant = MONDAY, **changes: Any) -> Entity:
    """An active alert of the hourly rule, unless ``changes`` say otherwise."""
    moment = from_micros(at)
    values = {
        "category": "environment",
        "subCategory": "pm25-hourly",
        "severity": "warning",
        "status": "active",
        "rule": "environment/pm25-hourly",
        "dateIssued": moment.isoformat(),
        "validFrom": moment.isoformat(),
        "caseKind": "environment/event",
        "caseCategory": "pm25-hourly",
        **changes,
    }
    attributes: dict[str, Attribute | list[Attribute]] = {
        name: Attribute(type="Property", value=value, observed_at=moment) for name, value in values.items()
    }
    attributes["alertSource"] = Attribute(type="Relationship", object=STATION)
    attributes["description"] = Attribute(
        type="LanguageProperty", language_map={"zh-hans": "万柳站 PM2.5 过高", "en": "PM2.5 is too high at Wanliu"}
    )
    attributes["location"] = Attribute(type="GeoProperty", value={"type": "Point", "coordinates": [109.33, 27.74]})
    return Entity(id=f"urn:ngsi-ld:Alert:{key}", type="Alert", attributes=attributes)


def use(data: Path, url: str = "") -> None:
    """Let Django open the people of this directory, or of this database, from now on, in every thread."""
    held = connections["default"]
    held.close()
    if held.vendor != "sqlite":
        held.close_pool()
    del connections["default"]
    connections.settings["default"].update(
        connections.configure_settings({"default": people_database(data, url)})["default"]
    )


def seed_calendar(store: Blocking) -> None:
    """What the first start writes."""
    rows = [
        Rows(statement="calendar.seed_day", parameters=list(seed_days())),
        Rows(statement="calendar.seed_year", parameters=list(seed_years())),
        Rows(statement="calendar.seed_hours", parameters=[seed_hours()]),
    ]
    store.commit(Transaction(rows=rows))


@dataclass(kw_only=True)
class Migrated:
    """People at the newest migration: a file to copy, and any database on demand."""

    file: Path
    blocker: DjangoDbBlocker

    def into(self, url: str) -> None:
        """Bring the people of a database there."""
        with self.blocker.unblock():
            use(self.file.parent, url)
            migrate()
            use(self.file.parent)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Migrated:
    """Empty people at the newest migration."""
    folder = tmp_path_factory.mktemp("migrated")
    with django_db_blocker.unblock():
        use(folder)
        migrate()
        connection.close()
    return Migrated(file=folder / "people.db", blocker=django_db_blocker)


@pytest.fixture
def town(
    request: pytest.FixtureRequest, data_dir: Path, migrated: Migrated, django_db_blocker: DjangoDbBlocker
) -> Iterator[Town]:
    """An installation whose clock stands on :data:`MONDAY`; with the packs in ``PACKS`` of the test's module, too."""
    if "store_engine" in request.fixturenames:
        request.getfixturevalue("database")
    url = os.environ.get("HUICHENG_DATABASE", "")
    if not url:
        shutil.copy(migrated.file, data_dir / "people.db")
    store = open_store(data_dir, writer=True)
    blocking = Blocking(store)
    whole = Platform(data=data_dir, store=store, packs=known(*getattr(request.module, "PACKS", ())))
    drive(whole.authority.authority.seed(whole.packs))
    platform.install(whole)
    with django_db_blocker.unblock():
        use(data_dir, url)
        seed_calendar(blocking)
        seed_units(whole.packs)
        seed_responsibilities(whole.packs)
        made = Town(data=data_dir, store=blocking, platform=whole)
        made.set_clock(MONDAY)
        yield made
        made.close()
        use(data_dir)
