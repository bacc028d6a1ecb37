"""What the worker repeats: the consumers of the feed, and the upkeep of history."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TypedDict, Unpack

from huicheng.api import Teller
from huicheng.calendar import CaseClock
from huicheng.cases.acknowledging import AckConsumer
from huicheng.cases.alerts import AlertConsumer
from huicheng.cases.intake import PhotographIntake
from huicheng.cases.projection import Projector
from huicheng.cases.watch import ClockWatcher
from huicheng.city import Instant
from huicheng.context import Carrier, Herald, Notifier
from huicheng.devices.presence import Presence
from huicheng.indicators.consumer import IndicatorConsumer
from huicheng.indicators.fact_consumer import FactConsumer
from huicheng.project.installation import Installation
from huicheng.project.loops import Loop, in_thread
from huicheng.project.news import CITY, FEED, PEOPLE
from huicheng.project.positions import Step, reported
from huicheng.project.warnings import Warner
from huicheng.rules import Judge
from huicheng.stores import Sizes, Store, compact

#: Figures are counted after a moment: whoever answers an order or hears of it goes first.
_LATE = 0.5


def loops(
    installation: Installation,
    notifier: Notifier,
    herald: Herald,
    carrier: Carrier | None = None,
    teller: Teller | None = None,
) -> tuple[Loop, ...]:
    """One loop for each consumer; none of them waits for another."""
    store, platform = installation.store, installation.platform
    kept = installation.configuration.compact_after
    sizes = Sizes(age=kept, keep=kept)

    async def compaction() -> bool:
        return bool((await compact(store, sizes)).observations)

    alerts, counts, facts = AlertConsumer(platform), IndicatorConsumer(platform), FactConsumer(platform)
    words = AckConsumer(platform)
    return (
        # Days that are over and stations that are silent come by the clock alone.
        city("judge", Judge(store, installation.packs, now=case_clock(store)).step, idle=1.0),
        # A device that hears its orders by a subscription is waited for.
        city("notifier", notifier.step, busy=0.05, brief=0.005),
        # Intervals of subscriptions go by the clock alone.
        city("news of sources", herald.step, idle=1.0),
        follower("alerts to cases", reported(store, "alerts", in_thread(alerts.step), alerts.position)),
        follower(
            "acknowledgements", reported(store, "acknowledgements", in_thread(words.step), words.position), busy=0.02
        ),
        # Silence comes by the clock alone.
        follower("presence", Presence(store, installation.packs).step, idle=10.0),
        *([follower("orders", carrier.step, busy=0.0)] if carrier is not None else []),
        *([follower("topics of SensorThings", teller.step)] if teller is not None else []),
        Loop(name="case clocks", step=in_thread(ClockWatcher(platform).step), idle=0.5),
        # An order goes out with the projection of its case, and a device is waiting for it.
        Loop(
            name="case projector",
            step=in_thread(Projector(platform).step),
            hears=(PEOPLE,),
            busy=0.02,
            passes_on=True,
        ),
        Loop(name="photographs", step=in_thread(PhotographIntake(platform).step), hears=(PEOPLE,), busy=0.0),
        city("indicators", reported(store, "indicators", in_thread(counts.step), counts.position), late=_LATE),
        city("facts", reported(store, "facts", in_thread(facts.step), facts.position), late=_LATE),
        Loop(name="compaction", step=compaction, idle=min(10.0, max(kept, 0.1))),
        Loop(name="warnings", step=Warner(store).step, idle=15.0),
    )


class Pauses(TypedDict, total=False):
    """Of :class:`Loop`, in seconds."""

    idle: float
    busy: float
    brief: float
    late: float


def follower(name: str, step: Step, **pauses: Unpack[Pauses]) -> Loop:
    """A consumer of the feed, and of nothing else."""
    return Loop(name=name, step=step, hears=(FEED,), **pauses)


def city(name: str, step: Step, **pauses: Unpack[Pauses]) -> Loop:
    """A consumer of the feed that heeds more of the city: its clock, its subscriptions and registrations."""
    return Loop(name=name, step=step, hears=(CITY,), **pauses)


def case_clock(store: Store) -> Callable[[], Awaitable[Instant]]:
    """What time it is for cases, read from the store at each call: a replay may set it at any moment."""

    async def now() -> Instant:
        [row] = await store.rows("clock.get")
        return CaseClock.from_row(row).now(time.time_ns() // 1000)

    return now
