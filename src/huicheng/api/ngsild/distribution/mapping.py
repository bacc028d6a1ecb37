"""Queries that are paged through by a map (CIM 009, 5.5.14): made by one request, named by those that follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from huicheng.access import Subject
from huicheng.api.http import Answer, Request
from huicheng.api.ngsild.answers import Window
from huicheng.api.ngsild.distribution.guarding import parties_of
from huicheng.api.ngsild.distribution.reading import Several, asked_of
from huicheng.api.ngsild.tools import Tools
from huicheng.api.ngsild.within import Within, confine
from huicheng.context import HERE, MOST_MAPPED, EntityMap, Names, flag

#: Names a map, in a request and in its answer.
HEADER = b"ngsild-entitymap"
_COUNT = b"ngsild-results-count"
#: Parameters that links to other pages do without: there the header says it.
_SAID = ("entityMap", "entityMapLifetime")

_Warnings = Sequence[tuple[bytes, bytes]]


class Mapped:
    """A query; what is not about maps passes as it came."""

    def __init__(self, tools: Tools, query: Several) -> None:
        self._tools = tools
        self._query = query

    async def __call__(self, request: Request) -> Answer:
        """A page of a map; an ordinary one for nobody, who can own none."""
        content = await self._query.content(request) if self._query.posted else None
        said = HEADER in request.headers or b"entityMap" in request.scope.get("query_string", b"")
        if not said and (content is None or b"entityMap" not in content):
            return await self._query(request)
        asked, names = await asked_of(self._tools, request, content)
        wanted = HEADER in request.headers or flag(asked.get("entityMap"), place="entityMap")
        subject = await self._tools.subject(request)
        if not wanted or subject.id == "anonymous":
            return await self._query(request)
        kept, warnings = await self._map(request, content, asked, names, subject)
        return await self._page(request, kept, warnings)

    async def _map(
        self, request: Request, content: bytes | None, asked: Mapping[str, Any], names: Names, subject: Subject
    ) -> tuple[EntityMap, _Warnings]:
        """The one that is named; a new one where that is gone, or none is named (5.7.2.4)."""
        guard = await self._tools.context.guard(subject)
        kept = await self._tools.maps.find(request.header(HEADER).rpartition("/")[2], guard)
        if kept is not None:
            return kept, ()
        found, warnings = await self._found(request, content, asked, names, subject)
        return await self._tools.maps.create(found, guard, asked.get("entityMapLifetime")), warnings

    async def _found(
        self, request: Request, content: bytes | None, asked: Mapping[str, Any], names: Names, subject: Subject
    ) -> tuple[dict[str, list[str]], _Warnings]:
        """All that fits, here and elsewhere, and who holds it."""
        here = await self._tools.context.ids(asked, subject, names, MOST_MAPPED + 1)
        found = {one: [HERE] for one in here}
        if await parties_of(self._tools, request) is None:
            return found, ()
        told = await self._query.told(request, content, asked, names, subject)
        for key, pieces in told.pieces.items():
            found.setdefault(key, []).extend(one.registration.id for one in pieces)
        return (dict(sorted(found.items())) if told.pieces else found), told.headers

    async def _page(self, request: Request, kept: EntityMap, warnings: _Warnings) -> Answer:
        """Places in a map are fixed: a page is as long as what of it still fits, and no other page moves."""
        for name in _SAID:
            request.parameters.pop(name, None)
        window = Window.said(request)
        ids = window.page([*kept.entities])
        sources = frozenset(source for one in ids for source in kept.entities[one])
        confine(request, Within(map=kept.id, ids=ids, sources=sources))
        answer = await self._query(request)
        headers = [(name, held) for name, held in answer.headers if name != _COUNT]
        headers += [*window.headers(request, len(kept.entities)), *warnings, (HEADER, kept.id.encode())]
        return Answer(answer.status, answer.body, tuple(headers))
