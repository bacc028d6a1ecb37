"""Batches of which parts belong to other brokers (CIM 009, 5.6.7–5.6.10, 5.6.20): one request to each source."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from huicheng.api.faults import SourceUnable
from huicheng.api.http import Answer, Request
from huicheng.api.json_text import decode
from huicheng.api.ngsild.answers import NO_CONTENT, json_answer
from huicheng.api.ngsild.decoding import attributes_of
from huicheng.api.ngsild.distribution.forwarding import Fault, Original, again, attempt, path_of
from huicheng.api.ngsild.distribution.guarding import permit
from huicheng.api.ngsild.distribution.parting import Party, Share, divide
from huicheng.api.ngsild.distribution.results import LOOP, error_of
from huicheng.api.ngsild.distribution.wrapping import Wrap
from huicheng.api.ngsild.permission import WritePermission
from huicheng.api.ngsild.tools import Tools
from huicheng.api.problem import problem
from huicheng.api.routes import Handler
from huicheng.context import CORE, ENTITY_MEMBERS, Message, Names, Reply, Sought, TooMuch
from huicheng.errors import HuichengError, Invalid
from huicheng.ingest import is_uri

_encode = msgspec.json.Encoder().encode


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One of ``/entityOperations``."""

    name: str
    path: str
    actions: tuple[str, ...]
    #: How one entity is written where a source takes no batches: operation, method, whether it goes to ``/attrs``.
    single: tuple[str, str, bool]
    #: 201 with the ids that were made.
    makes: bool = False


class Batching(Wrap):
    """One batch that may have to be divided."""

    def __init__(self, tools: Tools, operation: Operation, local: Handler) -> None:
        super().__init__(tools, local)
        self._operation = operation

    async def _beyond(self, request: Request) -> Answer:
        content = await request.json_bytes(self._tools.batch_bytes)
        items = await self._items(request, content)
        via = request.header(b"via")
        await self._divide(items, via)
        if not any(item.shares for item in items):
            return await self._local(again(request, content))
        names = items[0].names
        original = Original(request, content, names, self._tools.contexts)
        await self._permit(items, request)
        outcome = _Outcome(items, original.language)
        outcome.note_unable(items, self._operation)
        asking = asyncio.create_task(self._ask(items, original, outcome))
        await self._here(items, original, outcome)
        await asking
        return outcome.answer(self._operation)

    # -- reading and dividing

    async def _items(self, request: Request, content: bytes) -> list[_Item]:
        raws = decode(content)
        if not isinstance(raws, list) or not raws:
            raise Invalid(place="/", why="The body must be an array, and not an empty one.")
        if len(raws) > self._tools.batch_entities:
            raise TooMuch(place="/", what="The batch", size=len(raws), limit=self._tools.batch_entities)
        if self._operation.name == "deleteBatch":
            return await self._ids(raws)
        stored = await self._tools.spoken.several(request, content)
        plain = await self._tools.spoken.names(request)
        return [await self._item(raw, one, plain) for raw, one in zip(raws, stored, strict=True)]

    async def _ids(self, raws: Sequence[Any]) -> list[_Item]:
        keys = [one for one in raws if isinstance(one, str)]
        there = await WritePermission(self._tools.store, {}).stored(keys)
        types = {key: frozenset({one.entity.type}) for key, one in there.items()}
        return [
            _Item(raw=raw, key=raw if isinstance(raw, str) else "", types=types.get(str(raw), frozenset()))
            for raw in raws
        ]

    async def _item(self, raw: Any, stored: Any, plain: Names) -> _Item:
        """What is no entity has no key: it is left to the handler here, which says what is wrong with it."""
        if not isinstance(raw, dict) or not isinstance(stored, dict) or not isinstance(raw.get("id"), str):
            return _Item(raw=raw)
        said = stored.get("type")
        types = frozenset([said] if isinstance(said, str) else said if isinstance(said, list) else ())
        try:
            attributes = attributes_of({k: v for k, v in stored.items() if k not in ENTITY_MEMBERS})
        except HuichengError:
            return _Item(raw=raw)
        if is_uri(raw["id"]) is None:
            return _Item(raw=raw)
        names = plain if "@context" not in raw else await self._tools.contexts.names(raw["@context"])
        return _Item(raw=raw, key=raw["id"], types=types, attributes=attributes, names=names)

    async def _divide(self, items: Iterable[_Item], via: str) -> None:
        operations = {self._operation.name, self._operation.single[0]}
        for item in items:
            if not item.key:
                continue
            names = frozenset(item.attributes)
            sought = Sought(types=item.types, ids=frozenset({item.key}), attributes=names)
            item.parties = await self._tools.federation.parties(sought, via)
            division = divide(item.parties, names, operations)
            item.shares, item.here = division.shares, division.here

    async def _permit(self, items: Iterable[_Item], request: Request) -> None:
        """What may not be forwarded goes nowhere."""
        subject = await self._tools.subject(request)
        permission = await self._tools.permission(subject, *self._operation.actions)
        for item in items:
            try:
                for share in item.shares:
                    [held] = [one for registration, one in item.parties if registration.id == share.registration.id]
                    own = {name: one for name, one in item.attributes.items() if name in share.attributes}
                    permit(permission, item.types or held.types, item.key, own)
            except HuichengError as fault:
                item.refusal, item.shares, item.here = fault, [], None

    # -- carrying out

    async def _here(self, items: Sequence[_Item], original: Original, outcome: _Outcome) -> None:
        staying = [item for item in items if item.here is not None]
        if staying:
            content = _encode([item.body() for item in staying])
            outcome.note_here(await attempt(self._local, again(original.request, content)), staying)

    async def _ask(self, items: Sequence[_Item], original: Original, outcome: _Outcome) -> None:
        groups: dict[str, list[tuple[_Item, Share]]] = defaultdict(list)
        for item in items:
            for share in item.shares:
                if share.able:
                    groups[share.registration.id].append((item, share))
        sent = [one for group in groups.values() for one in await self._messages(group, original)]
        replies = await self._tools.federation.ask([message for message, _ in sent])
        for reply, (_, part) in zip(replies, sent, strict=True):
            outcome.note_reply(reply, part)

    async def _messages(
        self, group: Sequence[tuple[_Item, Share]], original: Original
    ) -> list[tuple[Message, list[_Item]]]:
        registration = group[0][1].registration
        speech = await original.speech(registration)
        bodies = [(item, await self._body(item, share, original)) for item, share in group]
        parameters = {"options": original.request.parameters.get("options", "")}
        if self._operation.name in registration.offer.able:
            path = path_of("entityOperations", self._operation.path, parameters=parameters)
            body = [held for _, held in bodies]
            return [(original.message(registration, speech, "POST", path, body), [item for item, _ in bodies])]
        _, method, of_attributes = self._operation.single
        found: list[tuple[Message, list[_Item]]] = []
        for item, held in bodies:
            segments = (
                [] if method == "POST" and not of_attributes else [item.key, *(["attrs"] if of_attributes else [])]
            )
            path = path_of("entities", *segments, parameters=parameters if of_attributes else None)
            content = None if method == "DELETE" else held
            found.append((original.message(registration, speech, method, path, content), [item]))
        return found

    async def _body(self, item: _Item, share: Share, original: Original) -> Any:
        own = Original(original.request, None, item.names, self._tools.contexts)
        if not isinstance(item.raw, dict):
            return item.raw
        return own.part(item.raw, share.attributes, await own.speech(share.registration))


