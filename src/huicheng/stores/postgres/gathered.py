"""One entity each for many who ask at the same time: while one question is under way, those that come gather.

To ask for eight by their identifiers takes PostgreSQL and this process little longer than to ask for one, and the
number of the policies, which everybody asks for who reads, comes with them. All of a round may see everything: what a
guard hides is looked at after that, or asked for otherwise.
"""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, Future
from collections.abc import Awaitable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from huicheng.errors import HuichengError, Unavailable
from huicheng.stores.postgres.connection import Connection
from huicheng.stores.postgres.links import Links
from huicheng.stores.postgres.pool import Planning
from huicheng.stores.postgres.statements import Statements

#: The columns of a row of the state, as :func:`huicheng.stores.found.stored` takes them.
Row = tuple[Any, ...]
#: The number of the policies, and a row as it stood beside them; ``None``: there is none.
Beside = tuple[int, Row | None]
#: An identifier (``None``: only the number is wanted), and who waits.
Asker = tuple[str | None, Future[Beside]]

#: Questions under way at the same time, of one event loop, and identifiers in one of them.
_AT_ONCE = 2
_MOST = 256


class Gathered:
    """:meth:`ask` under any event loop, or driven in a thread without one."""

    def __init__(self, links: Links, statements: Statements) -> None:
        self._links = links
        self._rows, self._number = statements.reading("state.several"), statements.reading("policy.version")
        self._rounds: WeakKeyDictionary[AbstractEventLoop, _Rounds] = WeakKeyDictionary()

    def ask(self, iri: str | None) -> Awaitable[Beside]:
        """How it stands after the call, not only after the answer is awaited: what is asked next may come with it."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return self._alone(iri)
        rounds = self._rounds.get(loop)
        if rounds is None:
            rounds = self._rounds[loop] = _Rounds(self)
        return rounds.ask(iri, loop)

    async def _alone(self, iri: str | None) -> Beside:
        number, found = await self.rows([] if iri is None else [iri])
        return number, found.get(iri)

    async def rows(self, iris: Sequence[str]) -> tuple[int, dict[str | None, Row]]:
        """The number, and the rows of those that there are, by identifier."""

        async def read(connection: Connection) -> list[Any]:
            return await (connection.fetch(self._rows, iris) if iris else connection.fetch(self._number))

        found = [tuple(row) for row in await self._links.ask(read, Planning.ALONG if iris else None)]
        return found[0][0], {row[1]: row[1:] for row in found if iris and row[1] is not None}


class _Rounds:
    """Those who ask on one event loop."""

    def __init__(self, of: Gathered) -> None:
        self._of = of
        self._gathered: list[Asker] = []
        self._asking = 0
        #: The loop itself holds a task only weakly.
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, iri: str | None, loop: AbstractEventLoop) -> Future[Beside]:
        reply: Future[Beside] = loop.create_future()
        self._gathered.append((iri, reply))
        if self._asking < _AT_ONCE:
            self._asking += 1
            task = loop.create_task(self._ask())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return reply

    async def _ask(self) -> None:
        """Until nobody waits; who comes after that finds that nobody asks."""
        try:
            while self._gathered:
                askers, self._gathered = self._gathered[:_MOST], self._gathered[_MOST:]
                await self._answer(askers)
        finally:
            self._asking -= 1

    async def _answer(self, askers: Sequence[Asker]) -> None:
        try:
            number, found = await self._of.rows(list({iri for iri, _ in askers if iri is not None}))
        except HuichengError as error:
            await self._failed(askers, error)
        except BaseException:  # the loop ends
            for _, reply in askers:
                reply.cancel()
            raise
        else:
            for iri, reply in askers:
                if not reply.done():  # else the caller has gone
                    reply.set_result((number, found.get(iri)))

    async def _failed(self, askers: Sequence[Asker], error: HuichengError) -> None:
        """What is wrong with one identifier is nobody else's fault."""
        if len(askers) > 1 and not isinstance(error, Unavailable):
            for asker in askers:
                await self._answer([asker])
            return
        for _, reply in askers:
            if not reply.done():
                reply.set_exception(error)
