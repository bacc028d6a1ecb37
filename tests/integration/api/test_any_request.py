"""Schemathesis asks what our descriptions allow, and what they do not: no request makes the server fail. Serves Q2."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from doors import City, InCity, station

from huicheng.api.ngsild import Tools
from huicheng.api.ngsild.app import table

UPSERT = "/ngsi-ld/v1/entityOperations/upsert"
_ENTITY = {
    "type": "object",
    "required": ["id", "type"],
    "properties": {
        "id": {"type": "string", "enum": [station(1)["id"], "urn:ngsi-ld:Thing:1", "none"]},
        "type": {"type": "string", "enum": ["AirQualityObserved", "Thing"]},
        "pm25": {
            "type": "object",
            "properties": {
                "type": {"enum": ["Property", "Relationship", "LanguageProperty", "GeoProperty", "JsonProperty"]},
                "value": {},
                "object": {"type": "string"},
                "observedAt": {"type": "string", "format": "date-time"},
                "unitCode": {"enum": ["GQ", "CEL", "XX"]},
            },
        },
        "location": {"type": "object", "properties": {"type": {"enum": ["Point", "Polygon"]}, "coordinates": {}}},
    },
}
_BODIES = {
    "/entities": _ENTITY,
    "/entityOperations/query": {"type": "object", "properties": {"type": {"enum": ["Query"]}, "q": {"type": "string"}}},
    "/entityOperations/delete": {"type": "array", "items": {"type": "string"}},
    **{
        f"/entityOperations/{name}": {"type": "array", "items": _ENTITY}
        for name in ("create", "upsert", "update", "merge")
    },
}
_VALUES: dict[str, list[str]] = {
    "id": [station(1)["id"], "urn:ngsi-ld:none:1"],
    "type": ["AirQualityObserved", "A,B;(C|D)"],
    "attr": ["pm25", "location"],
    "q": ["pm25>5", 'name~="S.*";pm25==1..3', "pm25.observedAt>2026-01-01T00:00:00Z"],
    "georel": ["near;maxDistance==100", "within"],
    "geometry": ["Point", "Polygon"],
    "coordinates": ["[109.2,27.7]", "[[[109,27],[110,27],[110,28],[109,27]]]"],
    "options": ["keyValues", "temporalValues", "aggregatedValues", "concise,sysAttrs"],
    "timerel": ["after", "between", "before"],
    "timeAt": ["2026-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"],
    "endTimeAt": ["2027-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"],
    "aggrMethods": ["avg,max", "totalCount"],
    "aggrPeriodDuration": ["PT1H", "P1Y2M", "PT0S", "P999999999D"],
}
_NO_TOOLS = Tools(**dict.fromkeys(Tools.__struct_fields__, cast("Any", None)))


def _parameter(name: str, within: str) -> dict[str, Any]:
    known: list[Any] = [{"type": "string", "enum": _VALUES[name]}] if name in _VALUES else []
    schema = {"anyOf": [*known, {"type": "string"}]}
    return {"name": name, "in": within, "required": within == "path", "schema": schema}


def _operation(path: str, method: str, known: frozenset[str]) -> dict[str, Any]:
    parameters = [_parameter(name, "path") for name in re.findall(r"\{(\w+)\}", path)]
    parameters += [_parameter(name, "query") for name in sorted(known)]
    body = {"content": {"application/json": {"schema": _BODIES.get(path, {"type": "object"})}}}
    sends = {} if method in {"GET", "DELETE"} else {"requestBody": body}
    return {"parameters": parameters, "responses": {"default": {"description": "any"}}, **sends}


def ngsi_ld() -> dict[str, Any]:
    """The routes of NGSI-LD as an OpenAPI document."""
    paths: dict[str, Any] = {}
    for method, path, _, known in table(_NO_TOOLS):
        paths.setdefault(path, {})[method.lower()] = _operation(path, method, known)
    return {"openapi": "3.0.3", "info": {"title": "NGSI-LD", "version": "1"}, "paths": paths}


async def _ask(city: City, document: Path, base: str, *options: str) -> None:
    program = Path(sys.executable).with_name("st")
    command = [str(program), "run", str(document), "--url", f"{await city.address()}{base}"]
    command += ["-H", f"X-API-Key: {city.keys['writer']}", "--seed", "1", "--suppress-health-check", "all", *options]
    running = await asyncio.create_subprocess_exec(*command, stdout=-1, stderr=-2, cwd=document.parent)
    said, _ = await running.communicate()
    assert running.returncode == 0, said.decode()[-8_000:]
    assert re.search(r"(\d{3,}) generated, \1 passed", said.decode()), said.decode()[-2_000:]


async def _with_stations(city: City) -> None:
    assert (await city.writer.post(UPSERT, json=[station(one, one * 10.0) for one in range(20)])).status_code == 201


@pytest.mark.soak
def test_the_door_of_features_answers_as_it_is_described(in_city: InCity, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        await _with_stations(city)
        document = tmp_path / "features.json"
        document.write_text((await city.writer.get("/features/api?f=json")).text, "utf-8")
        checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
        await _ask(city, document, "/features", "--checks", checks, "--max-examples", "60")

    in_city(talk)


@pytest.mark.soak
def test_no_request_makes_ngsi_ld_fail(in_city: InCity, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        await _with_stations(city)
        document = tmp_path / "ngsild.json"
        document.write_text(json.dumps(ngsi_ld()), "utf-8")
        limits = ("--max-examples", "25", "--phases", "coverage,fuzzing")
        await _ask(city, document, "/ngsi-ld/v1", "--checks", "not_a_server_error", *limits)

    in_city(talk)
