"""Keeps the stamps of attributes while the writer writes (see :mod:`huicheng.stores.stamps`).

Whoever writes the same attributes as the last time changes none of them: that is nearly every reading, and it costs
one comparison.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Sequence
from operator import attrgetter
from typing import Any

import apsw
import msgspec

from huicheng.city import Instant
from huicheng.stores.sqlite.known import Known
from huicheng.stores.sqlite.statements import Statements
from huicheng.stores.stamps import Before, Stamps, read_stamps, restamped, stamps_text

_wrote = attrgetter("wrote")
_MOST_NAMES = 1_000
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Stamping:
    """Inside the writer's transaction; ``flush`` sends to SQLite what is on its way there."""

    def __init__(self, connection: apsw.Connection, statements: Statements, flush: Callable[[], None]) -> None:
        self._connection = connection
        self._standing = statements.reading("stamp.standing")
        self._put, self._remove = statements.writing("stamp.put"), statements.writing("stamp.remove")
        self._flush = flush
        #: The same names are the same object, which is compared at once.
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}

    def block(self, known: Sequence[Known | None], names: tuple[str, ...], now: Instant, *, whole: bool) -> None:
        """These, all there, will have these attributes written, and no others if that is the ``whole`` of them."""
        names = self._same(names)
        if list(map(_wrote, known)).count(names) == len(known):
            return
        changed = [one for one in known if one and one.wrote != names]
        for one, before in self._before(changed):
            after = names if whole else {**dict.fromkeys(before.names), **dict.fromkeys(names)}
            self._settle(one, before, after, names, now)

    def one(self, known: Known, after: Collection[str], written: tuple[str, ...], now: Instant) -> None:
        """An entity will have these attributes, of which some are written."""
        if known.wrote != written:
            for one, before in self._before([known]):
                self._settle(one, before, after, written, now)

    def _same(self, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(self._names) > _MOST_NAMES:
            self._names.clear()
        return self._names.setdefault(names, names)

    def fresh(self, known: Known, written: tuple[str, ...]) -> None:
        """A new entity: all its attributes are as old as itself."""
        known.wrote = self._same(written)

    def again(self, known: Known, written: tuple[str, ...]) -> None:
        """An entity that was deleted is new."""
        self._connection.execute(self._remove, (known.id,))
        known.wrote = self._same(written)

    def _before(self, known: Sequence[Known]) -> Iterable[tuple[Known, Before]]:
        self._flush()
        by_row = {one.id: one for one in known}
        rows: list[tuple[Any, ...]] = self._connection.execute(
            self._standing, (apsw.carray(array("q", by_row)),)
        ).fetchall()
        for row, modified_at, document, stamps in rows:
            held: Stamps = read_stamps(stamps) if stamps else {}
            yield by_row[row], Before(names=_members(document), modified_at=modified_at, stamps=held)

    def _settle(
        self, known: Known, before: Before, after: Collection[str], written: tuple[str, ...], now: Instant
    ) -> None:
        known.wrote = self._same(written)
        stamps = restamped(before, after, written, now)
        if stamps != before.stamps:
            self._connection.execute(self._put, (known.id, stamps_text(stamps)))
