"""Standards: versions with a first day, a reason and an author; and what a change would have done (W4.1)."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest
from people import HOUR, MONDAY, Town

from huicheng.access import EVERYTHING, Guard, Subject
from huicheng.cases.engine import PLATFORM, Filing, act, open_case
from huicheng.cases.models import Case, Standard
from huicheng.cases.preview import Asked, last_month, preview
from huicheng.cases.standards import (
    Draft,
    NoStandard,
    StandardChanged,
    change,
    history_of,
    limit_of_category,
    listing,
)
from huicheng.errors import Invalid, NotFound
from huicheng.packs import ClockLimit

pytestmark = pytest.mark.usefixtures("town")

KIND, SMOKE = "environment/event", "smoke"
DAY = 24 * HOUR


@pytest.fixture
def steward(town: Town) -> Subject:
    return town.account("steward", "dsb", "标准管理员")


def limit(value: float, type: Any = "work_hour") -> ClockLimit:
    return ClockLimit(value=value, type=type, source="区政府 2013 年第 3 号文", verified=True)


def draft(held: ClockLimit | None, valid_from: date = date(2013, 3, 4), after: int = 0) -> Draft:
    words = {"zh-hans": "可见烟气", "en": "Smoke is seen"}
    return Draft(limit=held, files_when=words, closes_when=words, valid_from=valid_from, why="试行后收紧", after=after)


def filed(category: str = SMOKE) -> Case:
    return open_case(Filing(kind=KIND, category=category, source="portal", title="烟"), PLATFORM)


def test_without_a_change_the_pack_is_the_standard() -> None:
    assert limit_of_category(KIND, SMOKE, "", MONDAY).version == 0
    case = filed()
    assert (case.limit["value"], case.standard) == (4, 0)


def test_a_change_holds_from_its_first_day_and_a_case_keeps_what_it_was_filed_under(
    town: Town, steward: Subject
) -> None:
    change(KIND, SMOKE, "", draft(limit(2), date(2013, 3, 5)), steward)
    before = filed()
    assert (before.limit["value"], before.standard) == (4, 0)
    town.set_clock(MONDAY + DAY)
    after = filed()
    assert (after.limit["value"], after.standard, after.limit["verified"]) == (2, 1, True)
    before.refresh_from_db()
    assert before.standard == 0


def test_the_newest_of_the_versions_whose_day_has_come_holds(steward: Subject) -> None:
    change(KIND, SMOKE, "", draft(limit(2), date(2013, 3, 10)), steward)
    change(KIND, SMOKE, "", draft(limit(3), date(2013, 3, 6), after=1), steward)
    versions = [limit_of_category(KIND, SMOKE, "", MONDAY + days * DAY).version for days in (0, 2, 9)]
    assert versions == [0, 2, 2]
    assert [one.version for one in history_of(KIND, SMOKE, "")] == [2, 1, 0]


def test_a_category_without_a_standard_is_refused_with_what_to_do(steward: Subject) -> None:
    change(KIND, SMOKE, "", draft(None), steward)
    with pytest.raises(NoStandard) as refused:
        filed()
    assert "smoke" in str(refused.value)
    assert "data steward" in str(refused.value)
    assert not Case.objects.exists()
    assert filed("dust").standard == 0


def test_two_stewards_at_once_one_wins_and_the_other_is_told(steward: Subject) -> None:
    change(KIND, SMOKE, "", draft(limit(2)), steward)
    with pytest.raises(StandardChanged):
        change(KIND, SMOKE, "", draft(limit(3)), steward)
    assert Standard.objects.count() == 1


def test_a_limit_that_is_none_is_refused(steward: Subject) -> None:
    with pytest.raises(Invalid, match="not whole"):
        change(KIND, SMOKE, "", draft(limit(1.5, "work_day")), steward)


def test_what_is_not_declared_has_no_standard(steward: Subject) -> None:
    with pytest.raises(NotFound):
        limit_of_category(KIND, "nothing", "", MONDAY)
    with pytest.raises(NotFound):
        change(KIND, SMOKE, "no-such-condition", draft(limit(1)), steward)


def test_a_change_is_in_the_audit_log_with_its_author(town: Town, steward: Subject) -> None:
    change(KIND, SMOKE, "", draft(limit(2)), steward)
    [row] = [row for row in town.store.rows("audit.after", (0, 100)) if row["resource"] == "standard"]
    assert (row["action"], row["subject"]) == ("update", steward.id)


def test_the_list_shows_what_holds_and_what_comes(steward: Subject) -> None:
    change(KIND, SMOKE, "", draft(limit(2), date(2013, 4, 1)), steward)
    [line] = [one for one in listing() if (one.kind, one.category) == (KIND, SMOKE)]
    assert line.now is not None
    assert line.next is not None
    assert (line.now.version, line.next.version) == (0, 1)


def test_a_case_that_is_classed_anew_gets_the_standard_of_its_new_category(town: Town, steward: Subject) -> None:
    change(KIND, SMOKE, "", draft(limit(2)), steward)
    assert (filed("dust").standard, filed().standard) == (0, 1)
    assert town.platform.packs


# -- preview


def closed(number: str, opened: int, minutes: int, *, in_time: bool, **more: Any) -> Case:
    """A closed case as the table holds it."""
    known: dict[str, Any] = {
        "number": number,
        "kind": KIND,
        "category": SMOKE,
        "state": "closed",
        "stage": "closed",
        "source": "portal",
        "title": number,
        "owner_unit": "eeb",
        "opened_at": opened,
        "clock_from": opened,
        "closed_at": opened + minutes * 60_000_000,
        "in_time": in_time,
        "clock": "stopped",
        "limit": msgspec.to_builtins(limit(4)),
        "pauses": [[opened + minutes * 60_000_000, None]],
    }
    return Case.objects.create(**{**known, **more})


def asked(value: float, type: Any = "work_hour", **more: Any) -> Asked:
    known = {"kind": KIND, "category": SMOKE, "first": date(2013, 3, 1), "last": date(2013, 3, 31)}
    return Asked(limit=limit(value, type), **{**known, **more})


def test_a_draft_is_held_against_the_closed_cases_of_the_period() -> None:
    closed("one", MONDAY, 60, in_time=True)
    closed("two", MONDAY, 150, in_time=True)
    closed("three", MONDAY, 8 * 60, in_time=False)
    closed("dusty", MONDAY, 150, in_time=True, category="dust")
    closed("april", MONDAY + 40 * DAY, 150, in_time=True)
    tighter = preview(asked(2), EVERYTHING)
    assert (tighter.cases, tighter.before, tighter.after, tighter.better, tighter.worse) == (3, 2, 1, 0, 1)
    assert [(one.number, one.minutes, one.in_time) for one in tighter.turned] == [("two", 150, False)]
    looser = preview(asked(8), EVERYTHING)
    assert (looser.after, looser.better, looser.worse) == (3, 1, 0)


def test_a_preview_in_another_measure_is_reckoned_anew() -> None:
    closed("next-day", MONDAY, 30 * 60, in_time=False)
    assert preview(asked(1, "work_day"), EVERYTHING).after == 1
    assert preview(asked(20, "urgent_hour"), EVERYTHING).after == 0


def test_time_in_which_the_clock_stood_does_not_count() -> None:
    closed("paused", MONDAY, 170, in_time=True, pauses=[[MONDAY, MONDAY + HOUR], [MONDAY + 170 * 60_000_000, None]])
    assert preview(asked(2), EVERYTHING).after == 1


def test_a_preview_counts_only_what_the_asker_may_see() -> None:
    closed("one", MONDAY, 60, in_time=True)
    nobody = Guard(subject=Subject(id="x", roles=()), grants={})
    assert preview(asked(2), nobody).cases == 0


def test_a_preview_agrees_with_what_the_engine_decided(town: Town) -> None:
    dispatcher, handler = town.account("dispatcher", "oc"), town.account("handler", "eeb")
    verifier, case = town.account("verifier", "oc"), filed()
    case = act(case.id, "dispatch", dispatcher, {"unit": "eeb"}, expected_version=case.version)
    town.set_clock(MONDAY + 5 * HOUR)
    case = act(case.id, "handle", handler, {"result": "已灭火"}, expected_version=case.version)
    case = act(case.id, "pass", verifier, {}, expected_version=case.version)
    found = preview(asked(4), EVERYTHING)
    assert (found.cases, found.before, found.after) == (1, int(bool(case.in_time)), int(bool(case.in_time)))


def test_last_month_is_the_calendar_month_before() -> None:
    assert last_month(date(2026, 3, 31)) == (date(2026, 2, 1), date(2026, 2, 28))
    assert last_month(date(2026, 1, 1)) == (date(2025, 12, 1), date(2025, 12, 31))
