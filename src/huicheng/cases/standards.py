"""Standards: which limit and which conditions hold for a category on a day, who changed them when, and why.

The packs' categories are version 0. A steward adds versions; of those whose first day has come the newest
holds. A case keeps the limit and the number of the version under which it was filed. Limits of stages are
versions in the same way, under the name ``stage:<key>``; those hold that held when the case was filed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import msgspec
from django.db import IntegrityError, transaction

from huicheng.access import Subject
from huicheng.accounts.guards import audit
from huicheng.cases.kinds import category_of, kind_of, kinds
from huicheng.cases.models import Standard
from huicheng.cases.times import calendar, case_now, wall
from huicheng.city import Instant, from_micros
from huicheng.errors import HuichengError, NotFound
from huicheng.packs import Category, ClockLimit, Text

RESOURCE = "standard"
#: Before the key of a stage, where a category stands otherwise.
STAGE = "stage:"


class NoStandard(HuichengError):
    """Problem: no standard holds for the category on that day. Remedy: a data steward enters one."""

    status = 409
    slug = "no-standard"
    problem = "There is no standard for “%(category)s” on %(day)s, so no such case can be filed."
    remedy = "Choose another category, or ask a data steward to enter one under Standards."


class StandardChanged(HuichengError):
    """Problem: somebody else has changed this standard in the meantime. Remedy: look again, then decide."""

    status = 409
    slug = "standard-changed"
    problem = "Somebody has made version %(version)s of this standard in the meantime."
    remedy = "Look at it as it is now, and decide again."


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version, with what it says."""

    version: int
    #: ``None``: there is no standard from then on.
    limit: ClockLimit | None
    files_when: Text = {}
    closes_when: Text = {}
    #: ``None`` for the pack's: since ever, unless the pack gives a day.
    valid_from: date | None = None
    #: Subject, "" for the pack; wall time.
    changed_by: str = ""
    changed_at: Instant = 0
    why: str = ""


class InForce(msgspec.Struct, frozen=True, kw_only=True):
    """What a case is filed under."""

    limit: ClockLimit
    version: int


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list of standards."""

    kind: str
    category: str
    condition: str
    declared: Category
    #: ``None`` where none holds today.
    now: Version | None
    #: The version that comes after today, where one is entered.
    next: Version | None


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A change that a steward wants."""

    limit: ClockLimit | None
    files_when: Text
    closes_when: Text
    valid_from: date
    why: str
    #: The newest version that the steward has seen.
    after: int


def limit_of_category(kind: str, category: str, condition: str, at: Instant) -> InForce:
    """The limit that holds at that instant of the case clock. ``NoStandard``; ``NotFound`` for what is not declared."""
    day = _day(at)
    found = _holding(_versions(kind, category, condition), day)
    if found is None or found.limit is None:
        raise NoStandard(category=f"{kind} {category} {condition}".strip(), day=day.isoformat())
    return InForce(limit=found.limit, version=found.version)


class StageLimit(msgspec.Struct, frozen=True, kw_only=True):
    """What a stage may take, by which version; without a limit its clock says nothing."""

    limit: ClockLimit | None
    version: int


def limit_of_stage(kind: str, stage: str, filed_at: Instant) -> StageLimit:
    """The limit of a stage for a case that was filed then (case clock)."""
    if stage not in kind_of(kind).stages:
        return StageLimit(limit=None, version=0)
    found = _holding(_versions(kind, f"{STAGE}{stage}", ""), _day(filed_at))
    return StageLimit(limit=None, version=0) if found is None else StageLimit(limit=found.limit, version=found.version)


def stages_of(kind: str) -> dict[str, Version]:
    """Stage → the version that holds today, in the kind's order."""
    found = {stage: _holding(_versions(kind, f"{STAGE}{stage}", ""), today()) for stage in kind_of(kind).stages}
    return {stage: version for stage, version in found.items() if version is not None}


def history_of(kind: str, category: str, condition: str) -> list[Version]:
    """Every version, the newest first; the last is what the pack says. ``NotFound``."""
    return _versions(kind, category, condition)


