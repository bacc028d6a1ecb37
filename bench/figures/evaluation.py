"""A month's evaluation table over a million cases, beside the same counts by numpy over the same rows."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np

from bench import facts
from bench.figure import Figure, percentile
from bench.figures import Scale

_TIMES = 5
#: Rows of the table that are compared: unit → due, closed, closed in time, sent back.
Table = dict[str, list[int]]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the process that evaluated has to say."""

    seconds: list[float]
    #: Of those, how long it was at work itself.
    busy: list[float]
    table: Table


def measure(folder: Path, scale: Scale) -> list[Figure]:
    """Two readings of the target: all cases in the month that is evaluated, and spread over a year."""
    return [
        _figure(folder / "month", scale.cases, 1, "all opened in that month"),
        _figure(folder / "year", scale.cases, 12, "opened over a year"),
    ]


def _figure(data: Path, cases: int, months: int, spread: str) -> Figure:
    people = data / "people.db"
    data.mkdir(parents=True)
    _evaluator(data, "migrate")
    facts.fill(people, cases, months)
    told = msgspec.json.decode(_evaluator(data, "count"), type=Told)
    expected = _independently(people)
    if told.table != expected:
        raise AssertionError(f"The table differs from numpy's: {told.table} instead of {expected}")
    worst = percentile(told.seconds, 0.95)
    return Figure(
        name=f"evaluation of a month over {cases:,} cases, {spread}",
        value=worst,
        unit="s",
        target="< 2 s",
        met=worst < 2,
        details={
            "units": len(told.table),
            "fastest": min(told.seconds),
            "of a core": min(told.busy),
            "figures compared": 4 * len(told.table),
        },
    )


def _evaluator(data: Path, task: str) -> bytes:
    """Django opens one people.db a process, so each data directory has its own."""
    environment = {**os.environ, "HUICHENG_DATA": str(data)}
    command = [sys.executable, "-m", "bench.evaluator", task, str(data), str(_TIMES)]
    return subprocess.run(command, env=environment, check=True, capture_output=True).stdout


def _independently(people: Path) -> Table:
    """The same counts from the rows themselves, without SQL's conditions and without our formulas."""
    with sqlite3.connect(people) as connection:
        query = Path(__file__).with_name("evaluation.sql").read_text("utf-8")
        columns = list(zip(*connection.execute(query).fetchall(), strict=True))
    connection.close()
    unit = np.array(columns[0])
    due, closed, in_time = (np.array([-1 if one is None else one for one in column]) for column in columns[1:4])
    reworks = np.array(["rework" in (one or "") for one in columns[4]])
    opened = np.array(columns[5])
    end = facts.START + facts.MONTH
    owed = (due >= facts.START) & (due < end)
    done = owed & (closed >= 0) & (closed < end)
    seen = (opened < end) & ((closed < 0) | (closed >= facts.START) | (due >= facts.START))
    counted = (owed, done, done & (in_time == 1), reworks & seen)
    keys, places = np.unique(unit, return_inverse=True)
    sums = [np.bincount(places, weights=one, minlength=len(keys)).astype(int).tolist() for one in counted]
    return {str(key): [column[place] for column in sums] for place, key in enumerate(keys)}
