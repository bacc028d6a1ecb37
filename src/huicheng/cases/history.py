"""The append-only history of a case, chained by digests so that tampering shows.

Triggers refuse changes by whatever code runs (``append_only.sql``); the chain shows those made by
somebody who has the file itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from itertools import groupby
from math import isfinite
from operator import attrgetter
from sys import float_info
from typing import Any

import msgspec

from huicheng.cases.models import Case, CaseEvent

_encode = msgspec.json.Encoder(order="sorted").encode

#: Events that are held in memory while all are looked at.
_AT_ONCE = 2_000

#: From here on JSON writes a float with an exponent, and PostgreSQL's ``jsonb`` takes that away.
_ALL_DIGITS = 1e16

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
    before = CaseEvent.objects.filter(case=case).order_by("-seq").values_list("digest", flat=True)
    previous = "" if case.version == 1 else before[0]
    event = CaseEvent(case=case, seq=case.version, previous=previous, **facts)
    event.form = alike(event.form)
    event.digest = digest(case.number, event)
    event.save(force_insert=True)
    return event


def digest(number: str, event: CaseEvent, form: Any = None) -> str:
    """SHA-256 over the case's number, the digest before, and what the event says; ``form`` instead of its own."""
    said = {name: getattr(event, name) for name in _CHAINED} | ({} if form is None else {"form": form})
    return sha256(_encode([number, *said.values()])).hexdigest()


def _holds(number: str, event: CaseEvent) -> bool:
    return event.digest == digest(number, event) or event.digest == digest(number, event, _as_read_once(event.form))


def alike(form: Any) -> Any:
    """The form as every engine gives it back: PostgreSQL writes whole numbers with all digits, and zero has no sign."""
    if isinstance(form, dict):
        return {name: alike(one) for name, one in form.items()}
    if isinstance(form, list):
        return [alike(one) for one in form]
    if not isinstance(form, float) or not isfinite(form) or 0 < abs(form) < _ALL_DIGITS:
        return form
    return int(form) if form else 0.0


def _as_read_once(form: Any) -> Any:
    """The form with 1e22 as it came: events from before :func:`alike` were hashed so, and their numbers rewritten."""
    if isinstance(form, dict):
        return {name: _as_read_once(one) for name, one in form.items()}
    if isinstance(form, list):
        return [_as_read_once(one) for one in form]
    return float(form) if isinstance(form, int) and _ALL_DIGITS <= abs(form) <= float_info.max else form


def first_break(case: Case) -> int | None:
    """The first ``seq`` at which the history is not what was written; ``None`` when all of it is."""
    return _first_break(case.number, case.version, case.events.order_by("seq"))


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What came of looking at every history."""

    cases: int
    events: int
    #: Number of the case, and the first event that is not as it was written.
    broken: list[tuple[str, int]]


def check_all() -> Checked:
    """Look at every history of the installation, event by event; it may be running."""
    cases = events = 0
    broken: list[tuple[str, int]] = []
    rows = CaseEvent.objects.select_related("case").order_by("case_id", "seq").iterator(_AT_ONCE)
    for _pk, group in groupby(rows, key=attrgetter("case_id")):
        history = list(group)
        case = history[0].case
        found = _first_break(case.number, case.version, history)
        cases, events = cases + 1, events + len(history)
        broken += [] if found is None else [(case.number, found)]
    bare = Case.objects.filter(events=None).values_list("number", flat=True)
    broken += [(number, 1) for number in bare]
    return Checked(cases=cases + len(bare), events=events, broken=broken)


def _first_break(number: str, version: int, events: Iterable[CaseEvent]) -> int | None:
    previous, seq = "", 0
    for seq, event in enumerate(events, start=1):
        if (event.seq, event.previous) != (seq, previous) or not _holds(number, event):
            return seq
        previous = event.digest
    return None if seq == version else seq + 1
