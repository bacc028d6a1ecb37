"""A stored document gives back the attributes that made it, by whichever way it is read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from huicheng.city import Attribute, Attributes, Entity, attributes_of

MOMENT = datetime(2026, 1, 1, 8, 30, 0, 250, tzinfo=UTC)
READING = Attribute(type="Property", value=12.5, unit_code="GQ", observed_at=MOMENT)
NAMED = Attribute(type="Property", value=1, sub={"sub": {"type": "Property", "value": {"sub": 2}}})


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"pm25": READING},
        {"pm25": READING, "where": Attribute(type="GeoProperty", value={"type": "Point", "coordinates": [1.5, 2]})},
        {"pm25": [READING, Attribute(type="Property", value=9, dataset_id="urn:d")], "pm10": READING},
        {"pm25": Attribute(type="Property", value=1, sub={"accuracy": {"type": "Property", "value": 0.5}})},
        {"pm25": NAMED, "pm10": READING},
        {
            "name": Attribute(type="LanguageProperty", language_map={"zh": "空气"}),
            "raw": Attribute(type="JsonProperty", json=None),
        },
    ],
    ids=["nothing", "flat", "place", "several instances", "sub-attribute", "sub-attribute named sub", "other kinds"],
)
def test_attributes_come_back_as_they_were(attributes: Attributes) -> None:
    document = Entity(id="urn:a:1", type="A", attributes=attributes).document()
    assert attributes_of(document) == attributes
    assert Entity.from_document("urn:a:1", "A", document).attributes == attributes
