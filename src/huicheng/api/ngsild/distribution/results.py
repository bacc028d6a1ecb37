"""What several brokers answered to the parts of one write, as one answer (CIM 009, 6.3.17; 207)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from huicheng.api.faults import SourceFailed, SourceLate, SourceUnable
from huicheng.api.http import Answer
from huicheng.api.ngsild.answers import NO_CONTENT, created, json_answer
from huicheng.api.ngsild.distribution.forwarding import Fault
from huicheng.api.problem import MEDIA, problem
from huicheng.context import Registration, Reply
from huicheng.errors import HuichengError

LOOP = 508


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one part."""

    attributes: frozenset[str]
    #: ``None``: it went well.
    error: Mapping[str, Any] | None
    status: int
    #: ``None``: here.
    registration: str | None = None
    #: What was answered, decoded.
    body: Any = None


def of_reply(reply: Reply, attributes: frozenset[str], language: str) -> Result:
    """Of a source."""
    partly = reply.status == 207
    error = None if reply.ok and not partly else error_of(reply, language)
    return Result(
        attributes=attributes,
        error=error,
        status=207 if partly else int(error["status"]) if error else reply.status,
        registration=reply.registration.id,
        body=reply.body,
    )


def error_of(reply: Reply, language: str) -> dict[str, Any]:
    """The problem that a source told of, or that there is with it."""
    if reply.trouble is None:
        told = reply.body if isinstance(reply.body, Mapping) and "type" in reply.body else {}
        kept = {name: told[name] for name in ("type", "title", "detail") if isinstance(told.get(name), str)}
        return (
            {"type": "https://uri.etsi.org/ngsi-ld/errors/InternalError", "title": f"HTTP {reply.status}"}
            | kept
            | {"status": reply.status}
        )
    kind = SourceLate if reply.trouble.late else SourceFailed
    return problem(kind(place="", registration=reply.registration.id, **reply.trouble.told), language, etsi=True)


def unable(registration: Registration, operation: str, attributes: frozenset[str], language: str) -> Result:
    """Of a source that holds the data alone and was not registered for the operation."""
    fault = SourceUnable(registration=registration.id, operation=operation)
    return of_fault(fault, attributes, language, registration.id)


def of_fault(
    fault: HuichengError, attributes: frozenset[str], language: str, registration: str | None = None
) -> Result:
    error = problem(fault, language, etsi=True)
    return Result(attributes=attributes, error=error, status=fault.status, registration=registration)


def of_answer(answer: Answer | Fault, attributes: frozenset[str], language: str) -> Result:
    """Of this broker."""
    if isinstance(answer, Fault):
        return of_fault(answer.error, attributes, language)
    body = msgspec.json.decode(answer.body) if answer.body else None
    partly = {"status": 207} if answer.status == 207 else None
    return Result(attributes=attributes, error=partly, status=answer.status, body=body)


def counted(results: Sequence[Result]) -> list[Result]:
    """Without sources that the request had reached already by another way."""
    return [one for one in results if one.status != LOOP] or list(results)


def entity_answer(results: Sequence[Result], id: str, location: str | None) -> Answer:
    """About a whole entity: 201 where ``location`` is given, 204, the one error, or a ``BatchOperationResult``."""
    failed = [one for one in results if one.error is not None]
    if not failed:
        return NO_CONTENT if location is None else created(location)
    if len(results) == 1 and failed[0].status != 207:
        return refused(failed[0])
    errors = [_entity_error(id, one) for one in failed]
    success = [id] if len(failed) < len(results) else []
    return json_answer({"success": success, "errors": errors}, status=207)


def attributes_answer(results: Sequence[Result], shown: Callable[[str], str]) -> Answer:
    """About attributes: 204, the one error, or an ``UpdateResult``. ``shown``: names as the client says them."""
    failed = [one for one in results if one.error is not None]
    if not failed:
        return NO_CONTENT
    if len(results) == 1 and failed[0].status != 207:
        return refused(failed[0])
    updated = [name for one in results for name in _updated(one, shown)]
    left = [entry for one in failed for entry in _not_updated(one, shown)]
    return json_answer({"updated": sorted(set(updated)), "notUpdated": left}, status=207)


def refused(one: Result) -> Answer:
    """The error of the only part as the error of all."""
    return Answer(one.status, msgspec.json.encode(one.error), (MEDIA,))


def _entity_error(id: str, one: Result) -> dict[str, Any]:
    own = {"registrationId": one.registration} if one.registration else {}
    return {"entityId": id, "error": dict(one.error or {}), **own}


def _updated(one: Result, shown: Callable[[str], str]) -> list[str]:
    if one.error is None:
        return [shown(name) for name in one.attributes]
    told = one.body.get("updated") if isinstance(one.body, Mapping) else None
    return [name for name in told if isinstance(name, str)] if one.status == 207 and isinstance(told, list) else []


def _not_updated(one: Result, shown: Callable[[str], str]) -> list[dict[str, Any]]:
    own = {"registrationId": one.registration} if one.registration else {}
    told = one.body.get("notUpdated") if isinstance(one.body, Mapping) else None
    if one.status == 207 and isinstance(told, list):
        return [{**entry, **own} for entry in told if isinstance(entry, Mapping)]
    reason = str((one.error or {}).get("title", ""))
    return [{"attributeName": shown(name), "reason": reason, **own} for name in sorted(one.attributes)]
