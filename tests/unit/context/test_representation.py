"""How an entity looks outside, form by form."""

from __future__ import annotations

import msgspec
import pytest

from huicheng.city import Entity
from huicheng.city.entity import fold
from huicheng.context import Format, feature, newest_observation, represent, represent_entity
from huicheng.stores import Stored

RAW = {
    "pm25": {"type": "Property", "value": 5, "unitCode": "GQ", "observedAt": "2026-01-01T00:00:00Z"},
    "plain": {"type": "Property", "value": "x"},
    "owner": {"type": "Relationship", "object": "urn:o:1"},
    "title": {"type": "LanguageProperty", "languageMap": {"en": "t"}},
    "deep": {"type": "Property", "value": 1, "by": {"type": "Property", "value": "me"}},
    "odd": {"type": "Property", "value": {"value": 3}},
    "several": [
        {"type": "Property", "value": 1},
        {"type": "Property", "value": 2, "datasetId": "urn:d:2", "observedAt": "2026-01-02T00:00:00Z"},
    ],
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [1, 2]}},
}
ENTITY = Entity(id="urn:e:1", type="T", attributes={name: fold(held) for name, held in RAW.items()})  # type: ignore[arg-type] # one table of both forms


def _shown(format: Format) -> dict[str, object]:
    shown: dict[str, object] = msgspec.json.decode(msgspec.json.encode(represent_entity(ENTITY, format)))
    assert (shown.pop("id"), shown.pop("type")) == ("urn:e:1", "T")
    return shown


def test_normalized_is_what_is_stored() -> None:
    assert _shown(Format.NORMALIZED) == RAW


def test_concise_leaves_out_what_can_be_told() -> None:
    assert _shown(Format.CONCISE) == {
        "pm25": {"value": 5, "unitCode": "GQ", "observedAt": "2026-01-01T00:00:00Z"},
        "plain": "x",
        "owner": {"object": "urn:o:1"},
        "title": {"languageMap": {"en": "t"}},
        "deep": {"value": 1, "by": "me"},
        "odd": {"value": {"value": 3}},
        "several": [1, {"value": 2, "datasetId": "urn:d:2", "observedAt": "2026-01-02T00:00:00Z"}],
        "location": {"type": "Point", "coordinates": [1, 2]},
    }


def test_simplified_is_the_bare_value() -> None:
    assert _shown(Format.SIMPLIFIED) == {
        "pm25": 5,
        "plain": "x",
        "owner": "urn:o:1",
        "title": {"languageMap": {"en": "t"}},
        "deep": 1,
        "odd": {"value": 3},
        "several": {"dataset": {"@none": 1, "urn:d:2": 2}},
        "location": {"type": "Point", "coordinates": [1, 2]},
    }


@pytest.mark.parametrize("format", list(Format))
def test_only_the_attributes_asked_for_are_shown(format: Format) -> None:
    assert set(represent_entity(ENTITY, format, only=("pm25", "none"))) == {"id", "type", "pm25"}


def test_times_of_the_platform_and_of_observation() -> None:
    shown = represent(Stored(held=ENTITY, created_at=0, modified_at=1_000_000), Format.SIMPLIFIED, system=True)
    assert (shown["createdAt"], shown["modifiedAt"]) == ("1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z")
    assert newest_observation(ENTITY) == "2026-01-02T00:00:00Z"
    assert newest_observation(ENTITY, only=("pm25",)) == "2026-01-01T00:00:00Z"
    assert newest_observation(ENTITY, only=("plain",)) is None


def test_a_feature_has_its_place_or_none() -> None:
    shown = represent_entity(ENTITY, Format.SIMPLIFIED)
    assert feature(shown, ENTITY)["geometry"] == {"type": "Point", "coordinates": [1, 2]}
    assert feature(shown, ENTITY, geometry="plain")["geometry"] is None
    assert "id" not in feature(shown, ENTITY)["properties"]
