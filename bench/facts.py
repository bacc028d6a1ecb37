"""Facts of a district's cases, made straight into people.db: what a year's feed would have left there."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np

#: 2026-10-01 in Shanghai, µs; the month that is evaluated.
START = 1_790_784_000_000_000
DAY = 86_400_000_000
MONTH = 31 * DAY

_SQL = Path(__file__).with_name("facts.sql")
_BATCH = 50_000


def fill(people: Path, cases: int, months: int) -> None:
    """``cases`` cases, opened evenly over ``months`` months of which October 2026 is the last."""
    dice = np.random.default_rng(11)
    insert = _SQL.read_text("utf-8")
    with sqlite3.connect(people) as connection:
        for first in range(0, cases, _BATCH):
            many = min(_BATCH, cases - first)
            connection.executemany(insert, _rows(first, _drawn(dice, many, months)))
    connection.close()


def _drawn(dice: np.random.Generator, many: int, months: int) -> list[np.ndarray]:
    """Columns: opened, due, closed (0: open), unit, community, category, source, acts, marks, answers."""
    opened = START + MONTH - (dice.random(many) * months * MONTH).astype(np.int64)
    due = opened + (dice.random(many) * 7 * DAY).astype(np.int64)
    closed = opened + (dice.random(many) * 9 * DAY).astype(np.int64)
    closed[dice.random(many) > 0.93] = 0
    codes = [dice.integers(0, top, many) for top in (40, 240, 30, 4, 10, 20, 6)]
    return [opened, due, closed, *codes]


def _rows(first: int, columns: list[np.ndarray]) -> list[tuple[object, ...]]:
    return [
        _row(first + place, values) for place, values in enumerate(zip(*(c.tolist() for c in columns), strict=True))
    ]


def _row(place: int, values: tuple[int, ...]) -> tuple[object, ...]:
    opened, due, closed, unit, community, category, source, acts, marks, answers = values
    code = f"520602{community // 12:03d}{community % 12:03d}"
    return (
        f"{place:010d}",
        f"c{category:02d}",
        f"g{category % 6}",
        ("portal", "hotline", "collector", "alert")[source],
        code[:9],
        code,
        f"u{unit:02d}",
        opened,
        due,
        closed or None,
        None if not closed else closed <= due,
        {0: '{"rework": 1}', 1: '{"return": 1, "rework": 2}'}.get(acts),
        ",forced," if marks == 0 else "",
        {0: '{"satisfied": "yes"}', 1: '{"satisfied": "no"}'}.get(answers),
        f'{{"handle": {due - opened}}}' if closed else None,
    )
