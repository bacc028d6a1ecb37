"""Courses of entities of which other brokers know parts (CIM 009, 5.7.3, 5.7.4).

Sources are asked for instances, whatever form is asked for: of several the newest ``lastN`` and sums can only be told
when all instances are together. What a source tells in part (206) cuts the whole at the moment where that part ends.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from huicheng.access import Guard, Subject
from huicheng.api.http import Answer, Request
from huicheng.api.ngsild.decoding import attribute_of, entity_of
from huicheng.api.ngsild.distribution.asking import OF_COURSES, Asker
from huicheng.api.ngsild.distribution.forwarding import Original
from huicheng.api.ngsild.distribution.guarding import seen
from huicheng.api.ngsild.distribution.merging import Instances, Piece, merged, moment_said, together
from huicheng.api.ngsild.distribution.parting import Party
from huicheng.api.ngsild.distribution.reading import Gathered, Reach, Several, asked_of, gather, several, whole
from huicheng.api.ngsild.distribution.wrapping import Wrap
from huicheng.api.ngsild.permission import whole_type
from huicheng.api.ngsild.temporal import course_answer, course_view, courses_answer
from huicheng.api.ngsild.tools import Tools
from huicheng.api.ngsild.writing import entity_id
from huicheng.city import Attribute, Entity, Instant, Observation, micros
from huicheng.context import (
    ENTITY_MEMBERS,
    MOST_ON_A_PAGE,
    Courses,
    Cover,
    Names,
    Registration,
    Reply,
    Shape,
    Sought,
    TimeProperty,
    Told,
    listed,
    moment_of,
    parse_period,
    span_of,
    stored_entity,
    wall_clock,
)
from huicheng.errors import HuichengError, Invalid, NotFound
from huicheng.ingest import is_uri
from huicheng.stores import Stored

#: ``date-time FIRST-LAST/N``: the second time (6.3.10).
_COVERED = re.compile(r"date-time\s.+-(\d{4}-\d\d-\d\dT[^/\s]+)/")
#: What an entity is, and no attribute of it.
_HEAD = ENTITY_MEMBERS - {"createdAt", "modifiedAt", "deletedAt", "expiresAt"}


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """What one source tells of the course of one entity."""

    #: With the newest instance of each attribute.
    piece: Piece
    observations: Sequence[Told]

    @property
    def stored(self) -> Stored:
        return self.piece.stored

    @property
    def registration(self) -> Registration:
        return self.piece.registration

    @property
    def cover(self) -> Cover:
        return self.piece.cover

    @property
    def instances(self) -> Instances[Observation]:
        return _instances(self.observations)


class Recalling(Wrap):
    """``GET /temporal/entities/{id}``."""

    async def _beyond(self, request: Request) -> Answer:
        id = entity_id(request)  # noqa: A001 - NGSI-LD's own word
        names, asked = await self._tools.spoken.names(request), request.parameters
        history = _History(self._tools, asked, names)
        sought = Sought(ids=frozenset({id}), attributes=history.only)
        concerned = await self._tools.federation.parties(sought, request.header(b"via"), span_of(asked))
        parties = [one for one in concerned if OF_COURSES.can(one[0])]
        if not parties:
            return await self._local(request)
        view = course_view(request, asked, names)
        subject = await self._tools.subject(request)
        asker = Asker(self._tools, Original(request, None, names, self._tools.contexts), OF_COURSES)
        replies, here = await asyncio.gather(asker.retrieve(id, asked, parties, history.only), self._here(id, subject))
        heard = await history.heard(asker, parties, replies, subject)
        heads = history.heads(here, heard)
        if not heads:
            raise NotFound(what="entity", key=id)
        if history.only and history.time != "deletedAt" and history.only.isdisjoint(heads[0].entity.attributes):
            raise NotFound(what="attribute", key=", ".join(sorted(history.only))[:200])
        courses = await history.courses(heads, here, heard, subject, view.shape, empty=True)
        return heard.gathered.warned(course_answer(courses, view, id))

    async def _here(self, id: str, subject: Subject) -> list[Stored]:
        try:
            return [await self._tools.context.get(id, subject)]
        except NotFound:
            return []


class RecallingSeveral(Several):
    """``GET /temporal/entities`` and ``POST /temporal/entityOperations/query``."""

    async def _beyond(self, request: Request) -> Answer:
        content = await self.content(request)
        asked, names = await asked_of(self._tools, request, content)
        history = _History(self._tools, asked, names)
        parties = await several(self._tools, request, asked, names=names, only=history.only, period=span_of(asked))
        if not parties:
            return await self._local(request)
        view = course_view(request, asked, names)
        subject = await self._tools.subject(request)
        asker = Asker(self._tools, Original(request, content, names, self._tools.contexts), OF_COURSES)
        reach = Reach.of(asked, count=view.count)
        query = self._tools.context.query(reach.whole(asked), subject, names)
        replies, found = await asyncio.gather(asker.query(asked, parties, history.only, reach.most), query)
        heard = await history.heard(asker, parties, replies, subject)
        heads = history.heads(found.page.entities, heard)
        courses = await history.courses(reach.page(heads), found.page.entities, heard, subject, view.shape, empty=False)
        return heard.gathered.warned(courses_answer(courses, view, reach.headers(request, len(heads), more=found.more)))

    async def told(
        self, request: Request, content: bytes | None, asked: Mapping[str, Any], names: Names, subject: Subject
    ) -> Gathered[Any]:
        history = _History(self._tools, asked, names)
        parties = await several(self._tools, request, asked, names=names, only=history.only, period=span_of(asked))
        asker = Asker(self._tools, Original(request, content, names, self._tools.contexts), OF_COURSES)
        replies = whole(await asker.query(asked, parties, history.only, MOST_ON_A_PAGE))
        return (await history.heard(asker, parties, replies, subject)).gathered


class _Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What others told."""

    gathered: Gathered[Course]
    #: Where parts of it end.
    ends: Sequence[Instant]


