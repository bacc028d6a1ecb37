"""Counting an evaluation table, keeping it as a run, and opening a figure to its rows (N4).

question_of(key, period, by=..., filters=...) -> Question
count(question, at) -> Counted            # now, not kept
keep(counted, because) -> EvaluationRun   # the same facts give the same run
opened(run) -> Counted                    # as it was counted, with the formulas of then
behind(counted, Figure(measure=..., key=...), limit=...) -> list[Member]
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from huicheng.city import Instant, from_micros
from huicheng.errors import Invalid, NotFound
from huicheng.expressions import Dialect
from huicheng.indicators.declared import Declared, kinds, scheme_of
from huicheng.indicators.models import Adjustment, ConsumerPosition, EvaluationRun, Formulas
from huicheng.indicators.periods import Period
from huicheng.indicators.statement import Columns, Figure, Question, members, table
from huicheng.indicators.tables import Cell, Table
from huicheng.packs import BREAKDOWNS, Scheme, Subject

#: Whose position in the feed the facts stand at.
CONSUMER = "facts"
_DIALECTS: dict[str, Dialect] = {"sqlite": "sqlite", "postgresql": "postgres"}
_encode = msgspec.json.Encoder(order="sorted").encode


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """A table with all that it rests on."""

    question: Question
    table: Table
    #: Position of the feed of the facts.
    seq: int
    #: By the case clock.
    at: Instant

    @property
    def digest(self) -> str:
        """SHA-256 over scheme, formulas, period, part and counts."""
        asked = self.question
        told = [asked.declared.key, formulas_digest(asked.declared.scheme), asked.period.start, asked.period.end]
        return sha256(_encode([*told, asked.by, asked.filters, self.table])).hexdigest()

    @property
    def id(self) -> str:
        """What it is, or would be, kept under."""
        return self.digest[:32]


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One row behind a figure."""

    #: The case.
    number: str
    #: It is in the numerator of a rate; true of every row of other measures.
    counts: bool
    #: With ``over: act``: what was done, by whom, when.
    action: str = ""
    actor: str = ""
    at: Instant | None = None


def formulas_digest(scheme: Scheme) -> str:
    """SHA-256 of the scheme as it is declared."""
    return sha256(_encode(scheme)).hexdigest()


def question_of(
    key: str, period: Period, *, by: str = "", filters: Mapping[str, str] | None = None, adjusted: int | None = None
) -> Question:
    """A table of a scheme by its name; ``NotFound``, ``Invalid``. Empty filters hold nothing back."""
    declared = scheme_of(key)
    given = {name: value for name, value in (filters or {}).items() if value}
    subject = by or declared.scheme.subject
    if subject != declared.scheme.subject and subject not in BREAKDOWNS:
        raise Invalid(place="by", why="A table cannot be broken down by “%(subject)s”.", subject=subject)
    for name in given:
        if name not in BREAKDOWNS:
            raise Invalid(place=name, why="A table cannot be narrowed by “%(name)s”.", name=name)
    return _with_adjustments(
        Question(declared=declared, period=period, by=_subject(subject), filters=given), adjusted=adjusted
    )


def _subject(name: str) -> Subject:
    subject: Subject = msgspec.convert(name, Subject)
    return subject


def _with_adjustments(question: Question, adjusted: int | None) -> Question:
    held = Adjustment.objects.filter(scheme=question.declared.key)
    if adjusted is not None:
        held = held.filter(pk__lte=adjusted)
    found = list(held.values_list("pk", "measure"))
    return msgspec.structs.replace(
        question, adjusted=max((pk for pk, _ in found), default=0), contested=frozenset(name for _, name in found)
    )


def count(question: Question, at: Instant) -> Counted:
    """Count it now; ``at`` by the case clock."""
    statement, places = table(question, _DIALECTS[connection.vendor])
    # One transaction, so that the position is that of the facts.
    with transaction.atomic(), connection.cursor() as cursor:
        seq = position()
        cursor.execute(statement)
        rows = cursor.fetchall()
    return Counted(question=question, table=_table(rows, places), seq=seq, at=at)


