"""A feed made by hand, cut into windows, and judged without a store between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import rulebook

from huicheng.packs import Pack
from huicheng.rules.arrival import Before, turns_of
from huicheng.rules.episode import Episode, Standing, Turn
from huicheng.rules.newest import Known, Newest
from huicheng.rules.observed import observed_rows, readings
from huicheng.rules.outcome import Outcome
from huicheng.rules.periods import local_days
from huicheng.rules.program import programs
from huicheng.rules.verdicts import Bench
from huicheng.stores import Columns

ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Seen:
    """One observation: with which commit, of which station, when, what."""

    seq: int
    station: str
    at: int
    value: Any
    attribute: str = "pm25"
    judged: bool = True


def columns(rows: Sequence[Seen]) -> Columns:
    strings = sorted(
        {row.attribute for row in rows} | {rulebook.station(row.station) for row in rows} | {rulebook.TYPE}
    )
    code = {word: place for place, word in enumerate(strings)}

    def ints(values: Iterable[int]) -> Any:
        return np.array(list(values), dtype=np.int64)

    is_number = [isinstance(row.value, (int, float)) and not isinstance(row.value, bool) for row in rows]
    return Columns(
        strings=strings,
        seq=ints(row.seq for row in rows),
        entity=ints(code[rulebook.station(row.station)] for row in rows),
        type=ints(code[rulebook.TYPE] for _ in rows),
        attribute=ints(code[row.attribute] for row in rows),
        unit=ints(-1 for _ in rows),
        dataset=ints(-1 for _ in rows),
        observed_at=ints(row.at for row in rows),
        received_at=ints(row.at for row in rows),
        number=np.array([row.value if ok else np.nan for row, ok in zip(rows, is_number, strict=True)], dtype=float),
        other={place: row.value for place, (row, ok) in enumerate(zip(rows, is_number, strict=True)) if not ok},
        judged=np.array([row.judged for row in rows], dtype=bool),
    )


@dataclass
class Judged:
    """What has come of a feed so far."""

    known: dict[str, Known] = field(default_factory=dict)
    opened: dict[tuple[str, str], Episode] = field(default_factory=dict)
    episodes: dict[tuple[str, str, int], Episode] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)
    late: int = 0

    @property
    def alerts(self) -> list[Episode]:
        """Episodes that were told, by entity and start."""
        told = [one for one in self.episodes.values() if one.issued is not None]
        return sorted(told, key=lambda one: (one.rule, one.entity, one.started))


def judge(pack: Pack, windows: Iterable[Sequence[Seen]]) -> Judged:
    """Window by window, carrying over only what the store would keep."""
    judged, bench, rules = Judged(), Bench(), programs([pack])
    attributes = sorted({name for one in rules for name in one.attributes})
    for window in windows:
        got = readings(columns(window), rulebook.TYPE, attributes)
        known = Newest.of(attributes, [judged.known.get(entity, {}) for entity in got.entities])
        rows = observed_rows(got, attributes, known)
        verdicts = bench.judge(rules, rows.values, local_days(rows.at, ZONE))
        outcome = Outcome(ZONE)
        before = Before(known=known, opened=judged.opened, ordinals={})
        for _, turns in turns_of(rules, verdicts, rows, before, outcome):
            for turn in turns:
                _keep(judged, turn)
        judged.known |= dict(zip(got.entities, rows.known.known(), strict=True))
        judged.late += sum(late.count for late in rows.late)
    bench.close()
    return judged


def _keep(judged: Judged, turn: Turn) -> None:
    episode = turn.episode
    judged.turns.append(turn)
    judged.episodes[episode.rule, episode.entity, episode.started] = episode
    if episode.standing is Standing.OVER:
        judged.opened.pop((episode.rule, episode.entity), None)
    else:
        judged.opened[episode.rule, episode.entity] = episode