class _Item:
    """One place of the batch."""

    def __init__(
        self,
        *,
        raw: Any,
        key: str = "",
        types: frozenset[str] = frozenset(),
        attributes: Mapping[str, Any] | None = None,
        names: Names = CORE,
    ) -> None:
        self.raw = raw
        self.key = key
        self.types = types
        self.attributes = attributes or {}
        self.names = names
        self.parties: Sequence[Party] = ()
        self.shares: Sequence[Share] = ()
        #: What is written here; ``None``: nothing.
        self.here: frozenset[str] | None = frozenset()
        self.refusal: HuichengError | None = None

    def body(self) -> Any:
        """What of it is written here: all, where nobody else holds any of it alone."""
        attributes = self.here or frozenset()
        if not self.shares or not isinstance(self.raw, dict) or attributes == frozenset(self.attributes):
            return self.raw
        stored = self.names.stored
        return {name: held for name, held in self.raw.items() if name in ENTITY_MEMBERS or stored(name) in attributes}


class _Outcome:
    """What becomes of each entity: it succeeds when all its parts do."""

    def __init__(self, items: Sequence[_Item], language: str) -> None:
        self._keys = list(dict.fromkeys(item.key for item in items if item.key))
        self._language = language
        self._errors: list[dict[str, Any]] = [
            {"entityId": item.key, "error": problem(item.refusal, language, etsi=True)}
            for item in items
            if item.refusal
        ]
        self._made: set[str] = set()

    def note_unable(self, items: Sequence[_Item], operation: Operation) -> None:
        """Sources that hold something alone and were not registered for this."""
        for item in items:
            for share in item.shares:
                if not share.able:
                    fault = SourceUnable(registration=share.registration.id, operation=operation.name)
                    error = problem(fault, self._language, etsi=True)
                    own = {"registrationId": share.registration.id}
                    self._errors.append({"entityId": item.key, "error": error, **own})

    def note_here(self, answer: Answer | Fault, items: Sequence[_Item]) -> None:
        """What the handler here answered."""
        if isinstance(answer, Fault):
            error = answer.problem(self._language)
            self._errors += [{"entityId": item.key, "error": error} for item in items]
            return
        body = msgspec.json.decode(answer.body) if answer.body else None
        if answer.status == 201 and isinstance(body, list):
            self._made |= set(body)
        elif answer.status == 207 and isinstance(body, dict):
            self._errors += body.get("errors", [])

    def note_reply(self, reply: Reply, items: Sequence[_Item]) -> None:
        """What a source answered to its part."""
        keys = [item.key for item in items]
        if reply.status == LOOP:
            return
        if reply.status == 207 and isinstance(reply.body, dict) and isinstance(reply.body.get("errors"), list):
            told = [one for one in reply.body["errors"] if isinstance(one, dict)]
            self._errors += [{**one, "registrationId": reply.registration.id} for one in told]
        elif not reply.ok:
            error = error_of(reply, self._language)
            self._errors += [{"entityId": key, "error": error, "registrationId": reply.registration.id} for key in keys]
        elif reply.status == 201:
            named = reply.body if isinstance(reply.body, list) else keys
            self._made |= {key for key in named if key in keys}

    def answer(self, operation: Operation) -> Answer:
        """201 with the ids made, 204, or 207 with a ``BatchOperationResult``."""
        if self._errors:
            failed = {one.get("entityId") for one in self._errors}
            success = [key for key in self._keys if key not in failed]
            return json_answer({"success": success, "errors": self._errors}, status=207)
        made = [key for key in self._keys if key in self._made]
        if made and operation.makes:
            return Answer(201, _encode(made), ((b"content-type", b"application/json"),))
        return NO_CONTENT
