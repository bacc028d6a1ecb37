"""A client that posts hourly readings and keeps its own ledger of what was acknowledged; and what must follow from it.

What alerts must be there is worked out here a second time, straight from the words of ``rules.yaml``.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from threading import Event, Thread
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import yaml
from running import UPSERT, System, reading

import huicheng.domains

SHANGHAI = ZoneInfo("Asia/Shanghai")
START = datetime(2015, 3, 1, tzinfo=SHANGHAI).astimezone(UTC)
STATIONS = ("Aotizhongxin", "Dingling", "Guanyuan", "Huairou", "Shunyi", "Wanliu")
HOUR = timedelta(hours=1)
#: Hours of all stations in one request, and seconds between requests.
HOURS, PAUSE = 4, 0.03

#: Station → readings in order of time.
Ledger = dict[str, list[tuple[datetime, float]]]
#: Rule, station, first moment.
Expected = tuple[str, str, datetime]


class Client(Thread):
    """Posts until told to stop. A request whose answer was lost is sent again, the same."""

    def __init__(self, system: System, seed: int, pause: float = PAUSE) -> None:
        super().__init__(daemon=True)
        self.ledger: Ledger = {station: [] for station in STATIONS}
        #: Answers that are neither an acknowledgement nor "later".
        self.refused: list[str] = []
        self.repeated = 0
        self._pause = pause
        self._http = system.program()
        self._chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._level = dict.fromkeys(STATIONS, 60.0)
        self._ended = Event()

    def run(self) -> None:
        hour = 0
        while not self._ended.is_set() and not self.refused:
            batch = [self._read(station, hour + ahead) for ahead in range(HOURS) for station in STATIONS]
            self._deliver([reading(station, at.isoformat(), value) for station, at, value in batch])
            for station, at, value in batch:
                self.ledger[station].append((at, value))
            hour += HOURS
            self._ended.wait(self._pause)
        self._http.close()

    def finish(self) -> None:
        """Let the request under way be acknowledged, then end."""
        self._ended.set()
        self.join(180)
        assert not self.is_alive()
        assert self.refused == []

    def _read(self, station: str, hour: int) -> tuple[str, datetime, float]:
        """Air that wanders, at times far above every limit."""
        level = self._level[station]
        level += self._chance.gauss((90 - level) / 12, 12)
        if self._chance.random() < 0.01:
            level += self._chance.choice((150, 260, 330))
        self._level[station] = max(2.0, level)
        return station, START + hour * HOUR, round(self._level[station], 1)

    def _deliver(self, batch: list[dict[str, Any]]) -> None:
        while not self.refused:
            try:
                answer = self._http.post(UPSERT, json=batch, timeout=60)
            except httpx.TransportError:
                self.repeated += 1
                self._ended.wait(0.02)
                continue
            if answer.status_code in {201, 204}:
                return
            if answer.status_code != 503:
                self.refused.append(f"{answer.status_code} {answer.text}")


# -- what must follow ------------------------------------------------------------------------------


def expected_alerts(ledger: Ledger) -> list[Expected]:
    """Every alert that the rules promise for these readings, sorted."""
    [folder] = [Path(one) / "environment" for one in huicheng.domains.__path__]
    rules = yaml.safe_load((folder / "rules.yaml").read_text("utf-8"))
    hourly, daily = rules["pm25-hourly"], rules["pm25-daily"]
    assert (hourly["fires"], hourly["clears"], hourly["missing_after"]) == (
        "pm25 > hourly_limit",
        "pm25 < clear_limit",
        "PT6H",
    )
    assert (daily["fires"], daily.get("clears"), daily["when"]["at_least"]) == ("value > daily_limit", None, 20)
    found = []
    for station, readings in ledger.items():
        found += [("environment/pm25-hourly", station, at) for at in _hourly(readings, hourly["limits"])]
        found += [("environment/pm25-daily", station, at) for at in _daily(readings, daily["limits"])]
    return sorted(found)


def _hourly(readings: list[tuple[datetime, float]], limits: dict[str, Any]) -> Iterator[datetime]:
    going = False
    for at, value in readings:
        day = at.astimezone(SHANGHAI).date()
        if not going and value > _limit(limits["hourly_limit"], day):
            going = True
            yield at
        elif going and value < _limit(limits["clear_limit"], day):
            going = False


def _daily(readings: list[tuple[datetime, float]], limits: dict[str, Any]) -> Iterator[datetime]:
    going = False
    newest = readings[-1][0]
    for day, group in groupby(readings, lambda one: one[0].astimezone(SHANGHAI).date()):
        values = [value for _, value in group]
        begin = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
        # A day is judged when its station has reported from ten minutes beyond its end.
        if len(values) < 20 or newest < begin + timedelta(days=1, minutes=10):
            continue
        above = sum(values) / len(values) > _limit(limits["daily_limit"], day)
        if above and not going:
            yield begin.astimezone(UTC)
        going = above


def _limit(rows: list[dict[str, Any]], day: date) -> float:
    [row] = [one for one in rows if one["valid_from"] <= day < one.get("valid_until", date.max)]
    return float(row["value"])
