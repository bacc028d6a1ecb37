"""Many entities at once (CIM 009, 6.14–6.17, 6.31): the good part is kept, the rest reported by place.

A batch is one commit. What is answered with success is on the disk.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec

from huicheng.access import Subject
from huicheng.api.faults import Contradiction, OtherType, Rejected
from huicheng.api.http import Answer, Request
from huicheng.api.ngsild.answers import NO_CONTENT, json_answer, options_of, refuse_unknown
from huicheng.api.ngsild.decoding import Decoded, decode_batch, entities_of
from huicheng.api.ngsild.permission import RESERVED, WritePermission
from huicheng.api.ngsild.spoken import speaks_plainly
from huicheng.api.ngsild.tools import Tools
from huicheng.api.problem import language_of, problem
from huicheng.city import Attribute, Entity, Readings
from huicheng.context import TooMuch
from huicheng.errors import AlreadyExists, HuichengError, Invalid, NotFound
from huicheng.ingest import Receipt
from huicheng.stores import Mode, Outcome, Removal, Transaction

_JSON = ((b"content-type", b"application/json"),)
_encode = msgspec.json.Encoder().encode


class _Kind(msgspec.Struct, frozen=True):
    """How one of the operations writes."""

    mode: Mode
    actions: tuple[str, ...]
    must_exist: bool = False


#: How readings may be written as a block.
_MODES_OF_READINGS = frozenset({Mode.REPLACE, Mode.UPDATE})
#: Operation and its option → how it writes.
_KINDS: dict[tuple[str, str], _Kind] = {
    ("create", ""): _Kind(Mode.CREATE, ("create",)),
    ("upsert", ""): _Kind(Mode.REPLACE, ("create", "update")),
    ("upsert", "replace"): _Kind(Mode.REPLACE, ("create", "update")),
    ("upsert", "update"): _Kind(Mode.UPDATE, ("create", "update")),
    ("update", ""): _Kind(Mode.UPDATE, ("update",), must_exist=True),
    ("update", "replace"): _Kind(Mode.UPDATE, ("update",), must_exist=True),
    ("update", "noOverwrite"): _Kind(Mode.APPEND, ("update",), must_exist=True),
    ("merge", ""): _Kind(Mode.MERGE, ("update",), must_exist=True),
}


class Batch:
    """Handlers of ``/entityOperations``."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def create(self, request: Request) -> Answer:
        return await self._write(request, "create")

    async def upsert(self, request: Request) -> Answer:
        return await self._write(request, "upsert")

    async def update(self, request: Request) -> Answer:
        return await self._write(request, "update")

    async def merge(self, request: Request) -> Answer:
        return await self._write(request, "merge")

    async def _write(self, request: Request, operation: str) -> Answer:
        subject = await self._tools.subject(request)
        kind = _kind(operation, options_of(request))
        body = await request.json_bytes(self._tools.batch_bytes)
        plainly = speaks_plainly(request)
        readings = self._tools.ingest.layouts.read(body) if plainly and kind.mode in _MODES_OF_READINGS else None
        results: _Results | None
        if readings is not None:
            results = await self._write_readings(readings, subject, kind)
        else:
            decoded = decode_batch(body) if plainly else entities_of(await self._tools.spoken.several(request, body))
            results = await self._write_each(decoded, subject, kind)
        return results.answer(operation, language_of(request.header(b"accept-language"))) if results else NO_CONTENT

    async def _write_readings(self, readings: Readings, subject: Subject, kind: _Kind) -> _Results | None:
        """``None`` when all went as nearly always."""
        permission = await self._tools.permission(subject, *kind.actions)
        if not permission.plain(readings.type) or any(one.startswith(RESERVED) for one in readings.ids):
            return await self._write_each(readings.entities(), subject, kind)
        self._check_number(readings.ids)
        receipt = await self._tools.ingest.accept_readings(readings, mode=kind.mode, must_exist=kind.must_exist)
        if receipt.outcomes.count(Outcome.UPDATED) == len(readings):
            return None
        results = _Results(readings.entities())
        results.take(receipt, kind.mode)
        return results

    async def _write_each(self, decoded: Sequence[Decoded], subject: Subject, kind: _Kind) -> _Results:
        self._check_number(decoded)
        results = _Results(decoded)
        await self._permit(results, subject, kind)
        await self._accept(results, kind)
        return results

    def _check_number(self, batch: Sequence[Any]) -> None:
        if not batch:
            raise Invalid(place="/", why="The batch is empty.")
        if len(batch) > self._tools.batch_entities:
            raise TooMuch(place="/", what="The batch", size=len(batch), limit=self._tools.batch_entities)

    async def _permit(self, results: _Results, subject: Subject, kind: _Kind) -> None:
        permission = await self._tools.permission(subject, *kind.actions)
        closer = [
            number
            for number, entity in results.good()
            if not permission.plain(entity.type) or entity.id.startswith(RESERVED)
        ]
        if closer:
            await _look_closer(results, closer, permission, replaces=kind.mode is Mode.REPLACE)

    async def _accept(self, results: _Results, kind: _Kind) -> None:
        results.refuse_contradictions()
        good = results.good()
        if not good:
            return
        entities = [entity for _, entity in good]
        results.take(await self._tools.ingest.accept(entities, mode=kind.mode, must_exist=kind.must_exist), kind.mode)

    async def delete(self, request: Request) -> Answer:
        """``POST /entityOperations/delete`` with an array of ids."""
        subject = await self._tools.subject(request)
        ids = await request.json(self._tools.batch_bytes)
        if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
            raise Invalid(place="/", why="The body must be an array of ids.")
        self._check_number(ids)
        results = _Results([Entity(id=one, type="", attributes={}) for one in ids])
        await self._forget(results, await self._tools.permission(subject, "delete"))
        return results.answer("delete", language_of(request.header(b"accept-language")))

    async def _forget(self, results: _Results, permission: WritePermission) -> None:
        stored = await permission.stored(entity.id for _, entity in results.good())
        for number, entity in results.good():
            there = stored.get(entity.id)
            if there is None:
                results.refuse(number, NotFound(place=f"/{number}", what="entity", key=entity.id))
            elif not permission.plain(there.entity.type):
                results.check(number, Entity(id=entity.id, type=there.entity.type, attributes={}), there, permission)
        removals = [(number, Removal(id=entity.id)) for number, entity in results.good()]
        if removals:
            committed = await self._tools.store.commit(Transaction(writes=[one for _, one in removals]))
            for (number, _), outcome in zip(removals, committed.outcomes, strict=True):
                results.note(number, outcome, Mode.PATCH)


