"""Photographs of strangers, in two steps (decision 5): acknowledged when they are on the disk, shown when checked.

A report is acknowledged when its bytes are synced under a random name that no page can reach. The
worker checks each, draws it anew without metadata, and only then attaches it. What is no picture
is thrown away, and the case's history says so.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import groupby

import msgspec
from django.db import models, transaction

from huicheng.cases.engine import note
from huicheng.cases.models import Case, IncomingPhotograph, Outcome
from huicheng.cases.times import case_now
from huicheng.errors import NotFound
from huicheng.files import Attachment, Attachments, Incoming, NotAnImage, TooLarge
from huicheng.platform import Platform, current

KEPT, REFUSED = "photograph-kept", "photograph-refused"
#: Reason of what was not there any more when it was to be checked.
LOST = "lost"
#: Looked at in one step, and at one time: decoding takes memory.
_BATCH, _AT_ONCE = 8, 2
#: Seconds after which what no row knows is taken for a leftover of a report that was not filed.
_LEFT_OVER = 3_600.0


@contextmanager
def laid_aside(photographs: Iterable[bytes]) -> Iterator[list[str]]:
    """Names of the photographs, synced; gone again when what follows fails. ``TooLarge``, ``NotAnImage``."""
    incoming = Incoming(current().data)
    names: list[str] = []
    try:
        for one in photographs:
            names.append(incoming.put(one))  # noqa: PERF401 - those before a refused one must be known
        yield names
    except BaseException:
        for name in names:
            incoming.discard(name)
        raise


def hand_in(case: Case, names: Iterable[str]) -> None:
    """Say that they came with the case's last event. Call it in the transaction that wrote that."""
    IncomingPhotograph.objects.bulk_create(
        IncomingPhotograph(case=case, event_seq=case.version, name=name) for name in names
    )


class _Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at one photograph has shown."""

    row: IncomingPhotograph
    #: ``None`` when it was refused, with the reason.
    attachment: Attachment | None = None
    reason: str = ""


class PhotographIntake:
    """Checks what has come in, oldest first. A step that died is done again and changes nothing twice."""

    def __init__(self, platform: Platform) -> None:
        self._incoming = Incoming(platform.data)
        self._attachments = Attachments(platform.data / "files")
        self._pool = ThreadPoolExecutor(_AT_ONCE, "photographs")
        #: When leftovers were last looked for, in seconds of a clock that only runs on.
        self._swept = float("-inf")

    def step(self) -> bool:
        """Take some; True when there were any."""
        if time.monotonic() - self._swept >= _LEFT_OVER:
            self._sweep()
        rows = list(_waiting().order_by("case_id", "event_seq", "id")[:_BATCH])
        checked = list(self._pool.map(self._check, rows))
        for _, group in groupby(checked, lambda one: (one.row.case_id, one.row.event_seq)):
            self._settle(list(group))
        return bool(rows)

    def _check(self, row: IncomingPhotograph) -> _Checked:
        try:
            return _Checked(row=row, attachment=self._attachments.put(self._incoming.read(row.name)))
        except (NotAnImage, TooLarge) as refused:
            return _Checked(row=row, reason=refused.slug)
        except NotFound:
            return _Checked(row=row, reason=LOST)

    def _settle(self, group: Sequence[_Checked]) -> None:
        """One event for what is kept of a report, and one for each reason of what is not."""
        with transaction.atomic():
            case = Case.objects.select_for_update().get(pk=group[0].row.case_id)
            kept = [one.attachment for one in group if one.attachment is not None]
            about = {"of": group[0].row.event_seq}
            if kept:
                note(case, KEPT, case_now(), about, kept)
            for reason in sorted({one.reason for one in group} - {""}):
                count = sum(one.reason == reason for one in group)
                note(case, REFUSED, case_now(), {**about, "reason": reason, "count": count})
            for one in group:
                outcome = Outcome.REFUSED if one.attachment is None else Outcome.KEPT
                IncomingPhotograph.objects.filter(pk=one.row.pk).update(outcome=outcome, reason=one.reason)
        for one in group:
            self._incoming.discard(one.row.name)

    def _sweep(self) -> None:
        """Throw away what nobody waits for: a process died between the bytes and the report, or after the check."""
        awaited = set(_waiting().values_list("name", flat=True))
        for name in self._incoming.older_than(_LEFT_OVER):
            if name not in awaited:
                self._incoming.discard(name)
        self._swept = time.monotonic()


def _waiting() -> models.QuerySet[IncomingPhotograph]:
    return IncomingPhotograph.objects.filter(outcome=Outcome.WAITING)
