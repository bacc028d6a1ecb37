"""``kill -9`` while writing and compacting: the ledger of what was acknowledged is all there, once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from operator import le
from pathlib import Path

import pytest

from huicheng.city import micros
from huicheng.stores import Blocking, HistoryQuery, open_store

from .victim import NAMES, START, STATIONS, reading

VICTIM = Path(__file__).with_name("victim.py")
#: Seconds from a kill to a store that answers, also on a machine that does much else.
RESTART = 60.0
#: Seconds until a writer that is not killed before has compacted, on such a machine.
COMPACTION = 300.0


def run_until_killed(data: Path, first: int, seed: int, enough: Callable[[int], bool]) -> list[int]:
    """Start the process, kill it after as many answers as are enough; the commits it said were acknowledged."""
    with subprocess.Popen(
        [sys.executable, str(VICTIM), str(data), str(first), str(seed)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == b"open\n"
        lines: list[bytes] = []
        while not enough(len(lines)):
            lines.append(victim.stdout.readline())
            assert lines[-1], "it has ended by itself"
        victim.send_signal(signal.SIGKILL)
        lines += victim.stdout.readlines()
    return [int(line) for line in lines if line.endswith(b"\n")]  # the last one may be cut


def compacted(data: Path) -> Callable[[int], bool]:
    """Enough is what it takes until one more file of history is whole: its writer is killed as soon as it is."""
    deadline = time.monotonic() + COMPACTION
    before = set((data / "lake").glob("*.parquet"))

    def enough(answers: int) -> bool:
        assert time.monotonic() < deadline, f"no file of history, though {answers} commits were acknowledged"
        return not before.issuperset((data / "lake").glob("*.parquet"))

    return enough


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
    """So many times somewhere, and once when a file of history has just been made."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    ledger: list[int] = []
    for turn in range(times + 1):
        enough = partial(le, chance.randint(1, most)) if turn < times else compacted(data)
        ledger += run_until_killed(data, max(ledger, default=-1) + 1 + 10 * turn, seed + turn, enough)
        whole_ledger_is_there(data, ledger)
    assert ledger, "nothing was acknowledged, so nothing could be lost"


def test_a_killed_writer_has_lost_nothing_that_it_acknowledged(data_dir: Path) -> None:
    """Q2: twice while it writes, once while it compacts."""
    kill_often(data_dir, seed=1, times=2, most=1_500)


@pytest.mark.soak
def test_a_writer_killed_twenty_times_has_lost_nothing(data_dir: Path) -> None:
    """Q2: ``kill -9`` 20 times, seeded, spread over commit and compaction."""
    kill_often(data_dir, seed=20, times=19, most=2000)
