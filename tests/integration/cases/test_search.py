"""Cases are found by their Chinese texts, and what a policy hides is not found (W4.1)."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from people import Town

from huicheng.access import EVERYTHING, Grant, Guard, Subject, allows
from huicheng.cases.engine import PLATFORM, Filing, open_case
from huicheng.cases.inbox import Filters, in_turn, inbox, narrowed
from huicheng.cases.models import Case
from huicheng.cases.search import index, reindex
from huicheng.cases.visibility import values_of


def opened(**facts: object) -> Case:
    known = {"kind": "environment/event", "category": "smoke", "source": "desk", "title": "t"}
    return open_case(Filing(**{**known, **facts}), PLATFORM)


def numbers(text: str, guard: Guard = EVERYTHING) -> set[str]:
    return {row.case.number for row in inbox(guard, Filters(text=text)).rows}


def guard_of(*grants: tuple[str, tuple[str, ...]]) -> Guard:
    held = tuple(Grant(policy=rows, rows=rows, columns=columns) for rows, columns in grants)
    return Guard(subject=Subject(id="somebody", roles=(), unit="eeb"), grants={"Case": held})


@pytest.mark.usefixtures("store_engine", "town")
def test_a_case_is_found_by_words_of_its_texts_and_by_its_number() -> None:
    smoke = opened(title="烧烤店冒烟", description="河滨路的烧烤店夜间冒烟，居民反映强烈", address="河滨路12号")
    other = opened(title="工地扬尘", description="渣土车没有覆盖")
    assert numbers("烧烤店") == numbers("河滨路12号") == numbers("夜间 居民") == {smoke.number}
    assert numbers(other.number) == numbers(f"{other.number[:8]} 渣土") == {other.number}
    assert numbers(smoke.number[6:]) == {smoke.number}
    assert numbers("烧烤 渣土") == numbers("烤烧") == set()
    assert numbers("，。") == set()


@pytest.mark.usefixtures("town")
def test_a_text_in_a_column_that_the_policy_hides_does_not_find_the_case() -> None:
    case = opened(title="冒烟", description="住在三楼的举报人")
    shown = guard_of(("kind = 'environment/event'", ("kind", "title", "number")))
    assert numbers("冒烟", shown) == {case.number}
    assert numbers("举报人", shown) == set()
    # Each term must stand where it may be seen; a visible one does not bring a hidden one along.
    assert numbers("冒烟 举报人", shown) == set()
    assert numbers("举报人", guard_of(("TRUE", ("*",)))) == {case.number}


@pytest.mark.usefixtures("store_engine", "town")
def test_a_hidden_column_of_one_row_is_searched_in_the_rows_where_it_is_shown() -> None:
    own = opened(category="smoke", description="举报人在三楼")
    opened(category="dust", description="举报人在五楼")
    guard = guard_of(("TRUE", ("kind", "title")), ("ownerUnit = subject_unit", ("*",)))
    assert numbers("举报人", guard) == {own.number}


@pytest.mark.usefixtures("town")
def test_a_case_that_is_not_stored_is_not_found() -> None:
    with transaction.atomic():
        opened(title="冒烟")
        transaction.set_rollback(True)
    assert numbers("冒烟") == set()
    with connection.cursor() as cursor:
        assert cursor.execute("SELECT count(*) FROM cases_text").fetchone() == (0,)


@pytest.mark.usefixtures("town")
def test_the_index_is_written_anew_from_the_cases() -> None:
    case = opened(title="冒烟")
    Case.objects.filter(pk=case.pk).update(title="扬尘")
    assert numbers("扬尘") == set()
    assert list(reindex()) == [1]
    assert (numbers("扬尘"), numbers("冒烟")) == ({case.number}, set())


@pytest.mark.usefixtures("town")
def test_a_text_that_changes_is_found_by_what_it_is_now() -> None:
    case = opened(title="冒烟")
    case.title = "扬尘"
    case.save()
    index(case)
    assert (numbers("扬尘"), numbers("冒烟")) == ({case.number}, set())


@pytest.mark.usefixtures("town")
def test_a_list_by_time_left_is_read_from_one_index_whatever_the_policies_are() -> None:
    grants = [(f"kind = 'pack/kind{n}' AND ownerUnit = subject_unit", ("*",)) for n in range(12)]
    for guard in (guard_of(*grants), guard_of(("status <> 'refused'", ("kind",)), *grants)):
        plan = in_turn(narrowed(guard, Filters()))[:26].explain()
        steps = [line for line in plan.splitlines() if "SCAN" in line.upper()]
        assert len(steps) == 1
        assert "COVERING INDEX case_open_by_turn" in plan or "Scan using case_open_by_turn" in plan
        assert "Sort" not in plan


@pytest.mark.parametrize(
    "rows",
    [
        ["kind = 'environment/event' AND ownerUnit = 'eeb'", "ownerUnit = 'eeb' AND kind = 'other/kind'"],
        ["kind = 'environment/event'", "kind = 'environment/event' AND NOT (status = 'pending')"],
        ["NOT (handlingUnit = 'ucm')", "category IN ('smoke', 'dust')"],
        ["category = 'smoke' OR ownerUnit = 'ucm'", "handlingUnit = ''"],
        ["number = 'none'", "kind = 'none' AND category = 'smoke'"],
    ],
)
def test_conditions_that_are_joined_show_the_same_cases_as_each_by_itself(town: Town, rows: list[str]) -> None:
    for category in ("smoke", "dust", "odour"):
        opened(category=category)
    guard = guard_of(*((one, ("*",)) for one in rows))
    seen = {row.case.number for row in inbox(guard).rows}
    assert seen == {case.number for case in Case.objects.all() if allows(guard, "Case", values_of(case))}
    assert town
