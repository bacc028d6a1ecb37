"""The append-only history of a case, chained by digests so that tampering shows.

Triggers refuse changes by whatever code runs (sql/append_only.sql); the chain shows those made by
somebody who has the file itself.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

from huicheng.cases.models import Case, CaseEvent

_encode = msgspec.json.Encoder(order="sorted").encode

_CHAINED = (
    "seq",
    "at",
    "received",
    "action",
    "from_state",
    "to_state",
    "actor",
    "actor_unit",
    "form",
    "attachments",
    "previous",
)


def append(case: Case, **facts: Any) -> CaseEvent:
    """Write the event whose ``seq`` is the case's version. Call it in the transaction that changed the case."""
    last = CaseEvent.objects.filter(case=case).order_by("-seq").first()
    event = CaseEvent(case=case, seq=case.version, previous=last.digest if last else "", **facts)
    event.digest = digest(case.number, event)
    event.save(force_insert=True)
    return event


def digest(number: str, event: CaseEvent) -> str:
    """SHA-256 over the case's number, the digest before, and what the event says."""
    return sha256(_encode([number, *(getattr(event, name) for name in _CHAINED)])).hexdigest()


def first_break(case: Case) -> int | None:
    """The first ``seq`` at which the history is not what was written; ``None`` when all of it is."""
    previous, seq = "", 0
    for seq, event in enumerate(case.events.order_by("seq"), start=1):
        if (event.seq, event.previous, event.digest) != (seq, previous, digest(case.number, event)):
            return seq
        previous = event.digest
    return None if seq == case.version else seq + 1
