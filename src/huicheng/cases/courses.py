"""Courses that packs bring along: acts by role, on a case of an installation made for them, and what came of each.

Each course is one transaction that is rolled back, so that courses do not meet.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from io import BytesIO
from typing import Any

from django.db import transaction
from PIL import Image

from huicheng.access import Subject
from huicheng.accounts.models import Account, Unit
from huicheng.accounts.roles import LENT, ROLES
from huicheng.accounts.subjects import subject_of
from huicheng.calendar import CaseClock
from huicheng.cases.effects import NO_OFFICERS
from huicheng.cases.engine import PLATFORM, Filing, act, catch_up, open_case
from huicheng.cases.kinds import asked_at_opening, form_of, kind_of
from huicheng.cases.models import Case, Source
from huicheng.city import Attribute, Entity, Instant, from_micros, micros
from huicheng.errors import HuichengError
from huicheng.packs import Act, Course, FormField, Thing
from huicheng.platform import current
from huicheng.rules import Tested
from huicheng.stores import Blocking, Removal, Rows, Transaction, Write

#: A clock that hardly moves while a course runs.
_STILL = 1e-9
_REPORTER = "reporter-of-the-course"
#: Who acts: what comes by itself, and the thing that the case is about.
ITSELF, _DEVICE = "platform", "device"


def run_course(pack: str, course: Course) -> Tested:
    """Take the acts one by one; the first that does not come out as told ends it."""
    with transaction.atomic():
        run = _Run(pack, course)
        differences = list(run.differences())
        transaction.set_rollback(True)
    return Tested(rule=f"{pack}/{course.kind}", name=course.name, differences=differences)


class _Run:
    def __init__(self, pack: str, course: Course) -> None:
        self.course = course
        self.people: dict[str, Subject] = {}
        self.at = micros(course.opens)
        _set_clock(self.at)
        _put(course.things)
        self.cases = {name: self._opened(ref.kind, ref.category) for name, ref in course.beside.items()}
        self.cases["case"] = self._opened(f"{pack}/{course.kind}", course.category, course)

    def _opened(self, kind: str, category: str, course: Course | None = None) -> int:
        fields = asked_at_opening(kind, category)
        form = course.opening if course else {}
        filing = Filing(
            kind=kind,
            category=category,
            source=str(Source.DESK),
            title="course",
            place=(109.19, 27.72),
            reporter=_REPORTER,
            owner_unit=course.unit if course else "",
            entity_ref=course.about if course else "",
            form={name: value for name, value in form.items() if name in fields},
        )
        return int(open_case(filing, self._person(course.by) if course and course.by else PLATFORM).pk)

    def differences(self) -> Iterator[str]:
        """What differs, a sentence each, up to the first act that went wrong."""
        yield from self._compare_due("opening", self.course.due, self._case("case"))
        for number, one in enumerate(self.course.acts, start=1):
            found = list(self._take(f"{number}. {one.by} {one.does}", one))
            yield from found
            if found:
                return

    def _take(self, words: str, one: Act) -> Iterator[str]:
        self.at = micros(one.at) if one.at else self.at
        _set_clock(self.at)
        case = self._case(one.on)
        if one.by == ITSELF:
            yield from self._await(words, one, case)
            return
        try:
            form, photographs = self._form(case, one)
            actor = _device(case) if one.by == _DEVICE else self._person(one.by)
            case = act(case.pk, one.does, actor, form, expected_version=case.version, photographs=photographs)
        except HuichengError as error:
            if error.slug != one.refused:
                yield f"{words}: {error.slug}: {error} {getattr(error, 'details', '')}"
            return
        if one.refused:
            yield f"{words}: should meet {one.refused}, and was done."
        yield from self._compare(words, one, case)

    def _await(self, words: str, one: Act, case: Case) -> Iterator[str]:
        """What comes by itself until then."""
        before = case.version
        catch_up(case, self.at)
        if not case.events.filter(seq__gt=before, action=one.does).exists():
            yield f"{words}: did not come."
        yield from self._compare(words, one, case)

    def _compare(self, words: str, one: Act, case: Case) -> Iterator[str]:
        said: dict[str, tuple[Any, Any]] = {
            "state": (one.state or None, case.state),
            "unit": (one.unit or None, case.handling_unit),
            "in_time": (one.in_time, case.in_time),
            "marks": (None if one.marks is None else sorted(one.marks), sorted(set(case.marks) - {NO_OFFICERS})),
        }
        for what, (wanted, came) in said.items():
            if wanted is not None and wanted != came:
                yield f"{words}: {what} should be {wanted}; it is {came}."
        yield from self._compare_due(words, one.due, case)

    def _compare_due(self, words: str, wanted: datetime | None, case: Case) -> Iterator[str]:
        if wanted is not None and (case.due_at is None or abs(micros(wanted) - case.due_at) > 1_000_000):
            came = None if case.due_at is None else from_micros(case.due_at).astimezone(wanted.tzinfo)
            yield f"{words}: due should be {wanted}; it is {came}."

    def _case(self, name: str) -> Case:
        if name.startswith("part-"):
            parts = Case.objects.filter(parent=self.cases["case"]).order_by("id")
            return parts[int(name.removeprefix("part-")) - 1]
        return Case.objects.get(pk=self.cases[name])

    def _form(self, case: Case, one: Act) -> tuple[dict[str, Any], dict[str, list[bytes]]]:
        fields = form_of(case.kind, case.category, one.does) if one.does in kind_of(case.kind).transitions else {}
        photographs = {
            name: [_photograph()] * int(value)
            for name, value in one.answers.items()
            if name in fields and fields[name].kind == "photo"
        }
        form = {
            name: self._answer(fields.get(name), value)
            for name, value in one.answers.items()
            if name not in photographs
        }
        return form, photographs

    def _answer(self, field: FormField | None, value: Any) -> Any:
        if field is not None and field.kind == "person":
            return self._person(str(value).removeprefix("@")).id
        if isinstance(value, str) and value.startswith("@"):
            return self._case(value.removeprefix("@")).number
        return value

    def _person(self, name: str) -> Subject:
        if name not in self.people:
            self.people[name] = _made(name)
        return self.people[name]


def _made(name: str) -> Subject:
    """The subject of an account made for the course; a lent role is borne by the reporter."""
    role, _, unit = name.partition("/")[0].partition("@")
    if role in LENT:
        return Subject(id=_REPORTER, roles=(role,))
    account = Account(username=f"course {name}", display_name=name, roles=[role])
    account.unit = Unit.objects.filter(code=unit or ROLES[role].demo_unit).first()
    account.set_unusable_password()
    account.save()
    return subject_of(account)


def _device(case: Case) -> Subject:
    return Subject(id=case.device_ref or case.entity_ref, roles=(_DEVICE,))


def _put(things: Mapping[str, Thing]) -> None:
    """The entities of a course, in the city of the installation."""
    writes: list[Write | Removal] = [
        Write(entity=Entity(id=key, type=one.type, attributes={name: _held(v) for name, v in one.attributes.items()}))
        for key, one in things.items()
    ]
    if writes:
        Blocking(current().store).commit(Transaction(writes=writes))


def _held(value: str | float | bool) -> Attribute:  # noqa: FBT001 - a value, whatever its type
    if isinstance(value, str) and value.startswith("urn:"):
        return Attribute(type="Relationship", object=value)
    return Attribute(type="Property", value=value)


def _photograph() -> bytes:
    held = BytesIO()
    Image.new("RGB", (8, 8), "grey").save(held, "PNG")
    return held.getvalue()


def _set_clock(at: Instant) -> None:
    """Let the installation's clock stand at ``at``."""
    clock = CaseClock(kind="replay", anchor_event=at, anchor_wall=time.time_ns() // 1000, speed=_STILL)
    rows = [Rows(statement="clock.put", parameters=[clock.row()])]
    Blocking(current().store).commit(Transaction(rows=rows))
