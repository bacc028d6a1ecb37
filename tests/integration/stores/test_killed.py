"""``kill -9`` while writing and compacting: the ledger of what was acknowledged is all there, once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from huicheng.city import micros
from huicheng.stores import Blocking, HistoryQuery, open_store

from .victim import NAMES, START, STATIONS, reading

VICTIM = Path(__file__).with_name("victim.py")
#: Seconds from a kill to a store that answers, also on a machine that does much else.
RESTART = 60.0


def run_until_killed(data: Path, first: int, seed: int, answers: int) -> list[int]:
    """Start the process, kill it after so many answers; the commits it said were acknowledged."""
    with subprocess.Popen(
        [sys.executable, str(VICTIM), str(data), str(first), str(seed)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == b"open\n"
        lines = [victim.stdout.readline() for _ in range(answers)]
        victim.send_signal(signal.SIGKILL)
        lines += victim.stdout.readlines()
    return [int(line) for line in lines if line.endswith(b"\n")]  # the last one may be cut


def whole_ledger_is_there(data: Path, ledger: list[int]) -> None:
    began = time.monotonic()
    city = Blocking(open_store(data, writer=True))
    newest = city.get(reading(0, 0).id)
    assert time.monotonic() - began < RESTART
    try:
        assert newest is not None
        assert newest.entity.attributes["pm25"].value >= max(ledger)
        found = Counter(
            (one.attribute, one.entity[-1], (one.observed_at - micros(START)) // 3_600_000_000, one.value)
            for one in city.history(HistoryQuery())
        )
        expected = {
            (name, str(station), number, number + station / 10)
            for number in ledger
            for station in range(STATIONS)
            for name in NAMES
        }
        assert not expected - found.keys()
        assert set(found.values()) == {1}
    finally:
        city.close()


def kill_often(data: Path, seed: int, times: int, most: int) -> None:
    """So many times, and on a slow machine until a compaction has come to its end."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    ledger: list[int] = []
    for turn in range(times + 20):
        if turn >= times and list((data / "lake").glob("*.parquet")):
            break
        first = max(ledger, default=-1) + 1 + 10 * turn
        # Longer and longer then: a busy machine may need seconds until its first file is whole.
        longest = most * max(1, turn - times + 2)
        ledger += run_until_killed(
            data, first, seed + turn, chance.randint(longest // 2 if turn >= times else 1, longest)
        )
        whole_ledger_is_there(data, ledger)
    assert list((data / "lake").glob("*.parquet"))


def test_a_killed_writer_has_lost_nothing_that_it_acknowledged(data_dir: Path) -> None:
    """Q2: twice, over commit and compaction."""
    kill_often(data_dir, seed=1, times=2, most=1_500)


@pytest.mark.soak
def test_a_writer_killed_twenty_times_has_lost_nothing(data_dir: Path) -> None:
    """Q2: ``kill -9`` 20 times, seeded, spread over commit and compaction."""
    kill_often(data_dir, seed=20, times=20, most=2000)
