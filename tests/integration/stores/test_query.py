"""Queries: which entities are found, in which order, and what of them may be seen."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from huicheng.access import Grant, Guard, Policy, Subject, compile_guard
from huicheng.city import Attribute, Entity
from huicheng.context import condition
from huicheng.context.values import values_of
from huicheng.errors import Invalid
from huicheng.expressions import OpenNames, evaluate, parse
from huicheng.stores import (
    Blocking,
    EmbeddedStore,
    EntityQuery,
    GeoFilter,
    Order,
    Page,
    Removal,
    Selection,
    Transaction,
)

from .conftest import put, station


def found(city: Blocking, **query: object) -> list[str]:
    """The last part of the ids that a query answers."""
    return [one.entity.id.rpartition(":")[2].lstrip("0") for one in city.query(EntityQuery(**query)).entities]


def where(text: str) -> object:
    return parse(text, OpenNames())


def thing(key: str, type: str = "Thing", **attributes: Attribute) -> Entity:
    return Entity(id=f"urn:ngsi-ld:{type}:{key}", type=type, attributes=attributes)


def text(value: object) -> Attribute:
    return Attribute(type="Property", value=value)


@pytest.fixture
def stations(city: Blocking) -> Blocking:
    """Stations 1 to 9, about 100 m apart from west to east; the value is ten times the number."""
    city.commit(put(*(station(number, 10.0 * number) for number in range(1, 10))))
    return city


def test_a_page_is_ordered_by_id_and_the_count_is_of_all(stations: Blocking) -> None:
    page = stations.query(EntityQuery(types=["AirQualityObserved"], limit=2, offset=3, count=True))
    assert [one.entity.id[-1] for one in page.entities] == ["4", "5"]
    assert page.count == 9


def test_a_page_goes_on_after_an_identifier_and_the_count_is_still_of_all(stations: Blocking) -> None:
    seven = station(7).id
    page = stations.query(EntityQuery(types=["AirQualityObserved"], after=seven, limit=5, count=True))
    assert [one.entity.id[-1] for one in page.entities] == ["8", "9"]
    assert page.count == 9
    assert found(stations, after=seven, where=where("pm25 < 90")) == ["8"]


def test_conditions_are_joined_by_and(stations: Blocking) -> None:
    assert found(stations, where=where("pm25 > 40 AND pm10 < 72")) == ["5", "6", "7"]
    assert found(stations, where=where("pm25 > 40"), ids=[station(4).id, station(5).id]) == ["5"]
    assert found(stations, types=["Thing"]) == []
    assert found(stations, id_pattern=":0000[12]$") == ["1", "2"]


def test_a_deleted_entity_is_not_found(stations: Blocking) -> None:
    stations.commit(Transaction(writes=[Removal(id=station(1).id)]))
    assert found(stations, limit=2) == ["2", "3"]
    near = GeoFilter(relation="near", geometry={"type": "Point", "coordinates": [106.601, 26.5]}, max_distance=10)
    assert found(stations, geo=near) == []


NAMES = [
    # attribute, condition
    (text("clear"), "a = 'clear'"),
    (text(value=True), "a"),
    (text({"b": {"c": 3}}), '"a.b.c" = 3'),
    (Attribute(type="Relationship", object="urn:x"), "a = 'urn:x'"),
    (Attribute(type="LanguageProperty", language_map={"zh": "晴"}), "\"a.zh\" = '晴'"),
    (Attribute(type="VocabProperty", vocab="clear"), "a = 'clear'"),
    (Attribute(type="Property", value=1, unit_code="GQ"), "\"a.unitCode\" = 'GQ'"),
    (Attribute(type="Property", value=1, sub={"b": {"type": "Property", "value": 2}}), '"a.b" = 2'),
    ([Attribute(type="Property", value=7, dataset_id="urn:d")], "a = 7"),
]


@pytest.mark.parametrize(("held", "condition"), NAMES)
def test_a_name_finds_the_value_wherever_the_kind_of_attribute_holds_it(
    city: Blocking, held: Attribute, condition: str
) -> None:
    city.commit(put(thing("1", a=held), thing("2", b=text(1))))
    assert found(city, where=where(condition)) == ["1"]


LISTS = {
    "1": text(["x", "y"]),
    "2": text("x"),
    "3": text("xy"),
    "4": text('["x"'),
    "5": text([1, 2.5, True]),
    "6": Attribute(type="Relationship", object=["urn:a", "urn:b"]),
    "7": text([["x"], {"v": "x"}, '","x","']),
    "8": Attribute(type="VocabProperty", vocab=["x"]),
}


@pytest.mark.parametrize(
    ("q", "named"),
    [
        ('a=="x"', "128"),
        ('a!="x"', "34567"),
        ('a=="y","x"', "128"),
        ('a!="y","xy"', "245678"),
        ("a==2.5", "5"),
        ("a==true", "5"),
        ("a==urn:b", "6"),
        ('b=="x"', ""),
    ],
)
def test_a_list_is_equal_to_each_of_its_members_in_every_engine(city: Blocking, q: str, named: str) -> None:
    city.commit(put(*(thing(key, a=held) for key, held in LISTS.items())))
    asked = condition(q)
    assert asked is not None
    assert "".join(found(city, where=asked)) == named
    told = [key for key, held in LISTS.items() if evaluate(asked, values_of(thing(key, a=held), asked.names)) is True]
    assert "".join(told) == named


def test_an_attribute_that_is_not_there_is_unknown_not_false(stations: Blocking) -> None:
    assert found(stations, where=where("NOT (pollen > 3)")) == []
    assert found(stations, where=where("pollen IS NULL"), limit=1) == ["1"]
    assert found(stations, having=["pollen"]) == []
    assert found(stations, having=["pollen", "pm25"], limit=1) == ["1"]


def square(west: float, east: float, south: float = 26.4, north: float = 26.6) -> dict[str, object]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def test_places_are_compared_exactly_not_by_their_boxes(stations: Blocking) -> None:
    triangle = {"type": "Polygon", "coordinates": [[[106.599, 26.4], [106.61, 26.6], [106.61, 26.4], [106.599, 26.4]]]}
    assert found(stations, geo=GeoFilter(relation="within", geometry=triangle)) == ["5", "6", "7", "8", "9"]
    assert found(stations, geo=GeoFilter(relation="disjoint", geometry=triangle)) == ["1", "2", "3", "4"]
    assert found(stations, geo=GeoFilter(relation="intersects", geometry=square(106.6025, 106.6045))) == ["3", "4"]


def test_a_page_of_a_box_is_the_same_however_late_its_entities_come(city: Blocking) -> None:
    """There are two ways in: along the identifiers, and by the index of places."""
    city.commit(put(*(station(number) for number in range(1, 2_101))))
    for box, first in ((square(106.0, 109.0), 1), (square(108.6005, 109.0), 2_001), (square(108.69905, 109.0), 2_100)):
        there = [str(number) for number in range(first, 2_101)]
        geo = GeoFilter(relation="within", geometry=box)
        assert found(city, geo=geo, limit=3) == there[:3]
        assert found(city, geo=geo, limit=5, offset=97) == there[97:102]
        assert found(city, geo=geo, limit=5, after=station(2_098).id) == [one for one in there if int(one) > 2_098]
        assert found(city, geo=geo, limit=3, types=["AirQualityObserved"], where=where("pm25 > 10")) == []
        assert city.query(EntityQuery(geo=geo, limit=2, count=True)).count == len(there)


def test_near_is_a_distance_in_metres(stations: Blocking) -> None:
    here = {"type": "Point", "coordinates": [106.601, 26.5]}
    # A thousandth of a degree of longitude is 99.5 m at this latitude.
    assert found(stations, geo=GeoFilter(relation="near", geometry=here, max_distance=210)) == ["1", "2", "3"]
    assert found(stations, geo=GeoFilter(relation="near", geometry=here, min_distance=590)) == ["7", "8", "9"]


def test_what_is_near_beyond_the_180th_meridian_is_found(city: Blocking) -> None:
    def at(key: str, longitude: float) -> Entity:
        place = {"type": "Point", "coordinates": [longitude, 66.0]}
        return thing(key, location=Attribute(type="GeoProperty", value=place))

    city.commit(put(at("1", 179.99), at("2", -179.99), at("3", -170.0)))
    here = {"type": "Point", "coordinates": [179.995, 66.0]}
    assert found(city, geo=GeoFilter(relation="near", geometry=here, max_distance=2_000)) == ["1", "2"]


def test_an_area_that_moved_is_found_where_it_is_now(city: Blocking) -> None:
    for west in (106.0, 107.0):
        city.commit(put(thing("1", location=Attribute(type="GeoProperty", value=square(west, west + 0.1)))))
    point = {"type": "Point", "coordinates": [107.05, 26.5]}
    assert found(city, geo=GeoFilter(relation="contains", geometry=point)) == ["1"]
    point = {"type": "Point", "coordinates": [106.05, 26.5]}
    assert found(city, geo=GeoFilter(relation="contains", geometry=point)) == []


@pytest.mark.parametrize(
    "pattern", ["(a+)+", "(a|b)*c", "a*a*a*a*b", "(", "x" * 300, r"(a)\1", "((ab?)c)+"], ids=lambda p: p[:12]
)
def test_a_pattern_that_could_run_away_is_refused(stations: Blocking, pattern: str) -> None:
    with pytest.raises(Invalid):
        found(stations, id_pattern=pattern)


@pytest.mark.parametrize("pattern", ["^urn:.*:0000[1-3]$", r"urn:(ngsi-ld|other):AirQuality.*\d+"])
def test_an_ordinary_pattern_is_accepted(stations: Blocking, pattern: str) -> None:
    assert len(found(stations, id_pattern=pattern)) >= 3


def test_a_geometry_that_crosses_itself_is_refused(stations: Blocking) -> None:
    bow = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    with pytest.raises(Invalid):
        found(stations, geo=GeoFilter(relation="within", geometry=bow))


# -- guards


def guard(**grants: list[Grant]) -> Guard:
    by_type = {name.replace("any", "*"): tuple(held) for name, held in grants.items()}
    return Guard(subject=Subject(id="u1", roles=("officer",), unit="eeb"), grants=by_type)


def grant(rows: str = "TRUE", *columns: str) -> Grant:
    return Grant(policy="p", rows=rows, columns=columns or ("*",))


def test_what_no_grant_names_is_not_there(stations: Blocking) -> None:
    """N4: deny by default."""
    nobody = guard()
    assert stations.query(EntityQuery(guard=nobody, count=True)).count == 0
    assert stations.get(station(1).id, nobody) is None
    assert found(stations, guard=guard(Case=[grant()])) == []


def test_only_granted_rows_are_seen(stations: Blocking) -> None:
    some = guard(AirQualityObserved=[grant("pm25 > 70")])
    assert found(stations, guard=some) == ["8", "9"]
    assert stations.get(station(7).id, some) is None
    assert stations.get(station(8).id, some) is not None


def test_a_row_shows_the_columns_of_the_grants_that_hold_for_it(stations: Blocking) -> None:
    some = guard(AirQualityObserved=[grant("TRUE", "pm25"), grant("pm25 > 80", "so2", "location")])
    page = stations.query(EntityQuery(guard=some, where=where("pm25 >= 80")))
    assert [sorted(one.entity.attributes) for one in page.entities] == [["pm25"], ["location", "pm25", "so2"]]


def test_a_hidden_column_cannot_be_probed(stations: Blocking) -> None:
    some = guard(AirQualityObserved=[grant("TRUE", "pm25"), grant("pm25 > 80", "so2")])
    assert found(stations, guard=some, where=where("so2 > 0")) == ["9"]
    assert found(stations, guard=some, having=["so2"]) == ["9"]
    everywhere = GeoFilter(relation="within", geometry=square(100, 110))
    assert found(stations, guard=some, geo=everywhere) == []


def test_an_extent_is_of_the_places_that_may_be_seen(store: EmbeddedStore) -> None:
    west, east, hidden = (place(station(number).attributes["location"]) for number in (2, 8, 9))

    async def ask() -> None:
        await store.commit(put(*(station(number, 10.0 * number) for number in range(1, 10))))
        rows = guard(AirQualityObserved=[grant("pm25 > 10"), grant("TRUE", "pm25")])
        some = guard(AirQualityObserved=[grant("pm25 > 10 AND pm25 < 90"), grant("TRUE", "pm25")])
        for held, edges in ((rows, (west[0], hidden[0])), (some, (west[0], east[0]))):
            box = await store.extent(EntityQuery(guard=held, types=["AirQualityObserved"]))
            assert box is not None
            assert (box[0], box[2]) == pytest.approx(edges, abs=1e-4)
        assert await store.extent(EntityQuery(guard=guard(AirQualityObserved=[grant("TRUE", "pm25")]))) is None
        assert await store.extent(EntityQuery(guard=guard())) is None

    asyncio.run(ask())


def place(location: Any) -> tuple[float, float]:
    longitude, latitude = location.value["coordinates"]
    return longitude, latitude


def test_each_type_has_its_own_grants(stations: Blocking) -> None:
    stations.commit(put(thing("a", "Case", owner=text("eeb")), thing("b", "Case", owner=text("ucm")), thing("c")))
    some = guard(AirQualityObserved=[grant("pm25 > 80")], Case=[grant("owner = subject_unit")])
    assert found(stations, guard=some) == ["9", "a"]
    assert found(stations, guard=some, types=["Case"]) == ["a"]
    others = guard(AirQualityObserved=[grant("pm25 > 80")], any=[grant("owner IS NULL")])
    assert found(stations, guard=others, types=["Case", "Thing"]) == ["c"]


def test_whose_grants_or_units_change_sees_at_once_what_holds_now(stations: Blocking) -> None:
    """Q1: a guard that was compiled before is never used for another one."""
    stations.commit(put(thing("a", "Case", owner=text("eeb")), thing("b", "Case", owner=text("ucm")), thing("c")))
    own, other = grant("owner = subject_unit"), Subject(id="a", roles=(), unit="nobody's")
    before = guard(Case=[own], AirQualityObserved=[grant("pm25 > 80")])
    for held, seen in (
        (before, ["9", "a"]),
        (replace(before, subject=other), ["9"]),
        (replace(before, grants={"Case": (own,)}), ["a"]),
        (replace(before, grants={**before.grants, "Case": (grant("FALSE"),)}), ["9"]),
        (before, ["9", "a"]),
    ):
        assert found(stations, guard=held) == seen
        ids = [one.entity.id for one in stations.query(EntityQuery(guard=before)).entities]
        assert found(stations, guard=held, ids=ids) == seen


def test_identifiers_of_any_type_are_read_under_the_grants_of_their_own(stations: Blocking) -> None:
    stations.commit(put(thing("a", "Case", owner=text("eeb")), thing("b", "Case", owner=text("ucm")), thing("c")))
    some = guard(AirQualityObserved=[grant("pm25 > 80", "pm25")], any=[grant("owner IS NULL", "name")])
    every = [one.entity.id for one in stations.query(EntityQuery(limit=100)).entities]
    for one in every:
        expected = stations.query(EntityQuery(guard=some, types=[one.split(":")[2]], ids=[one])).entities
        assert stations.query(EntityQuery(guard=some, ids=[one])).entities == expected
        assert stations.get(one, some) == next(iter(expected), None)
    assert stations.query(EntityQuery(guard=some, ids=["urn:ngsi-ld:Thing:none"], count=True)) == Page(
        entities=[], count=0
    )


def test_columns_are_reckoned_where_they_may_be_seen(stations: Blocking) -> None:
    some = guard(AirQualityObserved=[grant("pm25 > 70", "pm25", "no2")])
    names: dict[str, Any] = {"a": "number", "hidden": "any", "said": "text", "kind": "text"}
    values = {"a": where("pm25"), "hidden": where("pm10"), "said": where("'AQI'"), "kind": where("type")}
    figures = {
        "twice": parse("a * 2", names),
        "nothing": parse("hidden + 1", names),
        "high": parse("a > 80", names),
        "lower": parse("LOWER(kind)", names),
    }
    found = stations.select(Selection(guard=some, type="AirQualityObserved", values=values, figures=figures))
    assert found == {
        "id": [station(8).id, station(9).id],
        "a": [80.0, 90.0],
        "hidden": [None, None],
        "said": ["AQI", "AQI"],
        "kind": ["AirQualityObserved"] * 2,
        "twice": [160.0, 180.0],
        "nothing": [None, None],
        "high": [0, 1],
        "lower": ["airqualityobserved"] * 2,
    }


def test_queries_run_beside_each_other_under_an_event_loop(store: EmbeddedStore) -> None:
    async def ask() -> None:
        await store.commit(put(*(station(number) for number in range(50))))
        pages = await asyncio.gather(*(store.query(EntityQuery(limit=50, count=True)) for _ in range(20)))
        assert {page.count for page in pages} == {50}

    asyncio.run(ask())


def test_an_order_puts_numbers_before_texts_and_what_is_missing_or_hidden_last(city: Blocking) -> None:
    values: list[Any] = [3, "b", 10, None, "B"]
    attributes = [{} if one is None else {"size": Attribute(type="Property", value=one)} for one in values]
    sheds = [Entity(id=f"urn:ngsi-ld:Shed:{n}", type="Shed", attributes=held) for n, held in enumerate(attributes)]
    city.commit(put(*sheds))

    def ordered(order: Order, **more: Any) -> str:
        page = city.query(EntityQuery(types=["Shed"], order=[order], **more))
        return "".join(one.entity.id[-1] for one in page.entities)

    assert ordered(Order(name="size")) == "02413"
    assert ordered(Order(name="size", descending=True)) == "20143"
    assert ordered(Order(name="size"), limit=2, offset=1) == "24"
    policy = Policy(id="p", grantee="anyone", actions=("read",), resource="Shed", columns=("name",))
    blind = compile_guard(Subject(id="x", roles=()), "read", [policy], date(2026, 1, 1))
    assert ordered(Order(name="size"), guard=blind) == "01234"
    assert ordered(Order(name="id", descending=True), guard=blind) == "43210"
