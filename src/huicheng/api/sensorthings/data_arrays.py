"""``CreateObservations``: observations of several Datastreams as arrays (OGC 18-088, 12.2), in one commit."""

from __future__ import annotations

from typing import Any

from huicheng.api.http import Answer, Request
from huicheng.api.json_text import decode
from huicheng.api.sensorthings.answers import json_answer
from huicheng.api.sensorthings.bodies import reference_of
from huicheng.api.sensorthings.courses import Courses
from huicheng.api.sensorthings.creating import Creating
from huicheng.api.sensorthings.draft import Draft
from huicheng.api.sensorthings.moments import rising
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
        _bounded(groups)
        draft = Draft(self._tools, await self._tools.subject(request))
        creating = Creating(draft, now())
        courses, base = Courses(draft, creating), base_of(request)
        made: list[str] = []
        for number, one in enumerate(groups):
            made += await _group(one, f"/{number}", creating, courses, base)
        await draft.commit()
        return json_answer(made, 201)


async def _group(one: Any, place: str, creating: Creating, courses: Courses, base: str) -> list[str]:
    """The addresses of the observations of one Datastream."""
    components, lines, stream = _parts(one, place)
    key = reference_of(stream) or ""
    try:
        moments = await courses.taken(key, components, lines, place)
    except HuichengError:
        return ["error"] * len(lines)
    if moments is not None:
        head = entity_url(base, "Observations", key).removesuffix("')")
        return [f"{head}@{at}')" for at in moments]
    bodies = [{"Datastream": stream, **_body(components, line)} for line in lines]
    made = {row: await _observation(creating, body, f"{place}/dataArray/{row}", base) for row, body in rising(bodies)}
    return [made[row] for row in range(len(bodies))]


async def _observation(creating: Creating, body: dict[str, Any], place: str, base: str) -> str:
    try:
        return entity_url(base, "Observations", await creating.create("Observations", body, None, place))
    except HuichengError:
        return "error"


def _bounded(groups: list[Any]) -> None:
    if sum(len(one.get("dataArray", ())) for one in groups if isinstance(one, dict)) > _MOST:
        raise Invalid(place="/", why="One request makes at most %(most)s observations.", most=_MOST)


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
