"""A row becomes an update of one entity, with an observation for each value that is there (Q1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from huicheng.errors import Invalid
from huicheng.ingest.mapping import Mapping, RowFlaws
from huicheng.packs import AttributeType, EntityType, FieldMapping, Source

BOTH = {"zh-hans": "名", "en": "name"}
TYPE = EntityType(
    name=BOTH,
    source="test",
    attributes={
        "pm25": AttributeType(name=BOTH, unit="GQ"),
        "co": AttributeType(name=BOTH, unit="GP"),
        "windDirection": AttributeType(name=BOTH, unit="DD"),
        "state": AttributeType(name=BOTH, kind="text"),
        "on": AttributeType(name=BOTH, kind="boolean"),
        "place": AttributeType(name=BOTH, kind="geometry"),
        "device": AttributeType(name=BOTH, kind="reference"),
        "raw": AttributeType(name=BOTH, kind="json"),
        "seen": AttributeType(name=BOTH, kind="time"),
    },
)


def mapping(fields: dict[str, FieldMapping] | None = None, **more: Any) -> Mapping:
    fields = fields or {"PM2.5": FieldMapping(attribute="pm25", unit="GQ")}
    source = Source(name=BOTH, entity_type="AirQualityObserved", key="station", time="time", fields=fields, **more)
    return Mapping(source, TYPE)


def flaws(made: Mapping, *cells: Any) -> list[tuple[str, str]]:
    with pytest.raises(RowFlaws) as flawed:
        made.entity(cells)
    return [(cell.column, cell.flaw.sentence.problem % cell.flaw.details) for cell in flawed.value.cells]


TIME = "2013-03-01T00:00:00+08:00"


def test_a_row_names_its_entity_and_carries_value_unit_and_time() -> None:
    made = mapping().entity(("Aotizhongxin", TIME, " 4 "))
    assert (made.id, made.type) == ("urn:ngsi-ld:AirQualityObserved:Aotizhongxin", "AirQualityObserved")
    pm25: Any = made.attributes["pm25"]
    assert (pm25.value, pm25.unit_code) == (4.0, "GQ")
    assert pm25.observed_at.astimezone(UTC) == datetime(2013, 2, 28, 16, tzinfo=UTC)


def test_a_key_may_be_the_whole_id_of_an_entity_of_the_type_and_of_no_other() -> None:
    whole, other = "urn:ngsi-ld:AirQualityObserved:Aotizhongxin", "urn:ngsi-ld:Pump:1"
    assert mapping().entity((whole, TIME, 4)).id == whole
    assert mapping().entity((other, TIME, 4)).id == f"urn:ngsi-ld:AirQualityObserved:{other}"
    assert mapping(keys={"Aotizhongxin": "1"}).entity((whole, TIME, 4)).id == "urn:ngsi-ld:AirQualityObserved:1"
    assert flaws(mapping(), "urn:ngsi-ld:AirQualityObserved:", TIME, 4)[0][0] == "station"


@pytest.mark.parametrize("hole", ["", " ", "NA", "NaN", "null", None, float("nan")])
def test_a_missing_value_is_no_observation(hole: Any) -> None:
    assert mapping().entity(("A", TIME, hole)).attributes == {}


def test_a_column_in_another_unit_is_converted() -> None:
    made = mapping({"CO": FieldMapping(attribute="co", unit="GQ")}).entity(("A", TIME, 300))
    co: Any = made.attributes["co"]
    assert (co.value, co.unit_code) == (pytest.approx(0.3), "GP")


def test_delivered_words_become_values_and_unknown_ones_are_flaws() -> None:
    wind = mapping({"wd": FieldMapping(attribute="windDirection", unit="DD", values={"N": 0, "E": 90})})
    east: Any = wind.entity(("A", TIME, "E")).attributes["windDirection"]
    assert east.value == 90.0
    assert flaws(wind, "A", TIME, "X") == [("wd", "“X” is not in the source's value table.")]


def test_a_time_without_zone_takes_the_sources_zone_or_is_a_flaw() -> None:
    local = mapping(zone="Asia/Shanghai").entity(("A", "2013-03-01 00:00:00", 4))
    pm25: Any = local.attributes["pm25"]
    assert pm25.observed_at.astimezone(UTC) == datetime(2013, 2, 28, 16, tzinfo=UTC)
    assert flaws(mapping(), "A", "2013-03-01 00:00:00", 4) == [("time", "The time “2013-03-01 00:00:00” has no zone.")]


@pytest.mark.parametrize("cell", ["1_000", "4,5", "four", "0x10", True, [], {}, 10**400])
def test_what_is_no_number_is_a_flaw_of_its_column(cell: Any) -> None:
    [(column, says)] = flaws(mapping(), "A", TIME, cell)
    assert column == "PM2.5"
    assert "is not a number" in says


def test_every_flaw_of_a_row_is_told() -> None:
    assert [column for column, _ in flaws(mapping(keys={"A": "a"}), "B", "yesterday", "four")] == [
        "station",
        "time",
        "PM2.5",
    ]


@pytest.mark.parametrize("cell", [None, "", " ", "NA", [], {}])
def test_a_row_without_a_key_is_a_flaw(cell: Any) -> None:
    assert flaws(mapping(), cell, TIME, 4) == [("station", "The row does not say which entity it is about.")]


@pytest.mark.parametrize("cell", [None, "", "NA"])
def test_a_row_without_a_time_is_a_flaw(cell: Any) -> None:
    assert flaws(mapping(), "A", cell, 4) == [("time", "The row has no time.")]


def test_keys_are_translated_by_the_sources_table() -> None:
    assert mapping(keys={"01": "Bijiang"}).entity(("01", TIME, 4)).id == "urn:ngsi-ld:AirQualityObserved:Bijiang"
    assert mapping().entity((17, TIME, 4)).id == "urn:ngsi-ld:AirQualityObserved:17"


def test_each_kind_of_attribute_is_made_from_its_cell() -> None:
    kinds = {name: FieldMapping(attribute=name) for name in ("state", "on", "place", "device", "raw", "seen")}
    point = '{"type": "Point", "coordinates": [109.2, 27.7]}'
    made: Any = mapping(kinds).entity(("A", TIME, "ok", "TRUE", point, "urn:a:b", "[1]", TIME)).attributes
    assert made["state"].value == "ok"
    assert made["on"].value is True
    assert (made["place"].type, made["place"].value["coordinates"]) == ("GeoProperty", [109.2, 27.7])
    assert (made["device"].type, made["device"].object) == ("Relationship", "urn:a:b")
    assert (made["raw"].type, made["raw"].json) == ("JsonProperty", [1])
    assert made["seen"].value == TIME


def test_columns_that_matter_must_be_there_and_others_are_named() -> None:
    two = mapping({"PM2.5": FieldMapping(attribute="pm25"), "CO": FieldMapping(attribute="co")})
    assert two.check_columns(("station", "time", "PM2.5"), "f.csv") == ("CO",)
    with pytest.raises(Invalid, match=r"f\.csv: The columns station are missing; there are time, PM2\.5, CO"):
        two.check_columns(("time", "PM2.5", "CO"), "f.csv")
    with pytest.raises(Invalid, match=r"columns PM2\.5, CO are missing"):
        two.check_columns(("station", "time"), "f.csv")


def test_a_source_that_cannot_work_is_refused_when_it_is_read() -> None:
    with pytest.raises(Invalid, match="no attribute “pm99”"):
        mapping({"x": FieldMapping(attribute="pm99")})
    with pytest.raises(Invalid, match="cannot be converted"):
        mapping({"x": FieldMapping(attribute="pm25", unit="CEL")})
    with pytest.raises(Invalid, match="no time zone “Moon/Base”"):
        mapping(zone="Moon/Base")


# -- made columns


def test_time_key_and_place_may_be_made_of_several_columns() -> None:
    made = mapping(
        {"PM2.5": FieldMapping(attribute="pm25"), "at": FieldMapping(attribute="place")},
        zone="Asia/Shanghai",
        made={"station": "Chengdu", "time": "{y}-{m:0>2}-{d:0>2}T{h:0>2}:00", "at": "{lon},{lat}"},
    )
    assert made.made.delivered == ("y", "m", "d", "h", "PM2.5", "lon", "lat")
    entity = made.entity(made.made.complete(("2013", "3", 1, 8, "4", "104.06", " 30.66 ")))
    assert entity.id.endswith(":Chengdu")
    pm25: Any = entity.attributes["pm25"]
    assert pm25.observed_at.astimezone(UTC) == datetime(2013, 3, 1, 0, tzinfo=UTC)
    place: Any = entity.attributes["place"]
    assert place.value == {"type": "Point", "coordinates": [104.06, 30.66]}


def test_a_made_column_is_missing_where_one_of_its_columns_is() -> None:
    made = mapping({"at": FieldMapping(attribute="place")}, made={"at": "{lon},{lat}"})
    assert made.entity(made.made.complete(("A", TIME, "104.06", "NA"))).attributes == {}
    assert made.check_columns(("station", "time", "lon", "lat"), "f.csv") == ()
    with pytest.raises(Invalid, match="at"):
        made.check_columns(("station", "time", "lon"), "f.csv")


def test_a_number_is_multiplied_before_its_unit_is_converted() -> None:
    made = mapping({"CO": FieldMapping(attribute="co", unit="GQ", factor=12)})
    co: Any = made.entity(("A", TIME, "500")).attributes["co"]
    assert co.value == pytest.approx(6.0)
