"""``kill -9`` of the running system: all that was acknowledged is there once, and all that must follow from it, once.

Serves N1, N4.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from postgres import Server
from running import System, entities, running

from .client import Client, Ledger
from .outcomes import everything_follows

Eventually = Callable[..., object]
#: How many times the work of the first start, which also makes the databases, a start after a kill may take.
TOLERATED = 3.0
#: Compaction several times between two kills.
OPTIONS = ("--compact-after", "0.3")


class Start(NamedTuple):
    """Seconds from a start to /readyz: on the wall, and of the server's work."""

    wall: float
    work: float


def kill_often(system: System, seed: int, times: int) -> tuple[Client, list[Start]]:
    """Kill while a client posts; the client when all is said, and how long each start took."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    client = Client(system, seed)
    client.start()
    ways = cycle((system.kill_all, system.kill_worker, system.kill_server, system.kill_all, system.kill_all))
    starts = []
    for turn in range(times):
        time.sleep(chance.uniform(0.05, 2.0))
        next(ways)()
        if not system.alive:
            system.start()
            if turn % 7 == 5:  # killed again while it starts
                time.sleep(chance.uniform(0.1, 1.5))
                system.kill_all()
                system.start()
            starts.append(Start(system.wait_until_ready(), system.work))
    client.finish()
    return client, starts


def everything_is_there_once(system: System, ledger: Ledger, eventually: Eventually) -> None:
    with system.program() as http:
        everything_follows(http, ledger, eventually)
        eventually(lambda: at_rest(system), within=180)
        # Nor does anything come of it later.
        everything_follows(http, ledger, eventually)
        alerts = {alert["id"] for alert in entities(http, "Alert")}
    each_alert_has_one_case(system.data, alerts)


def at_rest(system: System) -> bool:
    """Every consumer has come to the end of the feed, and nothing waits to be projected or published."""
    said = httpx.get(f"{system.address}/metrics").text
    head = int(next(line.split()[1] for line in said.splitlines() if line.startswith("huicheng_feed_seq ")))
    with closing(sqlite3.connect(f"file:{system.data}/city.db?mode=ro", uri=True)) as city:
        # These write their places down only together with what they write, so that they stand before it.
        question = "SELECT count(*) FROM position WHERE seq < ? AND consumer NOT IN ('notifier', 'presence')"
        behind = city.execute(question, (head,)).fetchone()[0]
    with closing(sqlite3.connect(f"file:{system.data}/people.db?mode=ro", uri=True)) as people:
        waiting = people.execute("SELECT count(*) FROM cases_outbox WHERE NOT done").fetchone()[0]
        unpublished = people.execute("SELECT count(*) FROM indicators_run WHERE NOT published").fetchone()[0]
    return not (behind or waiting or unpublished)


def each_alert_has_one_case(data: Path, alerts: set[str]) -> None:
    with closing(sqlite3.connect(f"file:{data}/people.db?mode=ro", uri=True)) as people:
        held = Counter(alert for (alert,) in people.execute("SELECT alert_id FROM cases_case"))
    assert held == dict.fromkeys(alerts, 1)


def starts_are_quick(first: float, starts: list[Start], capsys: pytest.CaptureFixture[str]) -> None:
    """Seconds say nothing on a machine that is slow or does much else, so work is compared with work."""
    with capsys.disabled():
        figures = " ".join(f"{one.wall:.1f} ({one.work:.1f})" for one in sorted(starts))
        print(f"\n{first:.1f} s of work at first; {len(starts)} starts after kill -9, seconds (of work): {figures}")  # noqa: T201 - figures to note down
    assert max(one.work for one in starts) < TOLERATED * first


@pytest.mark.soak
@pytest.mark.parametrize("seed", [20, 21])
def test_twenty_kills_lose_nothing_and_do_nothing_twice(
    data_dir: Path, free_port: int, eventually: Eventually, capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    with running(System(data=data_dir, port=free_port, options=OPTIONS)) as system:
        first = system.work
        client, starts = kill_often(system, seed, times=20)
        everything_is_there_once(system, client.ledger, eventually)
        assert client.repeated
        eventually(lambda: list((data_dir / "lake").glob("**/*.parquet")), within=180)
    starts_are_quick(first, starts, capsys)


@pytest.mark.soak
def test_kills_lose_nothing_and_do_nothing_twice_on_postgresql(
    data_dir: Path, free_port: int, eventually: Eventually, postgres_server: Server
) -> None:
    database = postgres_server.new_database()
    with running(System(data=data_dir, port=free_port, options=OPTIONS, database=database)) as system:
        client, _ = kill_often(system, seed=23, times=8)
        with system.program() as http:
            everything_follows(http, client.ledger, eventually)
        assert client.repeated
        eventually(lambda: list((data_dir / "lake").glob("**/*.parquet")), within=180)
