"""One simulator at work: watch the events, let time pass, report, hear orders; go on when the platform is away."""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from huicheng.errors import HuichengError
from huicheng.simulation.events import Events, events_of
from huicheng.simulation.hearing import Door, Obedience
from huicheng.simulation.messages import Platform, as_reading, as_thing
from huicheng.simulation.model import Command, Model, Reading, Value
from huicheng.simulation.models import build
from huicheng.simulation.order import DISTRICT, Order

_log = logging.getLogger(__name__)

_HERE = ZoneInfo("Asia/Shanghai")
#: What has not changed is told again after so many seconds, so that nobody takes it for silent.
_AGAIN = 60.0
#: Models that hear orders.
_HEARING = frozenset({"drains", "roadside"})
#: The longest that a tick may let pass: after a suspended laptop nobody wants a night's rain at once.
_LONGEST = 120.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0


class Simulator:
    """Everything that one process does."""

    def __init__(self, order: Order, platform: Platform, said: Callable[[str], None]) -> None:
        self._order, self._platform, self._said = order, platform, said
        self._events = self._watch() or Events()
        seed = f"{self._events.seed}:{order.seed}"
        self._model: Model = build(order, seed, moment_of(datetime.now(_HERE)))
        self._things = [as_thing(one) for one in self._model.things()]
        self._obedience = Obedience(self._model, frozenset(str(one["id"]) for one in self._things))
        self._door = Door() if order.model in _HEARING else None
        self._news = News()
        self._introduced = False
        self._last = time.monotonic()

    def run(self, stopping: Callable[[], bool]) -> None:
        """Report every ``every`` seconds until told to stop; wait longer each time while nobody answers."""
        pause = 0.0
        while not stopping():
            began = time.monotonic()
            try:
                self._tick()
                pause = 0.0
            except HuichengError as away:
                _log.warning("%s: %s", self._order.name, away)
                self._introduced = False
                pause = min(max(2 * pause, _FIRST_PAUSE), _LONGEST_PAUSE)
            self._listen(max(began + self._order.every, time.monotonic() + pause), stopping)
        self.close()

    def _tick(self) -> None:
        self._events = self._watch() or self._events
        self._pass()
        if not self._introduced:
            self._introduce()
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        news = self._news.of(self._model.readings(), time.monotonic())
        refused = self._platform.upsert(as_reading(one, at) for one in news)
        self._said(f"{at} {len(news)} {refused}")

    def _watch(self) -> Events | None:
        found = self._platform.entity(DISTRICT)
        return None if found is None else events_of(found)

    def _pass(self) -> None:
        """Time passes for the model as it did on the wall, times both speeds."""
        now = time.monotonic()
        seconds = min(_LONGEST, now - self._last) * self._order.speed * self._events.speed
        self._last = now
        self._model.advance(seconds, self._events)

    def _introduce(self) -> None:
        """Tell what there is: at the start, and again after the platform was away."""
        self._platform.upsert(self._things)
        if self._door is not None:
            self._platform.subscribe(self._door.subscription(self._order))
        self._news = News()
        self._introduced = True

    def _listen(self, until: float, stopping: Callable[[], bool]) -> None:
        """Do what is told, at once, until the next report is due."""
        while not stopping() and (left := until - time.monotonic()) > 0:
            if self._door is None:
                time.sleep(min(left, 0.5))
                continue
            try:
                command = self._door.told.get(timeout=min(left, 0.5))
            except queue.Empty:
                continue
            self._obey(command)

    def _obey(self, command: Command) -> None:
        if command.target in self._events.silent:
            return
        answer = self._obedience.answer(command)
        if answer is None:
            return
        now = {one.id: one for one in self._model.readings() if one.id == command.target}
        acknowledged = {"type": "JsonProperty", "json": answer, "observedAt": answer["at"]}
        try:
            self._platform.change(command.target, {"commandAck": acknowledged})
            self._platform.upsert(as_reading(one, answer["at"]) for one in now.values())
        except HuichengError as away:
            _log.warning("%s: an order was done and could not be answered: %s", self._order.name, away)

    def close(self) -> None:
        """Close what is open."""
        if self._door is not None:
            self._door.close()
        self._platform.close()
        self._model.close()


class News:
    """Which readings are worth telling: those that have changed, and every minute all the others."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[dict[str, Value], object, float]] = {}

    def of(self, readings: Iterable[Reading], now: float) -> list[Reading]:
        """Those to tell now."""
        return [one for one in readings if self._new(one, now)]

    def _new(self, one: Reading, now: float) -> bool:
        values, place, when = self._told.get(one.id, ({}, None, 0.0))
        if values == one.values and place == one.place and now - when < _AGAIN:
            return False
        self._told[one.id] = (one.values, one.place, now)
        return True


def moment_of(local: datetime) -> float:
    """Seconds since Monday, 0 o'clock."""
    return local.weekday() * 86_400 + local.hour * 3600 + local.minute * 60 + local.second


def key_of(order: Order) -> str:
    """The API key in the order's file."""
    return Path(order.key).read_text("utf-8").strip()
