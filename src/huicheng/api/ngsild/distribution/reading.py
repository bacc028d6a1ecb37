"""Reading entities of which other brokers know parts (CIM 009, 5.7.1, 5.7.2)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, Protocol, Self, TypeVar

import msgspec

from huicheng.access import Guard, Subject
from huicheng.api.faults import AttributeNotFound
from huicheng.api.http import Answer, Request
from huicheng.api.ngsild.answers import Window
from huicheng.api.ngsild.decoding import entity_of
from huicheng.api.ngsild.distribution.asking import OF_COURSES, OF_ENTITIES, Asker
from huicheng.api.ngsild.distribution.forwarding import Original
from huicheng.api.ngsild.distribution.guarding import seen
from huicheng.api.ngsild.distribution.merging import Piece, merged, times_of
from huicheng.api.ngsild.distribution.parting import Party
from huicheng.api.ngsild.distribution.wrapping import Wrap
from huicheng.api.ngsild.reading import entity_answer, page_answer, query_of_body
from huicheng.api.ngsild.tools import Tools
from huicheng.api.ngsild.view import View, view_of
from huicheng.api.ngsild.within import confined, within
from huicheng.api.routes import Handler
from huicheng.context import (
    ENTITY_MEMBERS,
    MOST_ON_A_PAGE,
    Names,
    Reply,
    Sought,
    Span,
    TooManyResults,
    flag,
    listed,
    stamped,
    stored_entity,
    types_named,
    wall_clock,
    with_properties,
)
from huicheng.errors import HuichengError, Invalid, NotFound
from huicheng.ingest import is_uri
from huicheng.stores import Stored


class Retrieving(Wrap):
    """``GET /entities/{id}``."""

    async def _beyond(self, request: Request) -> Answer:
        (id,) = request.segments  # noqa: A001 - NGSI-LD's own word
        if is_uri(id) is None:
            raise Invalid(place="/id", why="id must be a URI.")
        names = await self._tools.spoken.names(request)
        view = view_of(request, names)
        types = frozenset(names.stored(one) for one in listed(request.parameters.get("type"), place="type"))
        sought = Sought(types=types, ids=frozenset({id}), attributes=view.manner.only)
        parties = await self._tools.federation.parties(sought, request.header(b"via"))
        if not parties:
            return await self._local(request)
        subject = await self._tools.subject(request)
        asker = Asker(self._tools, Original(request, None, names, self._tools.contexts))
        replies, local = await asyncio.gather(
            asker.retrieve(id, request.parameters, parties, view.manner.only), self._here(id, subject)
        )
        gathered = await gather(self._tools, asker, parties, replies, subject=subject, read=_piece)
        stored = merged(local, gathered.pieces.get(id, ()))
        if stored is None:
            raise NotFound(what="entity", key=id)
        only = view.manner.only
        if only and only.isdisjoint(stored.entity.attributes):
            raise AttributeNotFound(place="attrs", key=id, attribute=", ".join(sorted(only))[:200])
        linked = await self._tools.linked([stored], view, subject)
        return gathered.warned(entity_answer(stored, linked, view))

    async def _here(self, id: str, subject: Subject) -> Stored | None:
        try:
            [stored] = await stamped(self._tools.store, [await self._tools.context.get(id, subject)])
        except NotFound:
            return None
        return stored


class Several(Wrap):
    """A query, by parameters or by a body."""

    def __init__(self, tools: Tools, local: Handler, *, posted: bool = False) -> None:
        super().__init__(tools, local)
        self.posted = posted

    async def content(self, request: Request) -> bytes | None:
        """Its body, which can be read once more; ``None`` for one without."""
        if not self.posted:
            return None
        content = await request.json_bytes(self._tools.body_bytes)
        request.put_back(content)
        return content

    async def told(
        self, request: Request, content: bytes | None, asked: Mapping[str, Any], names: Names, subject: Subject
    ) -> Gathered[Any]:
        """What others hold of all that it finds; ``TooManyResults`` where one may hold more than it tells at once."""
        raise NotImplementedError


class Querying(Several):
    """``GET /entities`` and ``POST /entityOperations/query``."""

    async def _beyond(self, request: Request) -> Answer:
        content = await self.content(request)
        asked, view = await self._asked(request, content)
        only = view.manner.only
        parties = await several(self._tools, request, asked, names=view.names, only=only)
        if not parties:
            return await self._local(request)
        subject = await self._tools.subject(request)
        asker = Asker(self._tools, Original(request, content, view.names, self._tools.contexts))
        reach = Reach.of(asked, count=view.count)
        here = self._tools.context.query(reach.whole(asked), subject, view.names)
        replies, found = await asyncio.gather(asker.query(asked, parties, only, reach.most), here)
        gathered = (await gather(self._tools, asker, parties, replies, subject=subject, read=_piece)).of(asked)
        local = await stamped(self._tools.store, found.page.entities)
        page = _page(local, gathered.pieces, only)
        shown = reach.page(page)
        linked = await self._tools.linked(shown, view, subject)
        headers = reach.headers(request, len(page), more=found.more)
        return gathered.warned(page_answer(shown, linked, view, headers))

    async def told(
        self, request: Request, content: bytes | None, asked: Mapping[str, Any], names: Names, subject: Subject
    ) -> Gathered[Any]:
        only = frozenset(names.stored(one) for one in listed(asked.get("attrs"), place="attrs"))
        parties = await several(self._tools, request, asked, names=names, only=only)
        asker = Asker(self._tools, Original(request, content, names, self._tools.contexts))
        replies = whole(await asker.query(asked, parties, only, MOST_ON_A_PAGE))
        return await gather(self._tools, asker, parties, replies, subject=subject, read=_piece)

    async def _asked(self, request: Request, content: bytes | None) -> tuple[Mapping[str, Any], View]:
        asked, names = await asked_of(self._tools, request, content)
        return asked, view_of(request, names, None if content is None else asked)


async def asked_of(tools: Tools, request: Request, content: bytes | None) -> tuple[Mapping[str, Any], Names]:
    """What a query asks by its parameters, or by its body, and in which names."""
    if content is None:
        return confined(request, request.parameters), await tools.spoken.names(request)
    body, names = await tools.spoken.read(request, content)
    return confined(request, query_of_body(body, request)), names


def whole(replies: Sequence[Reply]) -> Sequence[Reply]:
    """Answers that tell all; ``TooManyResults`` where one is full."""
    if any(isinstance(one.body, list) and len(one.body) >= MOST_ON_A_PAGE for one in replies):
        raise TooManyResults(what="What a source finds", size=f">= {MOST_ON_A_PAGE}", limit=MOST_ON_A_PAGE - 1)
    return replies


async def several(  # noqa: PLR0913 - each by its name
    tools: Tools,
    request: Request,
    asked: Mapping[str, Any],
    *,
    names: Names,
    only: frozenset[str],
    period: Span | None = None,
) -> list[Party]:
    """Whom a query concerns; with a ``period``, about history."""
    sought = _sought(asked, names, only)
    concerned = await tools.federation.parties(sought, request.header(b"via"), period)
    parties = with_properties(concerned, asked.get("csf"), names)
    operations = OF_ENTITIES if period is None else OF_COURSES
    page = within(request)
    able = [one for one in parties if operations.can(one[0]) and (page is None or one[0].id in page.sources)]
    if able and asked.get("orderBy"):
        raise Invalid(place="orderBy", why="What other sources answer, too, comes in order of id; or add local=true.")
    if able and asked.get("selectors"):
        raise Invalid(place="/entities", why="What other sources answer, too, is asked for by types, or by ids.")
    if able and asked.get("splitEntities") is not None and not flag(asked["splitEntities"], place="splitEntities"):
        raise Invalid(place="splitEntities", why="Each source judges its own part of an entity; or add local=true.")
    return able


class Reach(Window, frozen=True, kw_only=True):
    """A page of what everybody knows. All are asked up to its end: what is on it shows when it is together."""

    @property
    def most(self) -> int:
        """Entities that everybody is asked for."""
        return MOST_ON_A_PAGE if self.count else min(self.offset + self.limit + 1, MOST_ON_A_PAGE)

    def whole(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The same question for all of that."""
        return {**asked, "limit": self.most, "offset": 0, "count": False}


