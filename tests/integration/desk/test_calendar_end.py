"""The calendar's end is told months ahead, and a year that is entered moves what rested on its absence (W4.1)."""

from __future__ import annotations

import pytest
from desk_visitors import Visit
from people import HOUR, Town

from huicheng.cases.engine import PLATFORM, Filing, open_case
from huicheng.cases.models import Case
from huicheng.cases.watch import ClockWatcher
from huicheng.city import parse_instant

AUGUST, NOVEMBER = (parse_instant(f"2026-{month}-20T09:00:00+08:00") for month in ("08", "11"))
WARNS = "The working calendar is known until 2026-12-31 only."


@pytest.mark.parametrize("role", ["steward", "leader", "chief", "system-admin"])
def test_those_who_can_see_to_it_are_warned_in_the_last_quarter(town: Town, visit: Visit, role: str) -> None:
    client = visit(town.account(role))
    address = "/admin/" if role == "system-admin" else "/desk/rules/"
    town.set_clock(AUGUST)
    assert WARNS not in client.get(address).content.decode()
    town.set_clock(NOVEMBER)
    assert WARNS in client.get(address).content.decode()


def test_others_are_not_bothered(town: Town, visit: Visit) -> None:
    town.set_clock(NOVEMBER)
    assert WARNS not in visit(town.account("handler", "eeb")).get("/desk/rules/").content.decode()


def test_a_due_time_after_the_years_end_says_that_it_is_assumed(town: Town) -> None:
    opened = parse_instant("2026-12-31T16:00:00+08:00")
    town.set_clock(opened)
    case = filed()
    assert (case.due_at is not None and case.due_at > parse_instant("2027-01-01T00:00:00+08:00")) is True
    assert case.due_assumed is True


def test_a_year_that_is_entered_moves_due_times_and_the_history_says_so(town: Town, visit: Visit) -> None:
    opened = parse_instant("2026-12-31T16:00:00+08:00")
    town.set_clock(opened)
    case = filed()
    before = case.due_at
    administrator = visit(town.account("system-admin"))
    answer = administrator.post("/admin/", {"do": "year", "year": "2027"})
    assert answer.status_code == 200  # none of its days is entered yet
    administrator.post("/admin/", {"day": "2027-01-01", "working": "0", "name": "元旦"})
    assert administrator.post("/admin/", {"do": "year", "year": "2027"}).status_code == 302
    town.set_clock(opened + HOUR)
    ClockWatcher(town.platform).step()
    case.refresh_from_db()
    assert (case.due_assumed, case.due_at > before) == (False, True)
    assert case.events.latest("seq").action == "due-moved"


def filed() -> Case:
    return open_case(Filing(kind="environment/event", category="smoke", source="desk", title="t"), PLATFORM)
