"""Valves of the tests' pack, and orders to them."""

from __future__ import annotations

from typing import Any

from works import Works

from huicheng.access import Subject
from huicheng.cases.engine import PLATFORM, Filing, act, open_case
from huicheng.cases.models import Case
from huicheng.cases.watch import ClockWatcher
from huicheng.city import Attribute, Entity
from huicheng.stores import Transaction, Write

SECOND = 1_000_000


def valve(works: Works, key: str, **facts: str) -> str:
    """A valve in the city; its id. A fact that begins with ``urn:`` is a Relationship."""
    attributes: dict[str, Attribute | list[Attribute]] = {
        name: Attribute(type="Relationship", object=value)
        if value.startswith("urn:")
        else Attribute(type="Property", value=value)
        for name, value in facts.items()
    }
    attributes["location"] = Attribute(type="GeoProperty", value={"type": "Point", "coordinates": [109.2, 27.7]})
    entity = Entity(id=f"urn:ngsi-ld:Valve:{key}", type="Valve", attributes=attributes)
    works.town.store.commit(Transaction(writes=[Write(entity=entity)]))
    return entity.id


def ordered(target: str, category: str = "shut", by: Subject = PLATFORM, **facts: Any) -> Case:
    """An order to a valve."""
    filing = Filing(kind="works/order", category=category, source="desk", title="关阀", entity_ref=target, **facts)
    return open_case(filing, by)


def device(target: str) -> Subject:
    """The device that a thing is, as who acts."""
    return Subject(id=target, roles=("device",))


def now(case: Case) -> Case:
    """The case as it stands."""
    return Case.objects.get(pk=case.pk)


def does(case: Case, action: str, by: Subject, **form: Any) -> Case:
    """One action on the case as it stands."""
    return act(case.pk, action, by, form, expected_version=now(case).version)


def watch(works: Works, at: int) -> None:
    """The case clock shows a moment, and the watch looks."""
    works.town.set_clock(at)
    while ClockWatcher(works.town.platform).step():
        pass


def said(case: Case) -> list[str]:
    """What the history says, oldest first."""
    return list(case.events.order_by("seq").values_list("action", flat=True))
