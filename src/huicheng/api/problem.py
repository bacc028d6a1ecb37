"""Problem details (RFC 9457) in the reader's language."""

from __future__ import annotations

import logging
import re
from typing import Any
from uuid import uuid4

import msgspec

from huicheng.api.faults import Internal, Rejected
from huicheng.api.http import Answer
from huicheng.errors import HuichengError
from huicheng.errors.sentences import sentence
from huicheng.ingest import Problem

_log = logging.getLogger(__name__)

MEDIA = (b"content-type", b"application/problem+json")
_PREFERENCE = re.compile(r"\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*")

#: Error types of ETSI GS CIM 009, 5.5.2, by the status or the name that they fit.
_ETSI = "https://uri.etsi.org/ngsi-ld/errors/"
_ETSI_BY_SLUG = {
    "already-exists": "AlreadyExists",
    "no-such-tenant": "NonexistentTenant",
    "malformed-json": "InvalidRequest",
    "not-an-object": "InvalidRequest",
    "unknown-parameter": "InvalidRequest",
    "unknown-option": "InvalidRequest",
    "no-context": "InvalidRequest",
    "context-unavailable": "LdContextNotAvailable",
    "too-deep": "InvalidRequest",
    "too-much": "TooComplexQuery",
    "too-many-results": "TooManyResults",
    "unsafe-pattern": "TooComplexQuery",
    "loop-detected": "LoopDetected",
    "overlapping": "Conflict",
    "source-unable": "OperationNotSupported",
    "source-failed": "InternalError",
    "source-late": "InternalError",
    "refused": "OperationNotSupported",
    "read-only-type": "OperationNotSupported",
    "internal": "InternalError",
    "unavailable": "InternalError",
}
#: Where it asks for another status than ours (6.3.2).
_ETSI_STATUS = {"TooComplexQuery": 403, "TooManyResults": 403}
_ETSI_BY_STATUS = {400: "BadRequestData", 404: "ResourceNotFound", 409: "AlreadyExists", 422: "BadRequestData"}


def language_of(accept: str) -> str:
    """``zh`` or ``en``, as an ``Accept-Language`` header prefers; Chinese where it prefers neither."""
    best, weight = "zh", 0.0
    for part in accept[:200].split(","):
        found = _PREFERENCE.fullmatch(part)
        q = float(found.group(2) or 1) if found else 0.0
        if found and q > weight and found.group(1).lower() in {"zh", "en"}:
            best, weight = found.group(1).lower(), q
    return best


def problem(error: HuichengError, language: str, *, etsi: bool = False) -> dict[str, Any]:
    """The members of a problem. ``etsi`` takes its type from NGSI-LD's list."""
    fields = sentence(language, error.problem, error.remedy, error.details)
    shown = {"type": _type(error, etsi=etsi), "status": status_of(error, etsi=etsi), "code": error.slug, **fields}
    if isinstance(error, Rejected) and len(error.flaws) > 1:
        shown["flaws"] = [_flaw(one, language) for one in error.flaws]
    return shown | ({"place": error.place} if error.place else {})


def _flaw(flaw: Problem, language: str) -> dict[str, Any]:
    return {"place": flaw.place, **sentence(language, flaw.problem, flaw.remedy, flaw.details)}


def answer(error: HuichengError, language: str, *, etsi: bool = False) -> Answer:
    """The whole answer."""
    extra = ((b"www-authenticate", b'Bearer realm="huicheng"'),) if error.status == 401 else ()
    body = msgspec.json.encode(problem(error, language, etsi=etsi))
    return Answer(status_of(error, etsi=etsi), body, (MEDIA, (b"content-language", language.encode()), *extra))


def status_of(error: HuichengError, *, etsi: bool) -> int:
    """What HTTP says of it; in NGSI-LD as that standard has it."""
    return _ETSI_STATUS.get(_ETSI_BY_SLUG.get(error.slug, ""), error.status) if etsi else error.status


def unforeseen(error: BaseException) -> Internal:
    """A fault of ours: the log gets the whole of it, the client a number to ask with."""
    number = uuid4().hex[:8]
    _log.error("unforeseen fault %s", number, exc_info=error)
    return Internal(number=number)


def _type(error: HuichengError, *, etsi: bool) -> str:
    if not etsi:
        return f"urn:huicheng:error:{error.slug}"
    name = _ETSI_BY_SLUG.get(error.slug) or _ETSI_BY_STATUS.get(error.status)
    return f"{_ETSI}{name}" if name else "about:blank"
