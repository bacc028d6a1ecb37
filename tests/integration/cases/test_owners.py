"""Who answers for a case: by the thing, by the place, or by its category (W4.1, 部件先属主, 事件先属地)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec
import pytest
from people import Town

from huicheng import platform
from huicheng.cases.engine import PLATFORM, Filing, open_case
from huicheng.cases.models import Responsibility
from huicheng.cases.owners import owner_of
from huicheng.city import Attribute, Entity
from huicheng.platform import Platform
from huicheng.stores import Transaction, Write

KIND = "environment/event"
PART = "urn:ngsi-ld:CityPart:5206020101000001"


@pytest.fixture
def by(town: Town) -> Iterator[Any]:
    """``by("place")``: the category ``smoke`` (of ``eeb``) finds its owner so."""

    def declare(way: str, group: str = "") -> None:
        packs = tuple(_with(pack, way, group) for pack in town.platform.packs)
        platform.install(Platform(data=town.data, store=town.platform.store, packs=packs))

    yield declare
    platform.install(town.platform)


def _with(pack: Any, way: str, group: str) -> Any:
    if pack.id != "environment":
        return pack
    kind = pack.kinds["event"]
    names = {"zh-hans": group, "en": group} if group else {}
    smoke = msgspec.structs.replace(kind.categories["smoke"], owner_by=way, group=names)
    changed = msgspec.structs.replace(kind, categories={**kind.categories, "smoke": smoke})
    return msgspec.structs.replace(pack, kinds={**pack.kinds, "event": changed})


def row(unit: str, **facts: Any) -> None:
    Responsibility.objects.create(unit=unit, source="test", **facts)


def owner(**facts: Any) -> str:
    return owner_of(KIND, "smoke", **facts)


def part(town: Town, **keepers: str) -> None:
    attributes: dict[str, Attribute | list[Attribute]] = {
        name: Attribute(type="Property", value=unit) for name, unit in keepers.items()
    }
    town.store.commit(Transaction(writes=[Write(entity=Entity(id=PART, type="CityPart", attributes=attributes))]))


def test_a_fixed_category_is_its_units_wherever_it_is(by: Any) -> None:
    by("fixed")
    row("ucm")
    assert owner(division="520602002") == "eeb"


def test_the_place_decides_with_the_row_that_says_most(by: Any) -> None:
    by("place", "市容环境")
    row("oc")
    row("dsb", group="市容环境")
    assert owner(division="520602003001") == "dsb"
    row("ucm", category="smoke", area="520602002")
    row("oc", category="smoke", area="520602002001")
    assert owner(division="520602003001") == "dsb"
    assert owner(division="520602002002") == "ucm"
    assert owner(division="520602002001") == "oc"


def test_a_row_with_an_area_says_nothing_of_a_case_without_a_place(by: Any) -> None:
    by("place")
    row("ucm", area="520602")
    assert owner() == "eeb"


def test_a_row_of_another_kind_group_or_category_says_nothing(by: Any) -> None:
    by("place", "市容环境")
    row("ucm", kind="environment/other")
    row("ucm", group="街面秩序")
    row("ucm", category="dust")
    assert owner() == "eeb"


def test_a_row_holds_in_its_term_by_the_clock_of_cases(by: Any) -> None:
    by("place")
    row("ucm", valid_from=date(2013, 3, 5))
    row("oc", valid_until=date(2013, 3, 4))
    assert owner() == "eeb"
    row("dsb", valid_from=date(2013, 3, 4), valid_until=date(2013, 3, 5))
    assert owner() == "dsb"


def test_a_unit_that_does_not_exist_here_is_passed_over(by: Any) -> None:
    by("place")
    row("oc")
    row("gone", category="smoke")
    assert owner() == "oc"


def test_a_thing_is_its_keepers_before_the_places(town: Town, by: Any) -> None:
    by("thing")
    row("oc")
    assert owner(entity_ref=PART) == "oc"
    part(town, managerCode="dsb", maintainerCode="nobody", ownerCode="ucm")
    assert owner(entity_ref=PART) == "ucm"
    by("place")
    assert owner(entity_ref=PART) == "oc"


def test_a_case_opens_with_the_owner_that_was_found_unless_the_filer_knows_better(by: Any) -> None:
    by("place")
    row("ucm", area="520602002")
    known = {"kind": KIND, "category": "smoke", "source": "portal", "title": "烟", "division": "520602002"}
    assert open_case(Filing(**known), PLATFORM).owner_unit == "ucm"  # type: ignore[arg-type]  # named above
    assert open_case(Filing(**known, owner_unit="oc"), PLATFORM).owner_unit == "oc"  # type: ignore[arg-type]  # as above
