"""Geo-queries are read exactly or refused."""

from __future__ import annotations

from typing import Any

import pytest

from huicheng.context.places import parse_geo
from huicheng.errors import HuichengError

POINT = {"geometry": "Point", "coordinates": "[109.2, 27.7]"}


def test_without_geo_members_there_is_no_filter() -> None:
    assert parse_geo({"type": "T", "geoproperty": "place"}) is None


@pytest.mark.parametrize("coordinates", ["[109.2, 27.7]", [109.2, 27.7], "[109.2,27.7,300]"])
def test_coordinates_come_as_text_or_array(coordinates: Any) -> None:
    found = parse_geo({"georel": "near;maxDistance==500", "geometry": "Point", "coordinates": coordinates})
    assert found is not None
    assert (found.relation, found.max_distance, found.min_distance, found.attribute) == ("near", 500, None, "location")
    assert found.geometry["coordinates"][:2] == [109.2, 27.7]


def test_the_place_may_be_another_attribute() -> None:
    found = parse_geo({**POINT, "georel": "equals", "geoproperty": "entrance"})
    assert found is not None
    assert found.attribute == "entrance"


@pytest.mark.parametrize(
    ("members", "place"),
    [
        ({"georel": "near;maxDistance==5"}, "geometry"),
        ({"georel": "near;maxDistance==5", "geometry": "Point"}, "coordinates"),
        ({**POINT}, "georel"),
        ({**POINT, "georel": "near"}, "georel"),
        ({**POINT, "georel": "within;maxDistance==5"}, "georel"),
        ({**POINT, "georel": "near;maxDistance=5"}, "georel"),
        ({**POINT, "georel": "near;maxDistance==-5"}, "georel"),
        ({**POINT, "georel": "near;maxDistance==5;maxDistance==6"}, "georel"),
        ({**POINT, "georel": "near;maxDistance==٥"}, "georel"),
        ({**POINT, "georel": "atop"}, "georel"),
        ({**POINT, "georel": "equals", "geometry": ["Point"]}, "coordinates"),
        ({**POINT, "georel": "equals", "coordinates": "[[1,2]]"}, "coordinates"),
        ({**POINT, "georel": "equals", "coordinates": "[27.7, 109.2]"}, "coordinates"),
        ({**POINT, "georel": "equals", "coordinates": "[]"}, "coordinates"),
        ({**POINT, "georel": "equals", "coordinates": '["a","b"]'}, "coordinates"),
        ({**POINT, "georel": "equals", "coordinates": "[true, false]"}, "coordinates"),
        ({**POINT, "georel": "equals", "coordinates": "[[1,2],[3,4]]"}, "coordinates"),
        ({"georel": "within", "geometry": "Polygon", "coordinates": "[[[0,0],[1,0],[1,1]]]"}, "coordinates"),
        ({"georel": "within", "geometry": "LineString", "coordinates": str([[0.0, 0.0]] * 10_001)}, "coordinates"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(members: dict[str, Any], place: str) -> None:
    with pytest.raises(HuichengError) as refused:
        parse_geo(members)
    assert refused.value.place == place