class _History:
    """One question about history, answered from here and elsewhere."""

    def __init__(self, tools: Tools, asked: Mapping[str, Any], names: Names) -> None:
        self._tools = tools
        self._asked = asked
        self._names = names
        self.only = frozenset(names.stored(one) for one in listed(asked.get("attrs"), place="attrs"))
        self.time: TimeProperty = parse_period(asked).time

    async def heard(self, asker: Asker, parties: Sequence[Party], replies: Iterable[Reply], subject: Subject) -> _Heard:
        """What of the answers can be read and may be seen."""
        sound = [_whole_or_bounded(one) for one in replies]
        gathered = await gather(self._tools, asker, parties, sound, subject=subject, read=self._course)
        gathered = gathered.of(self._asked)
        ends = [end for one in sound if one.ok and (end := _end(one)) is not None]
        return _Heard(gathered=gathered, ends=ends)

    def _course(self, raw: Any, names: Names, party: Party, guard: Guard) -> Course | None:
        """``None`` for what is no entity in time, or none that the asker may see."""
        if not isinstance(raw, Mapping):
            return None
        own = stored_entity({name: held for name, held in raw.items() if name != "@context"}, names)
        try:
            head = entity_of({name: held for name, held in own.items() if name in _HEAD})
            told = list(_told(head, own, self.time, self.only))
        except HuichengError:
            return None
        if self.time == "deletedAt" and not whole_type(guard, head.type):
            return None  # what has gone has no row that a policy could look at
        stored = seen(_standing(head, told, own), guard)
        if stored is None:
            return None
        visible = [one for one, _ in told if one.attribute in stored.entity.attributes]
        piece = Piece(stored=stored, changed={}, registration=party[0], cover=party[1])
        return Course(piece=piece, observations=visible)

    @staticmethod
    def heads(here: Sequence[Stored], heard: _Heard) -> list[Stored]:
        """Every entity, in order of id, with all its attributes."""
        local = {one.entity.id: one for one in here}
        told = heard.gathered.pieces
        found = [merged(local.get(key), [one.piece for one in told.get(key, ())]) for key in sorted({*local, *told})]
        return [one for one in found if one is not None]

    async def courses(  # noqa: PLR0913 - each by its name
        self,
        heads: Sequence[Stored],
        here: Sequence[Stored],
        heard: _Heard,
        subject: Subject,
        shape: Shape,
        *,
        empty: bool,
    ) -> Courses:
        """Instances from everywhere, put together attribute by attribute."""
        page = {one.entity.id for one in heads}
        local = [one for one in here if one.entity.id in page]
        recalled = await self._tools.context.recalled(local, self._asked, subject, self._names)
        ends = [*heard.ends, *([recalled.stretch.last] if recalled.stretch is not None else [])]
        by_entity: dict[str, list[Observation]] = defaultdict(list)
        for one in recalled.observations:
            by_entity[one.entity].append(one)
        found: list[Observation] = []
        for id in page:  # noqa: A001 - NGSI-LD's own word
            whole = together(_instances(by_entity[id]), heard.gathered.pieces.get(id, ()))
            found += [one for held in whole.values() for _, one in held.values()]
        chronicler = self._tools.context.chronicler
        cut = chronicler.together(found, self._asked, ends)
        return chronicler.shown(heads, cut, self._asked, shape, self._names, empty=empty)


