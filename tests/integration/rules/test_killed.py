"""kill -9 while judging: no alert twice, none missing, none told differently (N4)."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from engines import where
from judging import alerts, judge_all
from judging_process import PACK
from rulebook import HOUR, START, reading, received, station

from huicheng.city import Observation
from huicheng.stores import HistoryQuery, open_store

TESTS = Path(__file__).resolve().parents[2]
#: Steps that it may have done when it is killed, beyond those that were waited for.
BEYOND = 5
VALUES = [60, 310, 420, 240, 320, 260, 100, 90]


async def _fill(data: Path) -> None:
    store = open_store(data, writer=True, database=where(data))
    for hour in range(14 * 8):
        at = START + hour * HOUR
        await store.commit(
            received(*(reading(key, at, pm25=float(VALUES[(hour + shift) % 8])) for shift, key in enumerate("ab")))
        )
    await store.close()


def _kill_in_the_middle(data: Path, steps: int, delay: float) -> bool:
    """Start judging, and kill it shortly after so many steps. False: it had nothing left to do."""
    environment = {
        **os.environ,
        "HUICHENG_DATABASE": where(data),
        "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path]),
    }
    child = subprocess.Popen(
        [sys.executable, str(TESTS / "judging_process.py"), str(data), str(steps + BEYOND)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert child.stdout is not None
    with child:
        for _ in range(steps):
            if child.stdout.readline() != "step\n":
                return False
        time.sleep(delay)
        child.send_signal(signal.SIGKILL)
    return True


async def _told(data: Path) -> tuple[list[dict[str, Any]], list[tuple[str, str, int, Any]]]:
    """The alerts, and the course of their status and severity."""
    store = open_store(data, writer=True, database=where(data))
    await judge_all(store, PACK, limit=1)
    found = await alerts(store)
    history: list[Observation] = await store.history(HistoryQuery(type="Alert", attributes=["status", "severity"]))
    late = await store.rows("episodes.late", ("air/hourly", station("a")))
    await store.close()
    assert late == []
    return found, [(one.entity, one.attribute, one.observed_at, one.value) for one in history]


@pytest.mark.parametrize("times", [2, pytest.param(6, marks=pytest.mark.soak)])
def test_alerts_are_the_same_as_without_being_killed(tmp_path: Path, times: int) -> None:
    asyncio.run(_fill(tmp_path / "killed"))
    asyncio.run(_fill(tmp_path / "left alone"))
    chance = random.Random(20130301)  # noqa: S311 - when to kill, repeatably
    kills = 0
    while kills < times and _kill_in_the_middle(tmp_path / "killed", chance.randint(1, 20), chance.random() * 0.01):
        kills += 1
    assert kills >= times - 1, "it must be killed in the middle, or nothing is shown"
    found, course = asyncio.run(_told(tmp_path / "killed"))
    assert (found, course) == asyncio.run(_told(tmp_path / "left alone"))
    assert len({one["id"] for one in found}) == len(found) > 30
    assert len(set(course)) == len(course)