def _sought(asked: Mapping[str, Any], names: Names, only: frozenset[str]) -> Sought:
    types = asked.get("type")
    said = types if isinstance(types, str) else ",".join(listed(types, place="type"))
    pattern = asked.get("idPattern")
    return Sought(
        types=types_named(said, names.stored),
        ids=frozenset(listed(asked.get("id"), place="id")),
        id_pattern=pattern if isinstance(pattern, str) else None,
        attributes=only,
    )


def _page(local: Sequence[Stored], pieces: Mapping[str, Sequence[Piece]], only: frozenset[str]) -> list[Stored]:
    """In order of id. Entities that have none of the attributes asked for are left out."""
    here = {one.entity.id: one for one in local}
    found = [merged(here.get(key), pieces.get(key, ())) for key in sorted({*here, *pieces})]
    return [one for one in found if one is not None and not (only and only.isdisjoint(one.entity.attributes))]


class Telling(Protocol):
    """What a source knows of one entity."""

    @property
    def stored(self) -> Stored: ...


P = TypeVar("P", bound=Telling)


class Gathered(msgspec.Struct, Generic[P], frozen=True, kw_only=True):
    """What others answered."""

    #: Entity → what each source knows of it.
    pieces: Mapping[str, Sequence[P]]
    warnings: Sequence[str]

    def of(self, asked: Mapping[str, Any]) -> Self:
        """Without what a source tells of entities that a query does not name."""
        ids = frozenset(listed(asked.get("id"), place="id"))
        kept = {key: one for key, one in self.pieces.items() if key in ids} if ids else self.pieces
        return msgspec.structs.replace(self, pieces=kept)

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """``NGSILD-Warning`` for each source that failed (6.3.17)."""
        return tuple((b"ngsild-warning", one.encode("ascii", "replace")) for one in self.warnings)

    def warned(self, answer: Answer) -> Answer:
        """With these headers."""
        return Answer(answer.status, answer.body, (*answer.headers, *self.headers))


