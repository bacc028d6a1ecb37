"""GDAL, and so QGIS, opens the city as it is: every type a layer. Serves Q2, W1.3."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from doors import City, InCity, station

UPSERT = "/ngsi-ld/v1/entityOperations/upsert"


@pytest.fixture(scope="module")
def ogr2ogr() -> str:
    """Where the program is; without it a test is skipped on a laptop, and fails where ``CI`` is set."""
    found = shutil.which("ogr2ogr")
    if found is None:
        why = "There is no ogr2ogr here: apt-get install gdal-bin."
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    return str(found)


async def _layer(city: City, program: str, folder: Path, *options: str) -> list[dict[str, Any]]:
    """The features of a layer as GDAL has read them."""
    written = folder / f"{options[0]}-{len(options)}.geojson"
    source = f"OAPIF:{await city.address()}/features"
    environment = {**os.environ, "GDAL_HTTP_HEADERS": f"X-API-Key: {city.keys['writer']}"}
    command = [program, "-f", "GeoJSON", str(written), source, *options]
    running = await asyncio.create_subprocess_exec(*command, stdout=-1, stderr=-2, env=environment)
    said, _ = await running.communicate()
    assert running.returncode == 0, said.decode()
    features: list[dict[str, Any]] = json.loads(written.read_text("utf-8"))["features"]
    return features


def _road(number: int) -> dict[str, Any]:
    line = {"type": "LineString", "coordinates": [[109.2, 27.7], [109.21, 27.7 + number / 1000]]}
    return {
        "id": f"urn:ngsi-ld:RoadSegment:{number}",
        "type": "RoadSegment",
        "location": {"type": "GeoProperty", "value": line},
        "name": {"type": "LanguageProperty", "languageMap": {"zh-hans": f"{number} 号路", "en": f"Road {number}"}},
        "refRoad": {"type": "Relationship", "object": "urn:ngsi-ld:Road:1"},
    }


def test_gdal_reads_every_type_over_all_its_pages(in_city: InCity, ogr2ogr: str, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        things = [*(station(one, one) for one in range(1_500)), *map(_road, range(3))]
        things.append({"id": "urn:ngsi-ld:Plan:1", "type": "Plan", "goal": {"type": "Property", "value": "green"}})
        assert (await city.writer.post(UPSERT, json=things)).status_code == 201
        stations = await _layer(city, ogr2ogr, tmp_path, "AirQualityObserved")
        assert len(stations) == len({one["properties"]["id"] for one in stations}) == 1_500
        assert stations[0]["geometry"]["type"] == "Point"
        assert {"pm25", "district", "name", "observedAt"} <= stations[0]["properties"].keys()
        roads = await _layer(city, ogr2ogr, tmp_path, "RoadSegment")
        assert [one["properties"]["name"] for one in roads] == ["0 号路", "1 号路", "2 号路"]
        assert {one["geometry"]["type"] for one in roads} == {"LineString"}
        [plan] = await _layer(city, ogr2ogr, tmp_path, "Plan")
        assert (plan["geometry"], plan["properties"]["goal"]) == (None, "green")
        near = await _layer(city, ogr2ogr, tmp_path, "AirQualityObserved", "-spat", "109.1", "27", "109.2045", "28")
        assert len(near) == 5

    in_city(talk)
