"""``CreateObservations``: observations of several Datastreams as arrays (OGC 18-088, 12.2), in one commit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from huicheng.api.http import Answer, Request
from huicheng.api.json_text import decode
from huicheng.api.sensorthings.answers import json_answer
from huicheng.api.sensorthings.bodies import reference_of
from huicheng.api.sensorthings.creating import Creating
from huicheng.api.sensorthings.draft import Draft
from huicheng.api.sensorthings.tools import Tools
from huicheng.api.sensorthings.urls import base_of, entity_url
from huicheng.api.sensorthings.writing import now
from huicheng.errors import HuichengError, Invalid

_LINKS = {"FeatureOfInterest/id": "FeatureOfInterest", "FeatureOfInterest/@iot.id": "FeatureOfInterest"}
_MOST = 20_000


class DataArrays:
    """The handler of ``/CreateObservations``."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def create(self, request: Request) -> Answer:
        """201 with the address of each observation, or ``error`` where one was refused."""
        groups = decode(await request.json_bytes(self._tools.body_bytes))
        if not isinstance(groups, list):
            raise Invalid(place="/", why="The body is an array with an object for each Datastream.")
        draft = Draft(self._tools, await self._tools.subject(request))
        creating = Creating(draft, now())
        base, made = base_of(request), []
        for place, body in _observations(groups):
            try:
                id_ = await creating.create("Observations", body, None, place)
                made.append(entity_url(base, "Observations", id_))
            except HuichengError:
                made.append("error")
        await draft.commit()
        return json_answer(made, 201)


def _observations(groups: list[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if sum(len(one.get("dataArray", ())) for one in groups if isinstance(one, dict)) > _MOST:
        raise Invalid(place="/", why=f"One request makes at most {_MOST} observations.")
    for number, one in enumerate(groups):
        components, lines, stream = _parts(one, f"/{number}")
        for row, line in enumerate(lines):
            yield f"/{number}/dataArray/{row}", {"Datastream": stream, **_body(components, line)}


def _parts(one: Any, place: str) -> tuple[list[str], list[Any], dict[str, Any]]:
    if not isinstance(one, dict) or not isinstance(one.get("Datastream"), dict):
        raise Invalid(place=f"{place}/Datastream", why="Each object names its Datastream.")
    components, lines = one.get("components"), one.get("dataArray")
    if not isinstance(components, list) or not isinstance(lines, list) or "result" not in components:
        raise Invalid(place=place, why="Each object has “components” with “result”, and “dataArray”.")
    if reference_of(one["Datastream"]) is None:
        raise Invalid(place=f"{place}/Datastream", why="A Datastream is named by its “@iot.id”.")
    return components, lines, one["Datastream"]


def _body(components: list[str], line: Any) -> dict[str, Any]:
    """What a line says; one that does not fit is refused where it is read as an observation."""
    if not isinstance(line, list) or len(line) != len(components):
        return {}
    pairs = zip(components, line, strict=True)
    return {
        _LINKS.get(name, name): {"@iot.id": held} if name in _LINKS else held
        for name, held in pairs
        if held is not None
    }
