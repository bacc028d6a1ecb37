"""How far an officer reaches: the units below one's own, one's divisions, and those one deputises for (N2, W4.1)."""

from __future__ import annotations

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from people import Town

from huicheng.access import Subject
from huicheng.accounts.absences import AbsenceRefused, declare, end
from huicheng.accounts.models import Absence, Account, Unit
from huicheng.accounts.subjects import ANONYMOUS, subject_of
from huicheng.accounts.units import line_above, units_below

pytestmark = pytest.mark.usefixtures("town")

HOUR = 3_600_000_000


def now() -> int:
    return time.time_ns() // 1000


def report_to(lower: str, upper: str | None) -> None:
    Unit.objects.filter(code=lower).update(parent=upper)


@pytest.fixture
def line(town: Town) -> None:  # noqa: ARG001 - it must be there first
    """The reporting line eeb → oc → dsb, and ucm → oc; nobody else reports to anybody."""
    Unit.objects.update(parent=None)
    report_to("eeb", "oc")
    report_to("ucm", "oc")
    report_to("oc", "dsb")
    report_to("dsb", None)


def account(subject: Subject) -> Account:
    return Account.objects.get(subject=subject.id)


def again(subject: Subject) -> Subject:
    return subject_of(account(subject))


def away(absent: Subject, deputy: Subject, start: int = -HOUR, until: int = HOUR) -> Absence:
    """Entered as it was then: the table, so that absences of the past can be made."""
    return Absence.objects.create(
        account=account(absent),
        deputy=account(deputy),
        start=now() + start,
        until=now() + until,
        made_by="x",
        made_at=0,
    )


@pytest.mark.usefixtures("line")
def test_a_unit_reaches_itself_and_all_below_it(town: Town) -> None:
    assert town.account("leader", "oc").units == ("eeb", "oc", "ucm")
    assert town.account("handler", "eeb").units == ("eeb",)
    assert town.account("leader").units == ()
    assert line_above("eeb") == ("oc", "dsb")
    assert line_above("dsb") == line_above("nowhere") == ()


@pytest.mark.usefixtures("line")
def test_units_that_report_to_each_other_in_a_circle_come_to_an_end() -> None:
    report_to("dsb", "eeb")
    assert units_below("oc") == ("dsb", "eeb", "oc", "ucm")
    assert set(line_above("oc")) == {"dsb", "eeb", "oc"}


def test_an_area_is_a_division_with_all_that_lies_in_it(town: Town) -> None:
    collector = town.account("collector", "oc")
    assert "520602" in collector.divisions
    assert len(collector.divisions) == len(town.platform.divisions)
    Account.objects.filter(subject=collector.id).update(area="520602002")
    within = again(collector).divisions
    assert within[0] == "520602002"
    assert len(within) > 1
    assert all(code.startswith("520602002") for code in within)


def test_nobody_and_who_belongs_to_no_unit_work_nowhere(town: Town) -> None:
    assert ANONYMOUS.divisions == town.account("citizen").divisions == ()


def test_a_deputy_stands_for_the_absent_person_while_the_absence_lasts(town: Town) -> None:
    absent, deputy = town.account("handler", "eeb"), town.account("handler", "ucm")
    away(absent, deputy)
    assert [one.id for one in again(deputy).deputises] == [absent.id]
    assert again(absent).deputises == ()


@pytest.mark.parametrize(("start", "until"), [(-2 * HOUR, -HOUR), (HOUR, 2 * HOUR)])
def test_an_absence_that_is_over_or_has_not_begun_gives_nothing(town: Town, start: int, until: int) -> None:
    absent, deputy = town.account("handler", "eeb"), town.account("handler", "ucm")
    away(absent, deputy, start, until)
    assert again(deputy).deputises == ()


def test_who_was_shut_down_lends_nothing(town: Town) -> None:
    absent, deputy = town.account("handler", "eeb"), town.account("handler", "ucm")
    away(absent, deputy)
    Account.objects.filter(subject=absent.id).update(is_active=False)
    assert again(deputy).deputises == ()


def test_an_absence_can_be_ended_early(town: Town) -> None:
    absent, deputy = town.account("handler", "eeb"), town.account("handler", "ucm")
    made = declare(
        account=account(absent), deputy=account(deputy), start=now() - 1, until=now() + HOUR, reason="", by=absent
    )
    assert again(deputy).deputises
    end(made, absent)
    assert not again(deputy).deputises


def refused(absent: Subject, deputy: Subject, start: int = 0, until: int = HOUR) -> str:
    with pytest.raises(AbsenceRefused) as found:
        declare(
            account=account(absent),
            deputy=account(deputy),
            start=now() + start,
            until=now() + until,
            reason="",
            by=absent,
        )
    return str(found.value)


def test_a_foolish_absence_is_refused_with_its_reason(town: Town) -> None:
    one, other = town.account("handler", "eeb"), town.account("handler", "ucm")
    assert "for themselves" in refused(one, one)
    assert "end after" in refused(one, other, 2 * HOUR, HOUR)
    assert "in the past" in refused(one, other, -2 * HOUR, -HOUR)
    assert "longer than a year" in refused(one, other, 0, 367 * 24 * HOUR)
    away(one, other)
    assert "already" in refused(one, other)


def test_the_three_administrators_stay_apart_also_by_deputies(town: Town) -> None:
    security, audits = town.account("security-admin", "dsb"), town.account("audit-admin", "dsb")
    assert "of the same sort" in refused(security, audits)
    assert "of the same sort" in refused(town.account("handler", "eeb"), security)


def test_who_enters_an_absence_for_somebody_does_not_become_the_deputy(town: Town) -> None:
    one, system = town.account("system-admin", "dsb"), town.account("system-admin", "dsb")
    with pytest.raises(AbsenceRefused, match="cannot be the deputy"):
        declare(account=account(one), deputy=account(system), start=now(), until=now() + HOUR, reason="", by=system)


def test_a_subject_costs_two_short_questions(town: Town) -> None:
    someone = account(town.account("handler", "eeb"))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        subject_of(someone)
    assert len(asked) == 2
