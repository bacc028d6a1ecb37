"""People who move into a PostgreSQL database are the same people there, and go on (Q2, N6)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from people import Migrated, Town, use
from postgres import Server
from tree import REPO

from huicheng.access import EVERYTHING
from huicheng.accounts.models import Account
from huicheng.cases.engine import PLATFORM, Filing, act, open_case
from huicheng.cases.history import check_all
from huicheng.cases.models import Case
from huicheng.cases.search import matching
from huicheng.fulltext import sought
from huicheng.knowledge.index import ranked
from huicheng.knowledge.writing import Draft, publish, write

pytestmark = [pytest.mark.engines("sqlite"), pytest.mark.usefixtures("store_engine", "database")]


@pytest.fixture
def address(postgres_server: Server) -> Iterator[str]:
    """An empty database."""
    with postgres_server.databases() as one_more:
        yield one_more()


def move(data: Path, url: str) -> subprocess.CompletedProcess[str]:
    """As an operator does it."""
    line = [sys.executable, "-m", "huicheng", "migrate-store", "--data", str(data)]
    own = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    environment = {**own, "PYTHONPATH": str(REPO / "src"), "HUICHENG_DATABASE": url, "LANGUAGE": "en"}
    return subprocess.run(line, env=environment, capture_output=True, text=True, check=False)


def settle(town: Town) -> Case:
    """An article, and cases with forms, places, and acts."""
    steward = town.account("steward", "dsb", "steward")
    publish(write(Draft(title="路灯不亮找谁", body="拨打12345。", category="市政", public=True), steward).pk, steward)
    filing = {"kind": "environment/event", "category": "smoke", "source": "desk", "place": (109.33, 27.74)}
    for n in range(5):
        case = open_case(Filing(title=f"烧烤店冒烟{n}", **filing), PLATFORM)  # type: ignore[arg-type]  # by name
    act(case.pk, "dispatch", town.account("dispatcher", "oc", "dispatcher"), {"unit": "eeb"}, expected_version=1)
    return case


def test_cases_articles_and_accounts_are_there_and_go_on(town: Town, address: str, migrated: Migrated) -> None:
    case = settle(town)
    wanted = (check_all(), set(Account.objects.values_list("username", "password")))
    refused = move(town.data, address)
    assert refused.returncode != 0
    assert "pid" in refused.stderr  # the city's writer is this process
    town.close()
    moved = move(town.data, address)
    assert moved.returncode == 0, moved.stderr
    assert any(line.split()[:2] == ["people.cases_case", "5"] for line in moved.stdout.splitlines())
    assert not list(town.data.glob("*.db"))
    try:
        use(town.data, address)
        assert (check_all(), set(Account.objects.values_list("username", "password"))) == wanted
        assert wanted[0].broken == []
        assert Case.objects.filter(matching(EVERYTHING, sought("烧烤店"))).count() == 5
        assert ranked(sought("路灯"), 5) != []
        found = Case.objects.get(number=case.number)
        assert (found.version, found.latitude, found.limit) == (2, 27.74, case.limit)
        later = Account.objects.create(username="later", display_name="later", roles=["handler"])
        assert later.pk > max(Account.objects.exclude(pk=later.pk).values_list("pk", flat=True))
    finally:
        use(migrated.file.parent)


def test_what_was_left_by_an_attempt_before_is_made_anew(
    town: Town, address: str, postgres_server: Server, migrated: Migrated
) -> None:
    settle(town)
    town.close()
    name = address.partition("?")[0].rpartition("/")[2]
    postgres_server.run(name, "CREATE SCHEMA IF NOT EXISTS people; CREATE TABLE people.left_over (held integer)")
    assert move(town.data, address).returncode == 0
    again = move(town.data, address)
    assert again.returncode != 0
    try:
        use(town.data, address)
        assert Case.objects.count() == 5
    finally:
        use(migrated.file.parent)
