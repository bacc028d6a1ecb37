"""A layer as vector tiles, read by a decoder made by others. Serves Q2."""

from __future__ import annotations

import time
from typing import Any

import mapbox_vector_tile
import pytest
from doors import City, InCity, station

F = "/features/collections/AirQualityObserved"
UPSERT = "/ngsi-ld/v1/entityOperations/upsert"
QUAD = f"{F}/tiles/WebMercatorQuad"
#: The square of zoom 12 in which the stations lie.
SQUARE = "12/1719/3290"


def _thing(number: int, kind: str, coordinates: Any) -> dict[str, Any]:
    place = {"type": "GeoProperty", "value": {"type": kind, "coordinates": coordinates}}
    return {
        "id": f"urn:ngsi-ld:Plan:{number}",
        "type": "Plan",
        "location": place,
        "n": {"type": "Property", "value": number},
    }


async def _tile(city: City, path: str, **asked: str) -> list[Any]:
    answer = await city.writer.get(path, params=asked)
    assert answer.status_code in {200, 204}, answer.text
    if answer.status_code == 204:
        return []
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    [layer] = mapbox_vector_tile.decode(answer.content, default_options={"y_coord_down": True}).values()
    assert layer["extent"] == 4096
    return list(layer["features"])


def test_a_tile_holds_the_features_that_lie_in_it(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        assert (await city.writer.post(UPSERT, json=[station(one, pm25=one) for one in range(5)])).status_code == 201
        found = await _tile(city, f"{QUAD}/{SQUARE}")
        assert sorted(one["properties"]["pm25"] for one in found) == [0, 1, 2, 3, 4]
        assert found[0]["properties"]["id"] == station(0)["id"]
        # 109.2 E, 27.7 N: column 3290.453, row 1719.788 of 4096.
        x, y = found[0]["geometry"]["coordinates"]
        assert (x / 4096, y / 4096) == pytest.approx((0.453, 0.788), abs=0.002)
        assert [one["properties"]["pm25"] for one in await _tile(city, f"{QUAD}/{SQUARE}", filter="pm25 > 3")] == [4]
        assert await _tile(city, f"{QUAD}/12/0/0") == []
        assert len(await _tile(city, f"{QUAD}/0/0/0")) == 5
        limited = (await city.limited.get(f"{QUAD}/{SQUARE}")).content
        [layer] = mapbox_vector_tile.decode(limited).values()
        assert {name for one in layer["features"] for name in one["properties"]} == {
            *("id", "pm25", "district", "observedAt"),
        }

    in_city(talk)


def test_lines_and_areas_are_cut_at_the_edge_and_turn_as_the_format_wants(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        ring = [[109.17, 27.69], [109.23, 27.69], [109.23, 27.72], [109.17, 27.72], [109.17, 27.69]]
        hole = [[109.19, 27.70], [109.20, 27.70], [109.20, 27.71], [109.19, 27.71], [109.19, 27.70]]
        things = [
            _thing(1, "LineString", [[100, 27.7], [109.2, 27.7], [109.2, 27.7], [109.21, 27.71]]),
            _thing(2, "Polygon", [ring, hole]),
            _thing(3, "MultiPoint", [[109.18, 27.7], [109.19, 27.7]]),
            _thing(4, "MultiPolygon", [[ring[::-1]], [[[0, 0], [1, 0], [1, 1], [0, 0]]]]),
        ]
        assert (await city.writer.post(UPSERT, json=things)).status_code == 201
        found = await _tile(city, f"/features/collections/Plan/tiles/WebMercatorQuad/{SQUARE}")
        by_number = {one["properties"]["n"]: one["geometry"] for one in found}
        assert by_number.keys() == {1, 2, 3, 4}
        assert by_number[1]["type"] == "LineString"
        assert by_number[1]["coordinates"][0][0] == -64
        assert by_number[2]["type"] == "Polygon"
        assert len(by_number[2]["coordinates"]) == 2
        assert by_number[3]["type"] == "MultiPoint"
        assert by_number[4]["type"] == "Polygon"

    in_city(talk)


def test_the_set_of_tiles_says_how_they_are_addressed_and_what_is_no_tile_is_not_there(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await city.writer.post(UPSERT, json=[station(1)])
        [only] = (await city.writer.get(f"{F}/tiles")).json()["tilesets"]
        described = (await city.writer.get(only["links"][0]["href"])).json()
        template = next(one["href"] for one in described["links"] if one["rel"] == "item")
        for name, number in zip(("{tileMatrix}", "{tileRow}", "{tileCol}"), SQUARE.split("/"), strict=True):
            template = template.replace(name, number)
        assert (await city.writer.get(template)).status_code == 200
        for path in ("0/0/1", "-1/0/0", "25/0/0", "x/0/0", "9" * 400 + "/0/0"):
            assert (await city.writer.get(f"{QUAD}/{path}")).status_code == 404, path
        assert (await city.writer.get(f"{F}/tiles/OtherQuad")).status_code == 404
        assert (await city.writer.get(f"{QUAD}/0/0/0", params={"bbox": "0,0,1,1"})).status_code == 400
        assert (await city.nobody.get(f"{QUAD}/0/0/0")).status_code == 404

    in_city(talk)


@pytest.mark.soak
def test_a_layer_of_ten_thousand_is_drawn_in_a_few_seconds(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        for start in range(0, 10_000, 2_500):
            things = [_thing(one, "Point", [109 + one / 40_000, 27.7]) for one in range(start, start + 2_500)]
            assert (await city.writer.post(UPSERT, json=things)).status_code == 201
        began = time.process_time()
        assert len(await _tile(city, "/features/collections/Plan/tiles/WebMercatorQuad/8/107/205")) == 10_000
        assert time.process_time() - began < 20

    in_city(talk)