def listing() -> list[Line]:
    """Every standard of every kind, in the packs' order: one line for each filing condition."""
    held: dict[tuple[str, str, str], list[Version]] = {}
    for row in Standard.objects.order_by("-version"):
        held.setdefault((row.kind, row.category, row.condition), []).append(_read(row))
    today = _day(case_now())
    return [_line(key, declared, held.get(key, []), today) for key, declared in _keys()]


def change(kind: str, category: str, condition: str, draft: Draft, by: Subject) -> Version:
    """Add a version. ``StandardChanged`` when there is a newer one than the steward saw; ``Invalid`` limits. Audited.

    Whether ``by`` may, and whether the form was filled in, is the caller's question.
    """
    versions = _versions(kind, category, condition)
    newest = versions[0].version
    if newest != draft.after:
        raise StandardChanged(version=newest)
    if draft.limit is not None:
        calendar().total(draft.limit)
    row = _row(kind, category, condition, draft, by)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise StandardChanged(version=draft.after + 1) from None
    facts = {"kind": kind, "category": category, "condition": condition, "version": row.version}
    audit(by, "update", RESOURCE, facts)
    return _read(row)


def today() -> date:
    """The day by the case clock, from which a change may hold."""
    return _day(case_now())


def _day(at: Instant) -> date:
    return from_micros(at).astimezone(calendar().hours.tz).date()


def _versions(kind: str, category: str, condition: str) -> list[Version]:
    first = _delivered(kind, category, condition)
    rows = Standard.objects.filter(kind=kind, category=category, condition=condition).order_by("-version")
    return [*map(_read, rows), first]


def _delivered(kind: str, category: str, condition: str) -> Version:
    if not category.startswith(STAGE):
        return _declared(category_of(kind, category), f"{kind} {category}", condition)
    stage = kind_of(kind).stages.get(category.removeprefix(STAGE))
    if stage is None or condition:
        raise NotFound(what="stage", key=f"{kind} {category.removeprefix(STAGE)} {condition}".strip())
    return Version(version=0, limit=stage.limit)


def _declared(category: Category, name: str, condition: str) -> Version:
    """What the pack says."""
    if not condition:
        return Version(
            version=0, limit=category.limit, files_when=category.files_when, closes_when=category.closes_when
        )
    one = category.conditions.get(condition)
    if one is None:
        raise NotFound(what="filing condition", key=f"{name} {condition}")
    return Version(
        version=0, limit=one.limit, files_when=one.files_when, closes_when=one.closes_when, valid_from=one.valid_from
    )


def _holding(versions: Sequence[Version], day: date) -> Version | None:
    return next((one for one in versions if one.valid_from is None or one.valid_from <= day), None)


def _keys() -> Iterator[tuple[tuple[str, str, str], Category]]:
    for name, kind in kinds().items():
        for key, category in kind.categories.items():
            for condition in category.conditions or ("",):
                yield (name, key, condition), category


def _line(key: tuple[str, str, str], declared: Category, newer: list[Version], today: date) -> Line:
    kind, category, condition = key
    versions = [*newer, _declared(declared, f"{kind} {category}", condition)]
    now, newest = _holding(versions, today), versions[0]
    return Line(
        kind=kind,
        category=category,
        condition=condition,
        declared=declared,
        now=now,
        next=newest if newest is not now else None,
    )


def _row(kind: str, category: str, condition: str, draft: Draft, by: Subject) -> Standard:
    return Standard(
        kind=kind,
        category=category,
        condition=condition,
        version=draft.after + 1,
        limit=None if draft.limit is None else msgspec.to_builtins(draft.limit),
        files_when=dict(draft.files_when),
        closes_when=dict(draft.closes_when),
        valid_from=draft.valid_from,
        changed_by=by.id,
        changed_at=wall(),
        why=draft.why,
    )


def _read(row: Standard) -> Version:
    return Version(
        version=row.version,
        limit=None if row.limit is None else msgspec.convert(row.limit, ClockLimit),
        files_when=row.files_when,
        closes_when=row.closes_when,
        valid_from=row.valid_from,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        why=row.why,
    )
