"""Writes of one entity or one attribute, where other brokers hold parts of it (CIM 009, 5.6.1–5.6.6, 5.6.17–5.6.19)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from huicheng.access import Subject
from huicheng.api.http import Answer, Request
from huicheng.api.json_text import decode
from huicheng.api.ngsild.decoding import attributes_of
from huicheng.api.ngsild.distribution.forwarding import Original, again, attempt, path_of
from huicheng.api.ngsild.distribution.guarding import permit
from huicheng.api.ngsild.distribution.parting import Division, Party, Share, divide
from huicheng.api.ngsild.distribution.results import (
    Result,
    attributes_answer,
    counted,
    entity_answer,
    of_answer,
    of_reply,
    unable,
)
from huicheng.api.ngsild.distribution.wrapping import Wrap
from huicheng.api.ngsild.tools import Tools
from huicheng.api.routes import Handler
from huicheng.context import ENTITY_MEMBERS, Message, Sought, stored_entity
from huicheng.errors import Invalid
from huicheng.ingest import is_uri

BASE = "/ngsi-ld/v1"
_encode = msgspec.json.Encoder().encode
#: Parameters that are passed on with a write.
_PASSED = ("type", "options", "format", "observedAt", "lang", "datasetId", "deleteAll")


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """What one address and method do."""

    name: str
    action: str
    #: The body, or its absence, is about attributes and not about an entity.
    of_attributes: bool = False
    #: The body is one attribute's.
    of_one: bool = False
    has_body: bool = True


class Matter(msgspec.Struct, frozen=True, kw_only=True):
    """What a write is about, by stored names."""

    key: str
    #: Empty: not known.
    types: frozenset[str]
    #: Their content, as far as it is known here: ``None`` where one is deleted or only a part of it is sent.
    attributes: Mapping[str, Any]


class Writing(Wrap):
    """One write that may have to be divided."""

    def __init__(self, tools: Tools, operation: Operation, local: Handler) -> None:
        super().__init__(tools, local)
        self._operation = operation

    async def _beyond(self, request: Request) -> Answer:
        content = await request.json_bytes(self._tools.body_bytes) if self._operation.has_body else None
        raw, names = await self._said(request, content)
        original = Original(request, content, names, self._tools.contexts)
        matter = await self._matter(raw, original)
        attributes = frozenset(matter.attributes)
        sought = Sought(types=matter.types, ids=frozenset({matter.key}), attributes=attributes)
        parties = await self._tools.federation.parties(sought, request.header(b"via"))
        if not parties:
            return await self._local(again(request, content))
        division = divide(parties, attributes, {self._operation.name})
        if not division.shares:
            return await self._local(again(request, content))
        await self._permit(await self._tools.subject(request), division, parties, matter)
        results = await self._carried_out(original, raw, division)
        return self._answer(results, matter.key, original)

    # -- what is said

    async def _said(self, request: Request, content: bytes | None) -> tuple[dict[str, Any], Any]:
        """The body as it came, and its names; both checked no further than is needed to divide it."""
        if content is None:
            return {}, await self._tools.spoken.names(request)
        own, names = await self._tools.spoken.read(request, content)
        raw = decode(content)
        if self._operation.of_one:
            return {request.segments[1]: own}, names
        if not isinstance(raw, dict):
            raise Invalid(place="/", why="The body must be a JSON object.")
        return raw, names

    async def _matter(self, raw: Mapping[str, Any], original: Original) -> Matter:
        segments = original.request.segments
        key = segments[0] if segments else raw.get("id")
        if not isinstance(key, str) or is_uri(key) is None:
            raise Invalid(place="/id", why="id must be a URI.")
        types = await self._types(raw, key, original)
        return Matter(key=key, types=types, attributes=self._attributes(raw, original))

    def _attributes(self, raw: Mapping[str, Any], original: Original) -> dict[str, Any]:
        if self._operation.of_one or not self._operation.has_body:
            return {original.names.stored(name): None for name in original.request.segments[1:]}
        members = {name: held for name, held in raw.items() if name not in ENTITY_MEMBERS}
        stored: Mapping[str, Any] = stored_entity(members, original.names)
        deleted = {name: None for name, held in stored.items() if held in (None, "urn:ngsi-ld:null")}
        return {**attributes_of({k: v for k, v in stored.items() if k not in deleted}), **deleted}

    async def _types(self, raw: Mapping[str, Any], key: str, original: Original) -> frozenset[str]:
        """As the body says, or the query string, or the entity that stands here. Empty: not known."""
        said = None if self._operation.of_one else raw.get("type")
        said = said or original.request.parameters.get("type", "").split(",")
        named = [one for one in ([said] if isinstance(said, str) else said) if isinstance(one, str) and one]
        if named:
            return frozenset(original.names.stored(one) for one in named)
        stored = await self._tools.store.get(key)
        return frozenset() if stored is None else frozenset({stored.entity.type})

    async def _permit(self, subject: Subject, division: Division, parties: Sequence[Party], matter: Matter) -> None:
        """What is forwarded passes the policies like what is written here."""
        permission = await self._tools.permission(subject, self._operation.action)
        for share in division.shares:
            [held] = [one for registration, one in parties if registration.id == share.registration.id]
            names = {name: one for name, one in matter.attributes.items() if name in share.attributes}
            permit(permission, matter.types or held.types, matter.key, names)

    # -- and done

    async def _carried_out(self, original: Original, raw: dict[str, Any], division: Division) -> list[Result]:
        language, everything = original.language, frozenset[str]()
        able = [one for one in division.shares if one.able]
        messages = [await self._message(original, raw, one) for one in able]
        asking = asyncio.create_task(self._tools.federation.ask(messages))
        results = [] if division.here is None else [await self._here(original, raw, division)]
        replies = await asking
        results += [of_reply(reply, one.attributes, language) for reply, one in zip(replies, able, strict=True)]
        results += [
            unable(one.registration, self._operation.name, one.attributes or everything, language)
            for one in division.shares
            if not one.able
        ]
        return counted(results)

    async def _here(self, original: Original, raw: dict[str, Any], division: Division) -> Result:
        here = division.here or frozenset()
        content = original.content
        if content is not None and any(one.registration.offer.mode != "inclusive" for one in division.shares):
            content = _encode({
                name: held
                for name, held in raw.items()
                if name in ENTITY_MEMBERS or original.names.stored(name) in here
            })  # fmt: skip
        found = await attempt(self._local, again(original.request, content))
        return of_answer(found, here, original.language)

    async def _message(self, original: Original, raw: dict[str, Any], share: Share) -> Message:
        speech = await original.speech(share.registration)
        request = original.request
        passed = {name: request.parameters.get(name, "") for name in _PASSED}
        segments = list(request.segments)
        if len(segments) > 1 and not speech.same:
            segments[1] = speech.name(original.names.stored(segments[1]))
        tail = ["attrs", *segments[1:]] if self._operation.of_attributes else []
        path = path_of("entities", *segments[:1], *tail, parameters=passed)
        return original.message(
            share.registration, speech, request.method, path, self._body(original, raw, share, speech)
        )

    def _body(self, original: Original, raw: dict[str, Any], share: Share, speech: Any) -> Any:
        if not self._operation.has_body:
            return None
        if self._operation.of_one:
            return decode(original.content or b"null")
        return original.part(raw, share.attributes, speech)

    def _answer(self, results: Sequence[Result], key: str, original: Original) -> Answer:
        if self._operation.of_attributes:
            return attributes_answer(results, original.names.shown)
        location = f"{BASE}/entities/{quote(key, safe=':')}" if self._operation.name == "createEntity" else None
        return entity_answer(results, key, location)
