"""The whole system with ``HUICHENG_DATABASE`` set: from a reading to a figure, and nothing in files (Q1, Q2, N6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from ports import free_port
from postgres import Server
from running import UPSERT, System, entities, reading, running

Eventually = Callable[..., object]
NUMBER = re.compile(r"^urn:ngsi-ld:Case:(\d{10,})$")


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, postgres_server: Server) -> Iterator[System]:
    """A demonstration in a database of its own."""
    data = tmp_path_factory.mktemp("postgresql") / "data"
    with running(System(data=data, port=free_port(), database=postgres_server.new_database())) as started:
        yield started


def act(system: System, role: str, number: str, action: str, **fields: str) -> None:
    """Do what somebody with this role may do with a case, as a browser does."""
    with system.client(role) as client:
        shown = client.get(f"/desk/cases/{number}/")
        assert shown.status_code == 200, shown.text
        token = client.cookies["huicheng_csrf"]
        [version] = set(re.findall(r'name="version" value="(\d+)"', shown.text))
        sent = {"csrfmiddlewaretoken": token, "version": version, **fields}
        answer = client.post(f"/desk/cases/{number}/{action}/", data=sent)
        assert answer.status_code == 302, answer.text


def open_by_a_reading(system: System, eventually: Eventually) -> str:
    """Post a reading above the local limit; the number of the case that its alert opens."""
    with system.program() as program:
        sent = reading("Wanliu", datetime.now(UTC).isoformat(), 351.0)
        assert program.post(UPSERT, json=[sent]).status_code in {201, 204}
        [case] = eventually(lambda: entities(program, "Case"))  # type: ignore[misc]  # the answer of the probe
    match = NUMBER.match(case["id"])
    assert match
    return match[1]


def page(client: httpx.Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_reading_becomes_an_alert_a_case_that_is_worked_on_and_a_figure(
    system: System, eventually: Eventually
) -> None:
    number = open_by_a_reading(system, eventually)
    with system.client("dispatcher") as dispatcher:
        assert number in page(dispatcher, "/desk/")
        assert number in page(dispatcher, f"/desk/?text={number[6:]}")
    act(system, "dispatcher", number, "dispatch", unit="eeb", note="请尽快查明")
    act(system, "handler", number, "handle", result="已查明为露天焚烧，明火已扑灭")
    act(system, "verifier", number, "pass", note="现场已复查")
    with system.program() as program:
        urn = f"/ngsi-ld/v1/entities/urn:ngsi-ld:Case:{number}"
        eventually(lambda: program.get(urn).json()["status"]["value"] == "closed")
        # The indicator follows its case.
        eventually(lambda: entities(program, "KeyPerformanceIndicator"))
    with system.client("leader") as leader:
        eventually(lambda: number in page(leader, "/desk/indicators/environment/closed-in-time/"))
    assert "failed; next try" not in system.said


@pytest.fixture(scope="module")
def other(system: System) -> Iterator[System]:
    """A second server on the same database and data directory."""
    with running(System(data=system.data, port=free_port(), database=system.database)) as started:
        yield started


def cases(client: httpx.Client) -> int:
    return len(entities(client, "Case"))


def alerts(client: httpx.Client) -> int:
    return len(entities(client, "Alert"))


def test_two_servers_are_one_installation_and_nothing_is_done_twice(
    system: System, other: System, eventually: Eventually
) -> None:
    """Readings come in at both; each alert is judged, and its case opened, by one worker; the other one takes over."""
    with system.program() as one, other.program() as two:
        before = cases(one)
        for n, program in enumerate((one, two, one, two)):
            sent = reading(f"Twice{n}", datetime.now(UTC).isoformat(), 351.0)
            assert program.post(UPSERT, json=[sent]).status_code in {201, 204}
        for program in (one, two):
            eventually(lambda asked=program: cases(asked) == before + 4 == alerts(asked))
        eventually(lambda: system.said.count("standing by") == 1)
        system.kill_all()
        assert two.post(UPSERT, json=[reading("Twice4", datetime.now(UTC).isoformat(), 351.0)]).status_code in {
            201,
            204,
        }
        eventually(lambda: cases(two) == before + 5 == alerts(two))
    with other.client("leader") as leader:
        assert page(leader, "/desk/indicators/environment/closed-in-time/")


def test_no_file_holds_city_or_people(system: System) -> None:
    assert sorted(path.name for path in Path(system.data).glob("*.db*")) == []