def _table(rows: list[tuple[Any, ...]], places: Mapping[str, Columns]) -> Table:
    found = {
        row[0] or "": {name: _cell(row, columns) for name, columns in places.items()}
        for row in sorted(rows, key=lambda row: row[0] or "")
    }
    return Table(rows=found, footprint=(sum(row[1] for row in rows), sum(int(row[2] or 0) for row in rows)))


def _cell(row: tuple[Any, ...], columns: Columns) -> Cell:
    return Cell(
        n=row[columns.n],
        of=None if columns.of is None else row[columns.of],
        sum=None if columns.sum is None else float(row[columns.sum] or 0.0),
    )


def position() -> int:
    """How far the facts have followed the feed."""
    row = ConsumerPosition.objects.filter(consumer=CONSUMER).first()
    return row.seq if row else 0


# -- runs


def keep(counted: Counted, because: str, before: EvaluationRun | None = None) -> EvaluationRun:
    """Store it. What was counted before with the same outcome is the same run, and stays as it was."""
    asked, scheme = counted.question, counted.question.declared.scheme
    body = msgspec.json.encode(scheme).decode()
    with transaction.atomic():
        formulas, _ = Formulas.objects.get_or_create(digest=formulas_digest(scheme), defaults={"body": body})
        run, _ = EvaluationRun.objects.get_or_create(
            id=counted.id,
            defaults={
                "scheme": asked.declared.key,
                "version": scheme.version,
                "formulas": formulas,
                "period": asked.period.label,
                "period_start": asked.period.start,
                "period_end": asked.period.end,
                "by": asked.by,
                "filters": dict(asked.filters),
                "seq": counted.seq,
                "adjusted": asked.adjusted,
                "counted_at": counted.at,
                "table": msgspec.to_builtins(counted.table),
                "digest": counted.digest,
                "because": because,
                "before": before,
            },
        )
    return run


def run_of(id: str) -> EvaluationRun:
    """One kept run; ``NotFound``."""
    found = EvaluationRun.objects.filter(pk=id).first()
    if found is None:
        raise NotFound(what="run", key=id)
    return found


def scheme_as_it_was(run: EvaluationRun) -> Scheme:
    """The formulas by which a run was counted."""
    return msgspec.json.decode(run.formulas.body, type=Scheme)


def opened(run: EvaluationRun) -> Counted:
    """A kept run as it was counted: its formulas and its facts, not those of today."""
    scheme = scheme_as_it_was(run)
    kind = run.scheme.rpartition("/")[0]
    known = kinds()
    declared = Declared(
        key=run.scheme, scheme=scheme, kinds={one: known[one] for one in scheme.kinds or [kind] if one in known}
    )
    period = Period(
        label=run.period, start=run.period_start, end=run.period_end, first_day=_first_day(run.period_start)
    )
    asked = Question(declared=declared, period=period, by=_subject(run.by), filters=run.filters, seq=run.seq)
    question = _with_adjustments(asked, adjusted=run.adjusted)
    return Counted(question=question, table=msgspec.convert(run.table, Table), seq=run.seq, at=run.counted_at)


def _first_day(start: Instant) -> date:
    return from_micros(start).astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def newest(key: str, period: Period) -> EvaluationRun | None:
    """The newest kept run of a scheme's whole table over a period."""
    return _whole(key).filter(period_start=period.start, period_end=period.end).first()


def kept(key: str) -> list[EvaluationRun]:
    """Every kept run of a scheme's whole table, newest period first."""
    return list(_whole(key))


def _whole(key: str) -> QuerySet[EvaluationRun]:
    return EvaluationRun.objects.filter(scheme=key, filters={}, by=scheme_of(key).scheme.subject)


# -- rows


def behind(counted: Counted, figure: Figure, *, limit: int, offset: int = 0) -> list[Member]:
    """The rows behind one figure, in order of time or number; ``NotFound`` for a measure that is none."""
    if figure.measure not in counted.question.declared.scheme.measures:
        raise NotFound(what="measure", key=figure.measure)
    statement = members(counted.question, figure, _DIALECTS[connection.vendor], limit=limit, offset=offset)
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows = cursor.fetchall()
    names = ("number", "counts", "action", "actor", "at")
    return [Member(**{**dict(zip(names, row, strict=False)), "counts": bool(row[1])}) for row in rows]
