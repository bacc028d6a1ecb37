"""Cases inserted in bulk, as the engine would have left them.

Numbers, clocks, histories with their hash chain and the search index are made by the functions that the engine
calls, so every case passes ``history.first_break``. What is left out: the Case entities of the city (a projection).
"""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
from django.db import transaction

from bench.town.pack import UNITS
from bench.town.squares import place
from bench.town.words import report
from huicheng.accounts.demo import create_demo_accounts
from huicheng.accounts.models import Account, Unit
from huicheng.accounts.units import seed_units
from huicheng.cases import clockwork, history, search
from huicheng.cases.kinds import kinds
from huicheng.cases.models import Case, CaseEvent, DayCounter, Source
from huicheng.cases.times import calendar, wall
from huicheng.city import Instant, from_micros
from huicheng.packs import CaseKind
from huicheng.platform import current

_BATCH = 2_000
_HOUR = 3_600_000_000
#: Cases have been opened in so many hours before now, the newest a minute ago.
_HOURS = 30 * 24
#: Closed cases beside the open ones, as a share.
_CLOSED = 0.05
_ACTOR = "bench"


def accounts(data: Path) -> None:
    """Units, one account for each role, and a handler of a unit of the town."""
    seed_units(current().packs)
    made = create_demo_accounts()
    unit = Unit.objects.get(code=next(iter(UNITS)))
    Account.objects.filter(username="handler").update(unit=unit)
    (data / "demo-accounts.json").write_text(json.dumps({"accounts": made, "api_key": ""}, ensure_ascii=False), "utf-8")


def cases(count: int) -> None:
    """``count`` open cases, and a few closed ones."""
    made = _made(random.Random(3), count)  # noqa: S311 - made-up cases
    counters: Counter[str] = Counter()
    while batch := list(itertools.islice(made, _BATCH)):
        with transaction.atomic():
            _insert(batch, counters)
    DayCounter.objects.bulk_create(DayCounter(day=day, last=last) for day, last in counters.items())


class _Made(msgspec.Struct, frozen=True, kw_only=True):
    """A case that is not stored yet, and what happened to it: action, state, time."""

    case: Case
    events: list[tuple[str, str, Instant]]


def _insert(batch: list[_Made], counters: Counter[str]) -> None:
    for one in batch:
        day = from_micros(one.case.opened_at).astimezone(calendar().hours.tz).strftime("%y%m%d")
        counters[day] += 1
        one.case.number = f"{day}{counters[day]:04d}"
    Case.objects.bulk_create(one.case for one in batch)
    CaseEvent.objects.bulk_create(event for one in batch for event in _history(one))
    search.index_all([one.case for one in batch])


def _history(made: _Made) -> Iterator[CaseEvent]:
    before, previous = "", ""
    for seq, (action, state, at) in enumerate(made.events, start=1):
        event = CaseEvent(
            case=made.case, seq=seq, at=at, received=at, action=action, from_state=before, to_state=state,
            actor=_ACTOR, previous=previous,
        )  # fmt: skip
        event.digest = history.digest(made.case.number, event)
        before, previous = state, event.digest
        yield event


class _Town(msgspec.Struct, frozen=True, kw_only=True):
    """What cases are made from."""

    dice: random.Random
    now: Instant
    communities: list[str]

    def case(self, name: str, kind: CaseKind, wanted: str) -> _Made:
        """One case, as far on its way as chance has it, or in the wanted state."""
        dice = self.dice
        category = dice.choice(list(kind.categories))
        title, description, address = report(dice)
        longitude, latitude = place(dice)
        opened = self.now - dice.randint(_HOUR // 60, _HOURS * _HOUR)
        case = Case(
            kind=name, category=category, state=kind.initial, stage=kind.states[kind.initial].stage,
            source=dice.choice([Source.HOTLINE, Source.PORTAL, Source.COLLECTOR, Source.DESK]),
            title=title, description=description, address=address, division=dice.choice(self.communities),
            longitude=longitude, latitude=latitude,
            owner_unit=kind.categories[category].owner_unit, opened_at=opened, clock_from=opened,
            limit=msgspec.to_builtins(kind.categories[category].limit),
        )  # fmt: skip
        clockwork.start(case, kind.states[kind.initial])
        return _Made(case=case, events=_walk(dice, case, kind, wanted, self.now))


def _made(dice: random.Random, count: int) -> Iterator[_Made]:
    """One kind after the other, so that each has the same number of cases."""
    known = [(name, kind) for name, kind in kinds().items() if name.startswith("town/") or name == "environment/event"]
    town = _Town(dice=dice, now=wall(), communities=[one.code for one in current().divisions.at("community")])
    for n in range(round(count * (1 + _CLOSED))):
        name, kind = known[n % len(known)]
        yield town.case(name, kind, "" if n < count else "closed")


def _walk(dice: random.Random, case: Case, kind: CaseKind, wanted: str, now: Instant) -> list[tuple[str, str, Instant]]:
    """Act on it as its table allows, until it is closed where that is wanted, else some steps short of it."""
    events = [("open", case.state, case.opened_at)]
    steps = 50 if wanted else dice.choice([0, 0, 1, 1, 1, 2, 2, 3])
    for _ in range(steps):
        ways = [
            (action, row.to)
            for action, row in kind.transitions.items()
            if case.state in row.from_ and row.to and not row.reopens and kind.states[row.to].final <= bool(wanted)
        ]
        if not ways:
            break
        action, state = next((way for way in ways if kind.states[way[1]].final), dice.choice(ways))
        at = events[-1][2] + round((now - events[-1][2]) * dice.random() * 0.2)
        case.state, case.stage, case.version = state, kind.states[state].stage, case.version + 1
        case.handling_unit = dice.choice(list(UNITS)) if action == "dispatch" else case.handling_unit
        case.owner_unit = case.handling_unit or case.owner_unit
        clockwork.enter(case, kind.states[state], at)
        events.append((action, state, at))
    return events