def _kind(operation: str, options: Sequence[str]) -> _Kind:
    refuse_unknown(options, frozenset(option for name, option in _KINDS if name == operation))
    return _KINDS[operation, options[-1] if options else ""]


async def _look_closer(results: _Results, numbers: list[int], permission: WritePermission, *, replaces: bool) -> None:
    """Where a type is not granted as a whole: by rows and columns, before and after."""
    chosen = {number: entity for number, entity in results.good() if number in set(numbers)}
    stored = await permission.stored(entity.id for entity in chosen.values())
    for number, entity in chosen.items():
        results.check(number, entity, stored.get(entity.id), permission, replaces=replaces)


_DONE = frozenset({Outcome.CREATED, Outcome.UPDATED, Outcome.DELETED})


class _Results:
    """What becomes of each place of a batch."""

    def __init__(self, decoded: Sequence[Decoded]) -> None:
        self._decoded = decoded
        self._outcomes: list[Outcome | HuichengError | None] = [
            one if isinstance(one, HuichengError) else None for one in decoded
        ]

    def good(self) -> list[tuple[int, Entity]]:
        """Places that nothing speaks against so far."""
        return [
            (number, one)
            for number, (one, outcome) in enumerate(zip(self._decoded, self._outcomes, strict=True))
            if outcome is None and isinstance(one, Entity)
        ]

    def refuse(self, number: int, fault: HuichengError) -> None:
        self._outcomes[number] = fault

    def check(
        self, number: int, entity: Entity, stored: Any, permission: WritePermission, *, replaces: bool = False
    ) -> None:
        """Note a refusal."""
        try:
            permission.check(entity, stored, replaces=replaces)
        except HuichengError as refused:
            refused.place = f"/{number}{refused.place}"
            self.refuse(number, refused)

    def note(self, number: int, outcome: Outcome, mode: Mode) -> None:
        """Turn an outcome of the store into success or a fault."""
        if outcome in _DONE:  # nearly every one: the words of a fault are not prepared for it
            self._outcomes[number] = outcome
            return
        entity = self._decoded[number]
        key, place = getattr(entity, "id", ""), f"/{number}/id"
        if outcome is Outcome.OTHER_TYPE:
            self.refuse(number, OtherType(place=f"/{number}/type", key=key, type=getattr(entity, "type", "")))
        elif outcome is Outcome.MISSING:
            self.refuse(number, NotFound(place=place, what="entity", key=key))
        elif outcome is Outcome.EXISTS and mode is Mode.CREATE:
            self.refuse(number, AlreadyExists(place=place, key=key))
        else:
            self._outcomes[number] = outcome

    def take(self, receipt: Receipt, mode: Mode) -> None:
        """Note what became of the good places."""
        good = self.good()
        flaws = defaultdict(list)
        for flaw in receipt.problems:
            flaws[flaw.index].append(flaw)
        for position, found in flaws.items():
            number = good[position][0]
            self.refuse(number, Rejected(found, place=f"/{number}"))
        for (number, _), outcome in zip(good, receipt.outcomes, strict=True):
            if outcome is not None:
                self.note(number, outcome, mode)

    def refuse_contradictions(self) -> None:
        """Several places of one id are a course in time; the same attribute and moment twice is a slip."""
        good = self.good()
        if len({entity.id for _, entity in good}) == len(good):
            return
        seen: set[tuple[str, str, str | None, Any]] = set()
        for number, entity in good:
            marks = set(_moments(entity))
            if marks & seen:
                self.refuse(number, Contradiction(place=f"/{number}/id", key=entity.id))
            else:
                seen |= marks

    def answer(self, operation: str, language: str) -> Answer:
        """201 with the ids made, 204, or 207 with a ``BatchOperationResult`` (5.2.16)."""
        pairs = list(zip(self._decoded, self._outcomes, strict=True))
        errors = [_error(one, fault, language) for one, fault in pairs if isinstance(fault, HuichengError)]
        if errors:
            done = [one.id for one, outcome in pairs if isinstance(one, Entity) and isinstance(outcome, Outcome)]
            return json_answer({"success": list(dict.fromkeys(done)), "errors": errors}, status=207)
        made = [one.id for one, outcome in pairs if isinstance(one, Entity) and outcome is Outcome.CREATED]
        if made and operation in {"create", "upsert"}:
            return Answer(201, _encode(made), _JSON)
        return NO_CONTENT


def _moments(entity: Entity) -> list[tuple[str, str, str | None, Any]]:
    if not entity.attributes:
        return [(entity.id, "", None, None)]
    return [
        (entity.id, name, one.dataset_id, one.observed_at)
        for name, held in entity.attributes.items()
        for one in _instances(held)
    ]


def _instances(held: Attribute | list[Attribute]) -> list[Attribute]:
    return held if isinstance(held, list) else [held]


def _error(one: Decoded, fault: HuichengError, language: str) -> dict[str, Any]:
    """``BatchEntityError`` (5.2.17): the id where there is one."""
    shown: dict[str, Any] = {"error": problem(fault, language, etsi=True)}
    return {"entityId": one.id, **shown} if isinstance(one, Entity) else shown
