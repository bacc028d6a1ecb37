"""Readings of entities that this process wrote last: they take the place of the older ones, which nobody reads.

A row says which transaction has written it (``xmin``). Where that was one of this process which wrote the same readings
in the same way, all that matters is known: the entity is there and of that type, each reading has one instance without
a data set, and its attributes' times need no word. One statement then writes a whole group, and only rows that
are still so; if it finds one less, it is undone, and the group goes the way of all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

import msgspec

from huicheng.city import Attributes, Instant
from huicheng.stores.faces import Block, Mode, Transaction
from huicheng.stores.feed.body import Taken
from huicheng.stores.places import LOCATION
from huicheng.stores.postgres.connection import Connection
from huicheng.stores.postgres.standing import Standing, Standings
from huicheng.stores.postgres.state import Met
from huicheng.stores.postgres.statements import Statements

#: Entities remembered, at least; at most twice as many.
_SIZE = 100_000
#: Type, names of the readings, and how they are put.
_Layout = tuple[str, tuple[str, ...], Mode]


class _Wrote(NamedTuple):
    """The last write of an entity."""

    #: Number of the transaction, as a row has it.
    by: str
    layout: _Layout


class Taking(msgspec.Struct, frozen=True, kw_only=True):
    """A group of blocks, no entity in two of them, each of which is as this process left it."""

    blocks: list[Block]
    #: Of the state, and by whom they were written; block by block.
    rows: list[list[int]]
    written: list[str]

    def taken(self) -> list[Taken]:
        """For the feed."""
        return [Taken(rows=rows, readings=block.readings) for rows, block in zip(self.rows, self.blocks, strict=True)]


class Taker:
    """Remembers what this process wrote. :meth:`forget` with its connection: a server that was restored counts anew."""

    def __init__(self, statements: Statements) -> None:
        self._take = statements.writing("state.take")
        self._young: dict[str, tuple[int, _Wrote]] = {}
        self._old: dict[str, tuple[int, _Wrote]] = {}

    def forget(self) -> None:
        """Look at everything again."""
        self._young, self._old = {}, {}

    def foreseen(self, group: Sequence[Transaction]) -> Taking | None:
        """The group, where it is blocks and nothing else, and all that they write is known; else ``None``."""
        blocks = plain_blocks(group)
        if blocks is None or not _apart(block.readings.ids for block in blocks):
            return None
        found = [one for one in map(self._held, blocks) if one is not None]
        if len(found) < len(blocks):
            return None
        return Taking(
            blocks=blocks,
            rows=[[row for row, _ in one] for one in found],
            written=[wrote.by for one in found for _, wrote in one],
        )

    async def take(self, connection: Connection, taking: Taking, times: Sequence[Instant]) -> None:
        """Write them, a time for each block; ``Met`` where somebody else has been there, and they are forgotten."""
        iris = list(chain.from_iterable(block.readings.ids for block in taking.blocks))
        rows = list(chain.from_iterable(taking.rows))
        documents = list(chain.from_iterable(block.readings.documents for block in taking.blocks))
        at = [time for time, block in zip(times, taking.blocks, strict=True) for _ in block.readings.ids]
        order = sorted(range(len(iris)), key=iris.__getitem__)  # as everybody holds them: nobody waits in a circle
        done = await connection.execute(
            self._take,
            [rows[place] for place in order],
            [taking.written[place] for place in order],
            [at[place] for place in order],
            [documents[place].decode() for place in order],
            sorted({block.readings.type for block in taking.blocks}),
        )
        if done != f"UPDATE {len(iris)}":
            for iri in iris:
                self._young.pop(iri, None)
                self._old.pop(iri, None)
            raise Met

    def note(self, taking: Taking, written: str) -> None:
        """The group has been committed by this transaction."""
        for block, rows in zip(taking.blocks, taking.rows, strict=True):
            wrote = _Wrote(written, _layout(block))
            self._remember((iri, (row, wrote)) for iri, row in zip(block.readings.ids, rows, strict=True))

    def learn(self, group: Sequence[Transaction], standings: Standings, written: str) -> None:
        """A group that went the way of all others has been committed: what it wrote is known from now on."""
        for block in plain_blocks(group) or ():
            wrote = _Wrote(written, _layout(block))
            names = list(block.readings.units)
            stood = [standings.of(iri) for iri in block.readings.ids]
            self._remember(
                (one.iri, (one.id, wrote)) for one in stood if one and one.id and _is_plain(one, block, names)
            )

    def _held(self, block: Block) -> list[tuple[int, _Wrote]] | None:
        """What is known of a block's entities; ``None`` where something is not."""
        ids, layout = block.readings.ids, _layout(block)
        found = [self._young.get(iri) or self._old.get(iri) for iri in ids]
        held = [one for one in found if one is not None]
        known = len(held) == len(ids) and all(wrote.layout == layout for wrote in {wrote for _, wrote in held})
        return held if known else None

    def _remember(self, found: Iterable[tuple[str, tuple[int, _Wrote]]]) -> None:
        if len(self._young) >= _SIZE:
            self._old, self._young = self._young, {}
        self._young.update(found)


def plain_blocks(group: Sequence[Transaction]) -> list[Block] | None:
    """The blocks of a group that is nothing else, and does not care how new its readings are."""
    blocks = [one.block for one in group if one.block is not None and not (one.writes or one.rows or one.position)]
    if len(blocks) < len(group) or any(one.newest or LOCATION in one.readings.units for one in blocks):
        return None
    return blocks


def _layout(block: Block) -> _Layout:
    return block.readings.type, tuple(block.readings.units), block.mode


def _apart(several: Iterable[list[str]]) -> bool:
    ids = list(chain.from_iterable(several))
    return len(set(ids)) == len(ids)


def _is_plain(one: Standing, block: Block, names: list[str]) -> bool:
    """Whether it is what the block made of it, and the same readings would simply take the place of these."""
    return one.kept is None and one.type == block.readings.type and _each_alone(one.attributes, names)


def _each_alone(attributes: Attributes, names: list[str]) -> bool:
    held = [attributes.get(name) for name in names]
    return all(one is not None and not isinstance(one, list) and one.dataset_id is None for one in held)
