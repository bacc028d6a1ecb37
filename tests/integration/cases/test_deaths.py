"""``kill -9`` at every statement between alert and Case entity: nothing lost, nothing twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from people import Town

from huicheng.cases.history import first_break
from huicheng.cases.models import Case, Outbox
from huicheng.stores import Blocking, EntityQuery, open_store


def test_a_worker_killed_at_every_statement_opens_each_case_once(town: Town, repo: Path) -> None:
    alerts = {town.put_alert(f"a{n}") for n in range(2)}
    town.put_alert("a1", status="ended")
    town.close()
    environment = {
        **os.environ,
        "PYTHONPATH": str(repo / "src"),
        "DJANGO_SETTINGS_MODULE": "huicheng.project.settings",
    }
    program = Path(__file__).with_name("dying.py")
    done = subprocess.run(
        [sys.executable, program, town.data], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    deaths, exit_code = done.stdout.split()
    assert (int(deaths) > 20, exit_code) == (True, "0"), done.stderr

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