async def gather(  # noqa: PLR0913 - each by its name
    tools: Tools,
    asker: Asker,
    parties: Sequence[Party],
    replies: Iterable[Reply],
    *,
    subject: Subject,
    read: Callable[[Any, Names, Party, Guard], P | None],
) -> Gathered[P]:
    """Entities out of the answers, each as the asker may see it."""
    guard = await tools.context.guard(subject)
    held = {registration.id: (registration, cover) for registration, cover in parties}
    pieces: dict[str, list[P]] = defaultdict(list)
    warnings = [text for reply in replies if (text := _warning(reply))]
    for reply in replies:
        if reply.ok:
            for raw in reply.body if isinstance(reply.body, list) else [reply.body]:
                one = read(raw, await asker.names_of(reply), held[reply.registration.id], guard)
                if one is not None:
                    pieces[one.stored.entity.id].append(one)
    return Gathered(pieces=pieces, warnings=warnings)


def _piece(raw: Any, names: Names, party: Party, guard: Guard) -> Piece | None:
    """``None`` for what is no entity, or none that the asker may see."""
    if not isinstance(raw, Mapping):
        return None
    own = {name: held for name, held in raw.items() if name != "@context"}
    try:
        entity = entity_of(stored_entity(own, names))
    except HuichengError:
        return None
    now = wall_clock()
    stored = seen(Stored(held=entity, created_at=now, modified_at=now), guard)
    if stored is None:
        return None
    changed = times_of(own, {name: names.stored(name) for name in own if name not in ENTITY_MEMBERS})
    return Piece(stored=stored, changed=changed, registration=party[0], cover=party[1])


def _warning(reply: Reply) -> str:
    """``199`` for what failed, ``110`` is for stale answers, which are not given (RFC 7234, 5.5)."""
    if reply.ok or reply.status in {404, 508}:
        return ""
    why = str(reply.trouble or f"HTTP {reply.status}")
    return f'199 {reply.registration.id} "{why[:200]}"'.replace("\n", " ").replace("\r", " ")
