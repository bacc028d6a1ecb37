"""Many entities at once (CIM 009, 6.14–6.17, 6.31): the good part is kept, the rest reported by place.

A batch is one commit. What is answered with success is on the disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from huicheng.access import Subject
from huicheng.api.http import Answer, Request
from huicheng.api.ngsild.answers import NO_CONTENT, options_of, refuse_unknown
from huicheng.api.ngsild.batch_results import Results
from huicheng.api.ngsild.decoding import Decoded, decode_batch, entities_of
from huicheng.api.ngsild.fragments import appended, led_by, types_of, with_types
from huicheng.api.ngsild.permission import RESERVED, WritePermission
from huicheng.api.ngsild.spoken import speaks_plainly
from huicheng.api.ngsild.tools import Tools
from huicheng.api.ngsild.writing import note_types
from huicheng.api.problem import language_of
from huicheng.city import FURTHER_TYPES, Entity, Readings
from huicheng.context import TooMuch
from huicheng.errors import Invalid, NotFound
from huicheng.stores import Mode, Outcome, Removal, Transaction


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
        results: Results | None
        if readings is not None:
            results = await self._write_readings(readings, subject, kind)
        else:
            decoded = decode_batch(body) if plainly else entities_of(await self._tools.spoken.several(request, body))
            results = await self._write_each(decoded, subject, kind)
        return results.answer(operation, language_of(request.header(b"accept-language"))) if results else NO_CONTENT

    async def _write_readings(self, readings: Readings, subject: Subject, kind: _Kind) -> Results | None:
        """``None`` when all went as nearly always."""
        permission = await self._tools.permission(subject, *kind.actions)
        if not permission.plain(readings.type) or any(one.startswith(RESERVED) for one in readings.ids):
            return await self._write_each(readings.entities(), subject, kind)
        self._check_number(readings.ids)
        receipt = await self._tools.ingest.accept_readings(readings, mode=kind.mode, must_exist=kind.must_exist)
        if receipt.outcomes.count(Outcome.UPDATED) == len(readings):
            return None
        results = Results(readings.entities())
        results.take(receipt, kind.mode)
        await self._retype(results, permission, kind)
        return results

    async def _write_each(self, decoded: Sequence[Decoded], subject: Subject, kind: _Kind) -> Results:
        self._check_number(decoded)
        results = Results(decoded)
        permission = await self._tools.permission(subject, *kind.actions)
        await _permit(results, results.good(), permission, kind)
        if kind.must_exist:
            await _look_at_stored(results, permission, kind)
        results.refuse_contradictions()
        await self._accept(results, kind)
        await self._retype(results, permission, kind)
        return results

    def _check_number(self, batch: Sequence[Any]) -> None:
        if not batch:
            raise Invalid(place="/", why="The batch is empty.")
        if len(batch) > self._tools.batch_entities:
            raise TooMuch(place="/", what="The batch", size=len(batch), limit=self._tools.batch_entities)

    async def _accept(self, results: Results, kind: _Kind) -> None:
        good = results.good()
        if not good:
            return
        entities = [entity for _, entity in good]
        await note_types(self._tools.store, entities)
        results.take(await self._tools.ingest.accept(entities, mode=kind.mode, must_exist=kind.must_exist), kind.mode)

    async def _retype(self, results: Results, permission: WritePermission, kind: _Kind) -> None:
        """Write what another of its types leads under that one (4.16); what is of none of them stays refused."""
        odd = results.of_other_type()
        stored = await permission.stored(entity.id for _, entity in odd) if odd else {}
        for number, entity in odd:
            there = stored.get(entity.id)
            if there is not None and kind.must_exist:
                results.try_again(number, with_types(entity, there.entity))
            elif there is not None and there.entity.type in types_of(entity):
                results.try_again(number, led_by(entity, there.entity.type))
        await _permit(results, results.good(), permission, kind)
        await self._accept(results, kind)

    async def delete(self, request: Request) -> Answer:
        """``POST /entityOperations/delete`` with an array of ids."""
        subject = await self._tools.subject(request)
        ids = await request.json(self._tools.batch_bytes)
        if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
            raise Invalid(place="/", why="The body must be an array of ids.")
        self._check_number(ids)
        results = Results([Entity(id=one, type="", attributes={}) for one in ids])
        await self._forget(results, await self._tools.permission(subject, "delete"))
        return results.answer("delete", language_of(request.header(b"accept-language")))

    async def _forget(self, results: Results, permission: WritePermission) -> None:
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


async def _permit(results: Results, good: list[tuple[int, Entity]], permission: WritePermission, kind: _Kind) -> None:
    """Where a type is not granted as a whole: by rows and columns, before and after."""
    closer = [one for one in good if not permission.plain(one[1].type) or one[1].id.startswith(RESERVED)]
    stored = await permission.stored(entity.id for _, entity in closer) if closer else {}
    for number, entity in closer:
        results.check(number, entity, stored.get(entity.id), permission, replaces=kind.mode is Mode.REPLACE)


async def _look_at_stored(results: Results, permission: WritePermission, kind: _Kind) -> None:
    """Where it matters what is there: types are added to types, and what is not overwritten is told."""
    odd = [one for one in results.good() if kind.mode is Mode.APPEND or FURTHER_TYPES in one[1].attributes]
    stored = await permission.stored(entity.id for _, entity in odd) if odd else {}
    for number, entity in odd:
        there = stored.get(entity.id)
        if there is not None and there.entity.type in types_of(entity):
            results.put(number, with_types(entity, there.entity))
        if there is not None and kind.mode is Mode.APPEND:
            results.note_kept(number, appended(entity, there.entity, overwrites=False).skipped)
