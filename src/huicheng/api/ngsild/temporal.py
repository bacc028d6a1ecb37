"""The course of entities in time (CIM 009, 6.18, 6.19, 6.24): reading. Writing is :mod:`.chronicle`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from huicheng.api.faults import UnknownOption
from huicheng.api.http import Answer, Request
from huicheng.api.ngsild.answers import (
    Media,
    in_version,
    json_answer,
    list_answer,
    options_of,
    paging,
    plain_media,
    refuse_unknown,
)
from huicheng.api.ngsild.reading import query_of_body
from huicheng.api.ngsild.tools import Tools
from huicheng.api.ngsild.within import confined
from huicheng.api.ngsild.writing import entity_id
from huicheng.city import rfc3339
from huicheng.context import (
    Courses,
    Names,
    Shape,
    Stretch,
    Tree,
    flag,
    listed,
    older_course,
    preferred_version,
    projected,
    read_tree,
    refuse_contradiction,
    shown_entity,
    spoken,
)
from huicheng.errors import NotFound

_SHAPES: dict[str, Shape] = {
    "normalized": "normalized",
    "concise": "concise",
    "temporalValues": "temporalValues",
    "simplified": "temporalValues",
    "keyValues": "temporalValues",
    "aggregatedValues": "aggregatedValues",
}
_OPTIONS = frozenset({*_SHAPES, "sysAttrs", "count"})


#: With ``sysAttrs``.
_TIMED: dict[Shape, Shape] = {"normalized": "normalized and times", "concise": "concise and times"}


class CourseView(msgspec.Struct, frozen=True, kw_only=True):
    """How the asker wants courses shown."""

    media: Media
    shape: Shape
    names: Names
    count: bool
    #: With createdAt and modifiedAt of the entity.
    system: bool
    pick: Tree | None
    omit: Tree | None
    #: Preferred natural languages; "": all that there are.
    lang: str
    #: In the words of an older version of the standard; ``None``: of ours.
    version: int | None


class Temporal:
    """Handlers that read history."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def query(self, request: Request) -> Answer:
        """``GET /temporal/entities``."""
        names = await self._tools.spoken.names(request)
        return await self._courses(request, request.parameters, names)

    async def post_query(self, request: Request) -> Answer:
        """``POST /temporal/entityOperations/query``."""
        body, names = await self._tools.spoken.body(request, self._tools.body_bytes)
        return await self._courses(request, query_of_body(body, request), names)

    async def _courses(self, request: Request, asked: Mapping[str, Any], names: Names) -> Answer:
        view = course_view(request, asked, names)
        subject = await self._tools.subject(request)
        asked = confined(request, {**asked, "count": view.count})
        page = await self._tools.context.courses(asked, subject, view.shape, names)
        query, found = page.found.query, page.found
        headers = paging(request, limit=query.limit, offset=query.offset, more=found.more, count=found.page.count)
        return courses_answer(page.courses, view, headers)

    async def entity(self, request: Request) -> Answer:
        """``GET /temporal/entities/{id}``."""
        id = entity_id(request)  # noqa: A001 - NGSI-LD's own word
        view = course_view(request, request.parameters, await self._tools.spoken.names(request))
        subject = await self._tools.subject(request)
        found = await self._tools.context.course(id, request.parameters, subject, view.shape, view.names)
        return course_answer(found, view, id)


def courses_answer(courses: Courses, view: CourseView, headers: Sequence[tuple[bytes, bytes]]) -> Answer:
    """A page of entities."""
    shown = [_shown(one, view) for one in courses.shown]
    then = [_then(one, view) for one in shown if one]
    answer = list_answer(then, view.media, headers, names=view.names)
    return _partial(in_version(answer, view.version, altered=then != [one for one in shown if one]), courses.stretch)


def course_answer(courses: Courses, view: CourseView, id: str) -> Answer:
    """The only one of these entities."""
    shown = _shown(courses.shown[0], view)
    if not shown:
        raise NotFound(what="member of entity", key=id)
    then = _then(shown, view)
    answer = json_answer(then, view.media, names=view.names)
    return _partial(in_version(answer, view.version, altered=then != shown), courses.stretch)


def _then(course: dict[str, Any], view: CourseView) -> dict[str, Any]:
    return course if view.version is None else older_course(course, view.version)


def _partial(answer: Answer, stretch: Stretch | None) -> Answer:
    """206 with the time that it covers, where that is not all of it (6.3.10)."""
    if stretch is None:
        return answer
    size = "*" if stretch.last_n is None else stretch.last_n
    covered = f"date-time {rfc3339(stretch.first)}-{rfc3339(stretch.last)}/{size}"
    return Answer(206, answer.body, (*answer.headers, (b"content-range", covered.encode())))


def course_view(request: Request, asked: Mapping[str, Any], names: Names) -> CourseView:
    """The view of a request; ``asked``: its parameters, or what its body says instead."""
    options = options_of(request)
    refuse_unknown(options, _OPTIONS)
    named = request.parameters.get("format")
    if named and named not in _SHAPES:
        raise UnknownOption(place="format", option=named[:40])
    shapes = [_SHAPES[one] for one in options if one in _SHAPES]
    shape = _SHAPES[named] if named else shapes[-1] if shapes else "normalized"
    system = "sysAttrs" in options or flag(request.parameters.get("sysAttrs"), place="sysAttrs")
    pick, omit = _tree(asked, "pick", names), _tree(asked, "omit", names)
    refuse_contradiction(pick, omit, attributes=bool(listed(asked.get("attrs"), place="attrs")))
    return CourseView(
        media=plain_media(request),
        shape=_TIMED.get(shape, shape) if system else shape,
        names=names,
        count="count" in options or flag(request.parameters.get("count"), place="count"),
        system=system,
        pick=pick,
        omit=omit,
        lang=str(asked.get("lang") or ""),
        version=preferred_version(request.header(b"prefer")),
    )


def _tree(asked: Mapping[str, Any], name: str, names: Names) -> Tree | None:
    held = asked.get(name)
    return read_tree(",".join(held) if isinstance(held, list) else held, names, place=name)


def _shown(course: dict[str, Any], view: CourseView) -> dict[str, Any]:
    kept = course if view.system else {k: held for k, held in course.items() if k not in {"createdAt", "modifiedAt"}}
    spoken = {name: _spoken(held, view.lang) for name, held in kept.items()} if view.lang else kept
    return shown_entity(projected(spoken, view.pick, view.omit), view.names)


def _spoken(course: Any, lang: str) -> Any:
    """Instances, or values of one data set or of several, in one language."""
    if isinstance(course, list):
        return [_spoken(one, lang) for one in course]
    return spoken(course, lang) if isinstance(course, dict) else course
