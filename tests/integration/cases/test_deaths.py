"""``kill -9`` at every statement between alert and Case entity: nothing lost, nothing twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from people import HOUR, MONDAY, Town
from works import PACK, Works

from huicheng.cases.history import first_break
from huicheng.cases.models import Case, Outbox
from huicheng.stores import Blocking, EntityQuery, open_store


def killed_again_and_again(repo: Path, *arguments: Path, stride: int = 1) -> int:
    """How often the worker was killed before it came to the end of its work: at every statement, or every so many."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(repo / "src"),
        "DJANGO_SETTINGS_MODULE": "huicheng.project.settings",
    }
    program = Path(__file__).with_name("dying.py")
    command = [sys.executable, program, str(stride), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    deaths, exit_code = done.stdout.split()
    assert exit_code == "0", done.stderr
    return int(deaths)


@pytest.mark.soak
def test_a_worker_killed_at_every_statement_opens_each_case_once(town: Town, repo: Path) -> None:
    alerts = {town.put_alert(f"a{n}") for n in range(2)}
    town.put_alert("a1", status="ended")
    town.close()
    assert killed_again_and_again(repo, town.data) > 20

    cases = list(Case.objects.order_by("number"))
    assert {case.alert_id for case in cases} == alerts
    assert [case.number for case in cases] == ["1303040001", "1303040002"]
    assert sorted(case.events.count() for case in cases) == [1, 2]
    assert [first_break(case) for case in cases] == [None, None]
    assert not Outbox.objects.filter(done=False).exists()
    store = Blocking(open_store(town.data, writer=False))
    entities = store.query(EntityQuery(types=["Case"], limit=10)).entities
    store.close()
    assert {one.entity.id.rpartition(":")[2] for one in entities} == {case.number for case in cases}


@pytest.mark.parametrize("stride", [5, pytest.param(1, marks=pytest.mark.soak)])
def test_a_clock_whose_watch_is_killed_at_every_statement_says_each_thing_once(
    works: Works, repo: Path, stride: int
) -> None:
    case = works.open()
    works.town.set_clock(MONDAY + HOUR)
    works.town.close()
    assert killed_again_and_again(repo, works.town.data, PACK, stride=stride) > 40 // stride
    actions = list(case.events.order_by("seq").values_list("action", "at"))
    half, quarter = HOUR // 2, HOUR // 4
    assert actions == [
        ("open", MONDAY),
        ("warned-yellow", MONDAY + half),
        ("warned-red", MONDAY + half + quarter),
        ("overdue", MONDAY + HOUR),
    ]
    case.refresh_from_db()
    assert (case.warning, first_break(case)) == ("overdue", None)
