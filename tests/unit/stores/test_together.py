"""One question for all who ask at the same time, and no answer older than the asking."""

from __future__ import annotations

import asyncio

from huicheng.stores.blocking import drive
from huicheng.stores.together import Together


class Book:
    """Counts how often it is read; an answer is what stood there when the reading began."""

    def __init__(self) -> None:
        self.page = 0
        self.read = 0
        self.open = asyncio.Event()

    async def ask(self) -> int:
        self.read += 1
        page = self.page
        await self.open.wait()
        if page < 0:
            raise LookupError(page)
        return page


def test_who_asks_while_the_question_is_under_way_shares_the_next() -> None:
    async def run() -> tuple[list[int], int]:
        book = Book()
        question = Together(book.ask)
        first = asyncio.create_task(question.answer())
        while not book.read:
            await asyncio.sleep(0)
        book.page = 1
        later = [asyncio.create_task(question.answer()) for _ in range(5)]
        await asyncio.sleep(0)
        book.open.set()
        return await asyncio.gather(first, *later), book.read

    assert asyncio.run(run()) == ([0, 1, 1, 1, 1, 1], 2)


def test_one_that_gives_up_does_not_end_it_for_the_others_and_an_error_reaches_each() -> None:
    async def run() -> None:
        book = Book()
        book.page = -1
        question = Together(book.ask)
        tasks = [asyncio.create_task(question.answer()) for _ in range(3)]
        while not book.read:
            await asyncio.sleep(0)
        tasks[0].cancel()
        book.open.set()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(one) for one in found] == [asyncio.CancelledError, LookupError, LookupError]
        book.page = 7
        assert await question.answer() == 7

    asyncio.run(run())


def test_a_thread_without_an_event_loop_asks_by_itself() -> None:
    async def ask() -> int:
        return 3

    assert drive(Together(ask).answer()) == 3
