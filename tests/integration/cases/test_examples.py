"""Example cases of a demonstration say that they are examples, and nobody's name stands in their history."""

from __future__ import annotations

from collections import Counter

import pytest
from people import Town

from huicheng.calendar import CaseClock
from huicheng.cases.engine import PLATFORM, Filing, open_case
from huicheng.cases.examples import EXAMPLE, seed_cases
from huicheng.cases.history import first_break
from huicheng.cases.models import Case, CaseEvent
from huicheng.stores import Rows, Transaction


@pytest.fixture
def wall(town: Town) -> Town:
    """The town by the wall's clock."""
    town.store.commit(Transaction(rows=[Rows(statement="clock.put", parameters=[CaseClock().row()])]))
    return town


def test_examples_are_filed_once_in_many_states_and_marked(wall: Town) -> None:
    count = seed_cases(wall.platform.packs)
    assert 20 < count < 40
    cases = list(Case.objects.all())
    assert len(cases) == count
    assert all(case.title.startswith("示例") and EXAMPLE in case.marks and case.source == "file" for case in cases)
    assert len(Counter(case.state for case in cases)) > 8
    assert {"closed", "disputed", "paused", "extending", "refused"} < {case.state for case in cases}
    assert set(CaseEvent.objects.values_list("actor", flat=True)) == {"platform"}
    assert all(first_break(case) is None for case in cases)
    assert seed_cases(wall.platform.packs) == 0


def test_no_examples_are_filed_beside_a_true_case(wall: Town) -> None:
    open_case(Filing(kind="city/event", category="banner", source="desk", title="横幅"), PLATFORM)
    assert seed_cases(wall.platform.packs) == 0
    assert Case.objects.count() == 1


def test_no_examples_are_filed_in_a_replay(town: Town) -> None:
    assert seed_cases(town.platform.packs) == 0
