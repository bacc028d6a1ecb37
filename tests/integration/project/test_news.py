"""Consumers sleep until somebody has written, to the city or to people.db, here or in another process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from django.db import connection
from people import Town

from huicheng.cases.models import ConsumerPosition
from huicheng.errors import Unavailable
from huicheng.project.loops import Loop, in_thread, repeat, repeat_all
from huicheng.project.news import CITY, FEED, PEOPLE, Bell, News
from huicheng.stores import Position, Transaction

#: Seconds that nobody waits for in vain: a loop that sleeps so long was not woken by the clock.
_FOR_EVER = 3_600.0


class Asleep:
    """A loop that counts its steps, and has work for none of them."""

    def __init__(self, *hears: str) -> None:
        self.steps = 0
        self.loop = Loop(name="counted", step=self.step, hears=hears, idle=_FOR_EVER)

    async def step(self) -> bool:
        self.steps += 1
        return False


async def beside(town: Town, loops: tuple[Loop, ...], work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Do some work while the loops run; they end after it."""
    stopping = asyncio.Event()
    news = News(town.store.store)
    running = asyncio.create_task(repeat_all(loops, news, stopping))
    try:
        async with asyncio.timeout(60):
            await work()
    finally:
        stopping.set()
        await asyncio.wait_for(running, 60)


async def stepped(one: Asleep, more_than: int) -> None:
    while one.steps <= more_than:
        await asyncio.sleep(0.01)


def written_to_people() -> None:
    try:
        ConsumerPosition.objects.create(consumer="x", seq=1)
    finally:
        connection.close()


@pytest.mark.engines("sqlite")  # in one PostgreSQL database each commit is news of both halves
def test_who_hears_the_city_is_woken_by_a_commit_and_nobody_else_is(town: Town) -> None:
    city, people = Asleep(CITY), Asleep(PEOPLE)

    async def work() -> None:
        await stepped(city, 0)
        await stepped(people, 0)
        before, others = city.steps, people.steps
        await asyncio.to_thread(town.put_alert, "a1")
        await stepped(city, before)
        assert people.steps == others

    asyncio.run(beside(town, (city.loop, people.loop), work))


def test_who_follows_the_feed_sleeps_on_while_no_entity_changes(town: Town) -> None:
    city, feed = Asleep(CITY), Asleep(FEED)
    kept = Transaction(position=Position(consumer="x", seq=0))

    async def work() -> None:
        await stepped(city, 0)
        await stepped(feed, 0)
        before, others = city.steps, feed.steps
        await asyncio.to_thread(town.store.commit, kept)
        await stepped(city, before)
        assert feed.steps == others
        await asyncio.to_thread(town.put_alert, "a1")
        await stepped(feed, others)

    asyncio.run(beside(town, (city.loop, feed.loop), work))


def test_what_a_loop_passes_on_is_news_at_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks by the clock here, but after the step that has done something."""
    monkeypatch.setattr("huicheng.project.news._EVERY", _FOR_EVER)
    done: list[bool] = []

    async def step() -> bool:
        if not done:
            await asyncio.to_thread(town.put_alert, "a1")
        done.append(True)
        return len(done) == 1

    async def work() -> None:
        news, stopping = News(town.store.store), asyncio.Event()
        bell, own = news.bell(FEED), news.bell()
        await news.begin()
        bell.hang_up()
        watching = asyncio.create_task(news.watch(stopping))
        loop = Loop(name="working", step=step, idle=_FOR_EVER, busy=0.01, passes_on=True)
        working = asyncio.create_task(repeat(loop, own, stopping))
        async with asyncio.timeout(60):
            await bell.heard(_FOR_EVER)
            stopping.set()
            own.worked()
            await asyncio.gather(watching, working)

    asyncio.run(work())
    assert done


def test_who_hears_people_is_woken_by_djangos_commits_in_other_threads(town: Town) -> None:
    people = Asleep(PEOPLE)

    async def work() -> None:
        await stepped(people, 0)
        before = people.steps
        await asyncio.to_thread(written_to_people)
        await stepped(people, before)
        assert people.steps > before

    asyncio.run(beside(town, (people.loop,), work))


def test_who_hears_people_is_seldom_woken_by_many_commits_of_the_city(town: Town) -> None:
    """Issue 5, Figures: in one PostgreSQL database nobody can tell whose a commit was."""
    people = Asleep(PEOPLE)

    async def work() -> None:
        await stepped(people, 0)
        before, began = people.steps, time.monotonic()
        for _ in range(40):
            await asyncio.to_thread(town.store.commit, Transaction(position=Position(consumer="x", seq=0)))
            await asyncio.sleep(0.01)
        assert people.steps - before <= 2 + (time.monotonic() - began) / 0.1

    asyncio.run(beside(town, (people.loop,), work))


def test_what_is_written_during_a_step_is_looked_at_after_it(town: Town) -> None:
    seen: list[int] = []

    def step() -> bool:
        seen.append(ConsumerPosition.objects.count())
        if len(seen) == 1:
            written_to_people()  # it has looked already
        return False

    async def work() -> None:
        while len(seen) < 2:
            await asyncio.sleep(0.01)
        assert seen[1] == seen[0] + 1

    loop = Loop(name="written to", step=in_thread(step), hears=(PEOPLE,), idle=_FOR_EVER)
    asyncio.run(beside(town, (loop,), work))


def test_a_step_that_fails_is_tried_again_without_any_news(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    steps = 0

    async def failing() -> bool:
        nonlocal steps
        steps += 1
        if steps < 3:
            raise Unavailable(place="disk", why="It is full.", mend="Make room.")
        return False

    async def work() -> None:
        while steps < 3:
            await asyncio.sleep(0.01)

    asyncio.run(beside(town, (Loop(name="failing", step=failing, idle=_FOR_EVER),), work))
    assert caplog.text.count("failing failed") == 2


def test_a_bell_that_rang_before_it_was_waited_for_is_heard() -> None:
    async def late() -> bool:
        bell = Bell(frozenset({CITY}))
        bell.ring()
        async with asyncio.timeout(60):
            await bell.heard(_FOR_EVER)
        return True

    assert asyncio.run(late())
