"""What comes in is checked and brought into canonical units (Q1; bad input of issue 2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from huicheng.city import Attribute, Entity
from huicheng.ingest import District, Problem, Sieve
from huicheng.packs import AttributeType, EntityType
from huicheng.stores import Mode

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
BIJIANG = District(108.9, 27.4, 109.6, 28.1)


def text(words: str) -> dict[str, str]:
    return {"zh-hans": words, "en": words}


def declared(**more: Any) -> AttributeType:
    return AttributeType(name=text("属性"), **more)


TYPES = {
    "AirQualityObserved": EntityType(
        name=text("空气质量"),
        source="test",
        attributes={
            "pm25": declared(unit="GQ", minimum=0, maximum=2000),
            "temperature": declared(unit="CEL"),
            "level": declared(kind="text", codes={"good": text("优"), "bad": text("差")}),
            "senses": declared(kind="text", several=True, codes={"air": text("气"), "water": text("水")}),
            "grade": declared(codes={"1": text("一级"), "2": text("二级")}),
            "active": declared(kind="boolean"),
            "installed": declared(kind="time"),
            "location": declared(kind="geometry"),
            "refDevice": declared(kind="reference"),
            "contact": declared(kind="text", personal=True),
        },
    )
}


def sieve(**more: Any) -> Sieve:
    return Sieve(TYPES, now=lambda: NOW, **more)


def entity(id: str = "urn:ngsi-ld:AirQualityObserved:1", type: str = "AirQualityObserved", **held: Any) -> Entity:
    return Entity(id=id, type=type, attributes=held)


def number(value: Any, **more: Any) -> Attribute:
    return Attribute(type="Property", value=value, **more)


def problems_of(one: Entity, **more: Any) -> list[Problem]:
    return sieve(**more).sift([one]).problems


def test_a_good_value_in_its_canonical_unit_is_taken_as_the_same_object() -> None:
    sent = entity(pm25=number(35.5, unit_code="GQ", observed_at=NOW))
    [kept] = sieve().sift([sent]).entities
    assert kept is sent


def test_a_value_in_another_unit_is_converted_and_only_the_canonical_one_is_kept() -> None:
    sent = entity(pm25=number(0.0355, unit_code="GP", observed_at=NOW), temperature=number(77, unit_code="FAH"))
    [kept] = sieve().sift([sent]).entities
    assert kept.attributes["pm25"] == number(pytest.approx(35.5), unit_code="GQ", observed_at=NOW)
    assert kept.attributes["temperature"] == number(pytest.approx(25), unit_code="CEL")


def test_the_range_holds_for_the_converted_value() -> None:
    [problem] = problems_of(entity(pm25=number(2.5, unit_code="GP")))
    assert problem.place == "/pm25/value"
    assert str(problem) == "/pm25/value: 2500.0 is more than 2000 GQ. Check the value and its unit."


@pytest.mark.parametrize(
    ("name", "held", "place", "says"),
    [
        ("pm25", number("35"), "/pm25/value", "“35” is not a number"),
        ("pm25", number(value=True), "/pm25/value", "“True” is not a number"),
        ("pm25", number(float("nan")), "/pm25/value", "not a finite number"),
        ("pm25", number(float("inf")), "/pm25/value", "not a finite number"),
        ("pm25", number(-1), "/pm25/value", "-1 is less than 0 GQ"),
        ("pm25", number(1, unit_code="µg"), "/pm25/unitCode", "“µg” is not known"),
        ("pm25", number(1, unit_code="CEL"), "/pm25/unitCode", "“CEL” cannot be converted to “GQ”"),
        ("pm25", number(None), "/pm25/value", "no value"),
        ("pm25", Attribute(type="Property"), "/pm25/value", "no value"),
        ("pm25", Attribute(type="Relationship", object="urn:a:b"), "/pm25/type", "is a Property, not a Relationship"),
        ("pm25", number(1, observed_at=NOW + timedelta(minutes=6)), "/pm25/observedAt", "is in the future"),
        ("pm25", Attribute(type="Property", value=1, object="urn:a:b"), "/pm25/object", "may only have “value”"),
        ("level", number("fair"), "/level/value", "not in the code list"),
        ("level", number(3), "/level/value", "“3” is not text"),
        ("grade", number(3), "/grade/value", "not in the code list"),
        ("active", number(1), "/active/value", "neither true nor false"),
        ("installed", number("2026-03-01T08:00:00"), "/installed/value", "not a time with a zone"),
        ("refDevice", Attribute(type="Relationship", object="no uri"), "/refDevice/object", "is not a URI"),
        ("contact", number("139", observed_at=NOW), "/contact/observedAt", "never kept in history"),
        ("noise", number(float("nan")), "/noise/value", "not a finite number"),
        ("a b", number(1), "/a b", "is not a name"),
        ("noise", Attribute(type="Property", value=1, dataset_id="x y"), "/noise/datasetId", "is not a URI"),
        ("name", Attribute(type="LanguageProperty", language_map={"zh": 1}), "/name/languageMap/zh", "is not text"),
    ],
)
def test_a_bad_attribute_is_refused_at_its_place(name: str, held: Attribute, place: str, says: str) -> None:
    [problem] = problems_of(entity(**{name: held}))
    assert problem.place == place
    assert says in str(problem)
    assert problem.remedy


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("grade", number(2)),
        ("grade", number(2.0)),
        ("level", number("good")),
        ("active", number(value=False)),
        ("installed", number("2026-03-01T08:00:00+08:00")),
        ("installed", number({"@type": "DateTime", "@value": "2026-03-01T08:00:00Z"})),
        ("refDevice", Attribute(type="Relationship", object=["urn:a:b", "urn:a:c"])),
        ("contact", number("139")),
        ("pm25", number(1, observed_at=NOW + timedelta(minutes=4))),
        ("pm25", [number(1), number(2, dataset_id="urn:d:2")]),
        ("https://uri.etsi.org/ngsi-ld/x", number(1)),
        ("说明", Attribute(type="LanguageProperty", language_map={"zh": "好", "en": ["good"]})),
        ("extra", Attribute(type="JsonProperty", json={"a": [1, None, {"b": "c"}]})),
    ],
)
def test_what_fits_is_taken(name: str, held: Any) -> None:
    assert problems_of(entity(**{name: held})) == []


def test_two_instances_with_one_dataset_id_are_refused() -> None:
    [problem] = problems_of(entity(pm25=[number(1), number(2)]))
    assert (problem.place, problem.attribute) == ("/pm25", "pm25")


def test_all_flaws_of_an_entity_are_told_at_once() -> None:
    problems = problems_of(entity(pm25=number(-1), level=number("fair"), active=number(value=True)))
    assert [one.place for one in problems] == ["/pm25/value", "/level/value"]


def test_the_good_part_of_a_batch_is_kept_and_the_rest_is_named_by_position() -> None:
    good = entity(pm25=number(1))
    batch = [good, entity(id="no uri"), entity(type="two words"), entity(pm25=number(-1)), good]
    sifted = sieve().sift(batch)
    assert sifted.entities == [good, good]
    assert sifted.positions == [0, 4]
    assert [(one.index, one.place) for one in sifted.problems] == [(1, "/id"), (2, "/type"), (3, "/pm25/value")]


def test_a_type_that_no_pack_declares_is_taken_as_it_is() -> None:
    sent = entity(id="urn:ngsi-ld:Building:1", type="Building", floors=number(3, unit_code="anything"))
    assert sieve().sift([sent]).entities == [sent]


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def test_deep_nesting_is_refused_and_reasonable_nesting_is_not() -> None:
    assert problems_of(entity(extra=number(nested(30)))) == []
    [problem] = problems_of(entity(extra=number(nested(5_000))))
    assert "nested more than 32 levels" in str(problem)


def test_a_deep_sub_attribute_is_refused_too() -> None:
    [problem] = problems_of(entity(pm25=number(1, sub={"why": {"type": "Property", "value": nested(50)}})))
    assert "nested more than 32 levels" in str(problem)


def test_an_entity_of_too_many_attributes_is_refused_as_a_whole() -> None:
    [problem] = problems_of(entity(**{f"a{n}": number(n) for n in range(1_001)}))
    assert problem.place == ""
    assert "more than 1000 attributes" in str(problem)


def point(*coordinates: Any) -> Attribute:
    return Attribute(type="GeoProperty", value={"type": "Point", "coordinates": list(coordinates)})


def test_a_latitude_that_is_none_is_recognised_as_swapped_and_the_remedy_says_so() -> None:
    [problem] = problems_of(entity(location=point(27.7, 109.2)))
    assert "swapped" in str(problem)
    assert "[109.2, 27.7]" in str(problem)


def test_a_position_that_falls_into_the_district_when_swapped_is_refused() -> None:
    far_west = District(79.0, 38.0, 81.0, 39.0)
    [problem] = problems_of(entity(location=point(38.5, 80.0)), district=far_west)
    assert "[80.0, 38.5]" in str(problem)


def test_a_position_outside_the_district_is_taken() -> None:
    assert problems_of(entity(location=point(116.4, 39.9)), district=BIJIANG) == []


@pytest.mark.parametrize(
    ("geometry", "says"),
    [
        ({"type": "Point", "coordinates": [200, 95]}, "not on the earth"),
        ({"type": "Point", "coordinates": [109.2]}, "is not a position"),
        ({"type": "Point", "coordinates": ["109.2", 27.7]}, "is not a position"),
        ({"type": "Circle", "coordinates": [109.2, 27.7]}, "its type is “Circle”"),
        ({"type": "LineString", "coordinates": [[109.2, 27.7]]}, "needs two positions"),
        ({"type": "Polygon", "coordinates": [[[109, 27], [110, 27], [110, 28], [109, 28]]]}, "does not end"),
        ({"type": "Polygon", "coordinates": []}, "has no positions"),
        ({"type": "MultiPoint"}, "not a list"),
        ([109.2, 27.7], "not an object"),
    ],
)
def test_what_is_no_geometry_is_refused(geometry: Any, says: str) -> None:
    [problem] = problems_of(entity(location=Attribute(type="GeoProperty", value=geometry)))
    assert problem.place.startswith("/location/value")
    assert says in str(problem)


def test_every_form_of_geometry_is_known() -> None:
    ring = [[109.0, 27.0], [110.0, 27.0], [110.0, 28.0], [109.0, 27.0]]
    forms = [
        {"type": "Point", "coordinates": [109.2, 27.7, 300]},
        {"type": "MultiPoint", "coordinates": [[109.2, 27.7]]},
        {"type": "LineString", "coordinates": ring},
        {"type": "MultiLineString", "coordinates": [ring]},
        {"type": "Polygon", "coordinates": [ring]},
        {"type": "MultiPolygon", "coordinates": [[ring]]},
    ]
    whole = {"type": "GeometryCollection", "geometries": forms}
    for form in [*forms, whole]:
        assert problems_of(entity(place=Attribute(type="GeoProperty", value=form))) == []


def test_a_merge_may_leave_the_value_out_or_delete_it() -> None:
    sent = entity(
        pm25=Attribute(type="Property", observed_at=NOW),
        level=number("urn:ngsi-ld:null"),
        location=Attribute(type="GeoProperty", value="urn:ngsi-ld:null"),
    )
    assert sieve().sift([sent], mode=Mode.MERGE).problems == []
    assert len(sieve().sift([sent]).problems) == 3


def test_a_merge_may_not_change_a_unit_without_the_value() -> None:
    sent = entity(pm25=Attribute(type="Property", unit_code="GP"))
    [problem] = sieve().sift([sent], mode=Mode.MERGE).problems
    assert problem.place == "/pm25/unitCode"


def test_the_tolerance_of_the_future_is_a_setting_and_stands_in_the_remedy() -> None:
    sent = entity(pm25=number(1, observed_at=NOW + timedelta(minutes=4)))
    [problem] = problems_of(sent, tolerance=timedelta(minutes=3))
    assert "up to 0:03:00 is allowed" in str(problem)


def test_a_list_is_checked_value_by_value_and_one_value_is_a_list_of_one() -> None:
    sifted = sieve().sift([entity(senses=number(["air", "water"])), entity(senses=number("air"))])
    assert [one.attributes["senses"].content for one in sifted.entities] == [["air", "water"], ["air"]]  # type: ignore[union-attr] # no lists of instances
    for wrong in (["air", "fire"], [], ["air", 3], "fire"):
        [problem] = problems_of(entity(senses=number(wrong)))
        assert problem.place == "/senses/value"
