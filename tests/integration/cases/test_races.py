"""Two people at once: one acts, the other is told; numbers collide for nobody."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from people import Town

from huicheng.access import Subject
from huicheng.cases.engine import PLATFORM, Filing, act, open_case
from huicheng.cases.errors import Conflict
from huicheng.cases.history import first_break
from huicheng.cases.models import Case

pytestmark = pytest.mark.usefixtures("town")

FILING = Filing(kind="environment/event", category="pm25-hourly", source="alert", title="PM2.5 过高")


def at_once(acts: list[Callable[[], object]]) -> list[object]:
    """The answer of each, or what it raised, all begun together."""
    barrier = threading.Barrier(len(acts))
    answers: list[object] = [None] * len(acts)

    def run(n: int) -> None:
        barrier.wait()
        try:
            answers[n] = acts[n]()
        except Exception as error:  # noqa: BLE001 - the answer is the error
            answers[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def dispatching(case: Case, who: Subject) -> Callable[[], object]:
    return lambda: act(case.id, "dispatch", who, {"unit": "eeb"}, expected_version=case.version)


def test_of_people_who_act_at_once_one_does_and_the_others_are_told(town: Town) -> None:
    people = [town.account("dispatcher", "oc", f"派遣员{n}") for n in range(6)]
    for _ in range(3):
        case = open_case(FILING, PLATFORM)
        answers = at_once([dispatching(case, who) for who in people])
        assert sum(isinstance(answer, Case) for answer in answers) == 1
        assert sum(isinstance(answer, Conflict) for answer in answers) == 5
        case.refresh_from_db()
        assert case.version == 2
        assert case.events.count() == 2
        assert first_break(case) is None


def test_cases_opened_at_once_have_numbers_without_gap_or_double() -> None:
    cases = at_once([lambda: open_case(FILING, PLATFORM) for _ in range(12)])
    numbers = sorted(case.number for case in cases if isinstance(case, Case))
    assert numbers == [f"130304{n:04d}" for n in range(1, 13)]
