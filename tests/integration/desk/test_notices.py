"""What was said to a unit, on a page: to one's own, to those below, read or not yet (W4.1)."""

from __future__ import annotations

import re

import pytest
from desk_visitors import Visit
from people import HOUR, MONDAY
from works import Works

from huicheng.cases.models import CaseNotice
from huicheng.cases.watch import ClockWatcher

PAGE = "/desk/notices/"


def text_of(visitor: object, query: str = "") -> str:
    answer = visitor.get(PAGE + query)  # type: ignore[attr-defined]  # Django's client
    assert answer.status_code == 200
    return str(answer.content.decode())


def badge(page: str) -> str:
    found = re.search(r'href="/desk/notices/"[^>]*>[^<]*(?:<span class="count">([^<]*)</span>)?', page)
    assert found is not None
    return found[1] or ""


def test_a_unit_reads_its_notices_newest_first_and_the_navigation_counts_what_is_new(
    works: Works, visit: Visit
) -> None:
    first, second = works.sent("roads"), works.sent("roads")
    hidden = works.sent("lamps")
    page = text_of(visit(works.town.account("handler", "roads")))
    assert page.index(second.number) < page.index(first.number)
    assert hidden.number not in page
    assert badge(page) == "2"
    assert f'href="/desk/cases/{first.number}/"' in page


def test_what_was_read_is_new_no_more_one_by_one_or_all_at_once(works: Works, visit: Visit) -> None:
    for _ in range(3):
        works.sent("roads")
    officer = visit(works.town.account("handler", "roads"))
    key = CaseNotice.objects.filter(unit="roads").latest("pk").pk
    assert officer.post(PAGE, {"notice": key})["Location"] == PAGE
    assert badge(text_of(officer)) == "2"
    assert officer.post(PAGE + "?scope=unit", {"all": "1"})["Location"] == PAGE + "?scope=unit"
    page = text_of(officer)
    assert (badge(page), "notice-new" in page, "Mark all as read" in page) == ("", False, False)
    works.sent("roads")
    assert badge(text_of(visit(works.town.account("handler", "roads")))) == "4"


def test_nobody_marks_for_others_nor_what_they_may_not_read(works: Works, visit: Visit) -> None:
    works.sent("lamps")
    key = CaseNotice.objects.get(unit="lamps").pk
    visit(works.town.account("handler", "roads")).post(PAGE, {"notice": key})
    assert badge(text_of(visit(works.town.account("handler", "lamps")))) == "1"


def test_the_tabs_hold_ones_own_cases_and_those_of_units_below(works: Works, visit: Visit) -> None:
    officer = works.town.account("handler", "roads")
    mine = works.act(works.open(), "send", unit="roads", person=officer.id)
    other = works.sent("roads")
    page = text_of(visit(officer), "?scope=mine")
    assert (mine.number in page, other.number in page) == (True, False)
    assert "?scope=below" not in page
    superior = works.town.account("dispatcher", "works")
    assert mine.number in text_of(visit(superior), "?scope=below")


def test_a_unit_is_told_what_its_clocks_say_and_the_one_above_what_comes_to_it(works: Works, visit: Visit) -> None:
    case = works.sent("roads")
    works.town.set_clock(MONDAY + 30 * HOUR)
    watch = ClockWatcher(works.town.platform)
    while watch.step():
        pass
    page = text_of(visit(works.town.account("handler", "roads")))
    assert f"Yellow warning: case {case.number}" in page
    assert f"Overdue: case {case.number}" in page
    above = text_of(visit(works.town.account("dispatcher", "works")))
    assert f"Escalated: case {case.number}" in above
    assert "as the unit above" in above


def test_pages_are_turned_and_an_empty_one_says_so(works: Works, visit: Visit) -> None:
    officer = visit(works.town.account("handler", "roads"))
    assert "No notice" in text_of(officer)
    case = works.sent("roads")
    [told] = CaseNotice.objects.filter(unit="roads")
    rows = [CaseNotice(case=case, seq=2, to="unit", unit="roads", says=told.says, at=told.at) for _ in range(30)]
    CaseNotice.objects.bulk_create(rows)
    assert 'rel="next"' in text_of(officer)
    last = text_of(officer, "?page=2")
    assert (last.count('class="notice '), 'rel="prev"' in last, 'rel="next"' in last) == (6, True, False)


@pytest.mark.parametrize("query", ["?scope=nobody", "?page=0", "?page=x"])
def test_what_makes_no_sense_in_the_address_shows_the_units_first_page(works: Works, visit: Visit, query: str) -> None:
    case = works.sent("roads")
    assert case.number in text_of(visit(works.town.account("handler", "roads")), query)
