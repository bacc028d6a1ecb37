"""The pack of tests/packs/works in a running installation: a kind that uses everything an engine must know."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packed import known
from people import MONDAY, Town

from huicheng import platform
from huicheng.access import Subject
from huicheng.accounts.units import seed_units
from huicheng.cases.engine import PLATFORM, Filing, act, open_case
from huicheng.cases.models import Case
from huicheng.city import Instant
from huicheng.packs import Pack
from huicheng.platform import Platform
from huicheng.stores.blocking import drive

PACK = Path(__file__).parent / "packs" / "works"


@cache
def packs() -> tuple[Pack, ...]:
    """What is installed, and the pack of the tests."""
    return known(PACK)


@dataclass(kw_only=True)
class Works:
    """An installation with the pack, one officer who may do everything, and another to judge what that one did."""

    town: Town
    chief: Subject
    judge: Subject

    def open(self, **facts: Any) -> Case:
        """A hole at nine o'clock on :data:`people.MONDAY`, unless ``facts`` say otherwise."""
        known = {"kind": "works/repair", "category": "hole", "source": "desk", "title": "坑", "opened_at": MONDAY}
        return open_case(Filing(**{**known, **facts}), PLATFORM)

    def act(self, acted: Case, action: str, at: Instant | None = None, by: Subject | None = None, **form: Any) -> Case:
        """One action on the case as it stands, at an instant of the case clock."""
        if at is not None:
            self.town.set_clock(at)
        version = Case.objects.values_list("version", flat=True).get(pk=acted.pk)
        return act(acted.pk, action, by or self.chief, form, expected_version=version)

    def sent(self, unit: str = "roads") -> Case:
        """A case in the hands of a unit since nine o'clock."""
        return self.act(self.open(), "send", unit=unit)

    def closed(self, at: Instant = MONDAY) -> Case:
        """A case handled and checked."""
        case = self.act(self.sent(), "finish", at, kind="mend")
        return self.act(case, "pass", at, by=self.judge)


@pytest.fixture
def works(town: Town) -> Works:
    """The installation of :func:`people.town` with the pack in it."""
    whole = Platform(data=town.data, store=town.platform.store, packs=packs())
    drive(whole.authority.authority.seed(whole.packs))
    platform.install(whole)
    seed_units(whole.packs)
    town.platform = whole
    for unit in ("roads", "lamps", "works", "gov"):
        town.account("handler", unit)
    return Works(town=town, chief=town.account("dispatcher", "oc", "甲"), judge=town.account("verifier", "oc", "乙"))
