"""First content of an installation. All of it may be repeated at each start: what people entered stays."""

from __future__ import annotations

from collections.abc import Sequence

from huicheng.calendar import seed_days, seed_hours, seed_years
from huicheng.packs import Pack
from huicheng.stores import Authority, Position, Rows, Store, Transaction

#: Everybody who follows the feed. A row of it goes only when all of these are past it.
CONSUMERS = ("judge", "judge-memory", "notifier", "alerts", "indicators")


async def seed(store: Store, authority: Authority, packs: Sequence[Pack]) -> None:
    """Policies of the packs, the calendar, and every consumer's place in the feed."""
    await authority.seed(packs)
    await store.commit(Transaction(rows=_calendar()))
    await _register(store)


def _calendar() -> list[Rows]:
    return [
        Rows(statement="calendar.seed_hours", parameters=[seed_hours()]),
        Rows(statement="calendar.seed_day", parameters=list(seed_days())),
        Rows(statement="calendar.seed_year", parameters=list(seed_years())),
    ]


async def _register(store: Store) -> None:
    """Make the feed wait for every consumer from the first row on, before any of them has run."""
    for consumer in CONSUMERS:
        await store.commit(Transaction(position=Position(consumer=consumer, seq=0)))