def _instances(observations: Iterable[Observation]) -> Instances[Observation]:
    """The same value at the same moment is the same, whoever tells it; another value stands beside it."""
    found: Instances[Observation] = defaultdict(dict)
    for one in observations:
        key = (one.dataset_id, one.observed_at, msgspec.json.encode(one.value))
        found[one.attribute].setdefault(key, (moment_of(one), one))
    return found


# -- reading what a source told ----------------------------------------------------------------------


def _whole_or_bounded(reply: Reply) -> Reply:
    """A part of which nobody knows where it ends is no answer."""
    if reply.status == 206 and reply.ok and _end(reply) is None:
        return reply.unusable(why="its answer is a part, and does not say which")
    return reply


def _end(reply: Reply) -> Instant | None:
    found = _COVERED.match(reply.covers) if reply.status == 206 else None
    return None if found is None else moment_said(found.group(1))


def _told(
    head: Entity, own: Mapping[str, Any], time: TimeProperty, only: frozenset[str]
) -> Iterator[tuple[Told, Attribute]]:
    for name, held in own.items():
        if name not in ENTITY_MEMBERS and (not only or name in only):
            for number, one in enumerate(held if isinstance(held, list) else [held]):
                attribute = attribute_of(one, f"/{name}/{number}")
                if isinstance(attribute, list):
                    raise Invalid(place=f"/{name}/{number}", why="One instance is expected.")
                instance = _instance(head, name, attribute, one, time)
                if instance is not None:
                    yield instance, attribute


def _instance(head: Entity, name: str, held: Attribute, raw: Any, time: TimeProperty) -> Told | None:
    """``None`` where it does not say the time that is asked for."""
    observed = None if held.observed_at is None else micros(held.observed_at)
    at = observed if time == "observedAt" else moment_said(raw.get(time)) if isinstance(raw, Mapping) else None
    if at is None:
        return None
    given = raw.get("instanceId") if isinstance(raw, Mapping) else None
    return Told(
        entity=head.id,
        type=head.type,
        attribute=name,
        observed_at=at if observed is None else observed,
        received_at=at,
        value=held.content,
        kind=held.type,
        unit_code=held.unit_code,
        dataset_id=held.dataset_id,
        time=time,
        at=at,
        observed=observed is not None,
        given=given if isinstance(given, str) and is_uri(given) else None,
    )


def _standing(head: Entity, told: Iterable[tuple[Told, Attribute]], own: Mapping[str, Any]) -> Stored:
    """The entity with the newest instance of each attribute: what policies look at."""
    newest = {one.attribute: held for one, held in sorted(told, key=lambda pair: pair[0].at)}
    created, modified = moment_said(own.get("createdAt")), moment_said(own.get("modifiedAt"))
    now = wall_clock()
    return Stored(
        held=Entity(id=head.id, type=head.type, attributes={**head.attributes, **newest}),
        created_at=now if created is None else created,
        modified_at=now if modified is None else modified,
    )
