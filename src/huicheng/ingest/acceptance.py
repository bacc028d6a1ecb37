"""The one way in: every value that reaches the store has come through here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from datetime import timedelta

import msgspec

from huicheng.city import Entity, Instant, Readings
from huicheng.ingest.geometry import District
from huicheng.ingest.layout import Layouts
from huicheng.ingest.problem import Problem
from huicheng.ingest.sieve import FUTURE_TOLERANCE, Sieve
from huicheng.packs import EntityType
from huicheng.stores import Block, Mode, Outcome, Removal, Store, Transaction, Write


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch. When it is returned, the good part is on the disk."""

    #: One for each entity, in order; ``None`` for a refused one.
    outcomes: list[Outcome | None]
    #: Why entities were refused, in order of the batch.
    problems: list[Problem]
    #: Sequence number of the feed after the commit; ``None`` when nothing was good.
    seq: int | None = None


class Ingest:
    """Validate → canonical units → one commit of state, history and feed → receipt.

    ``types`` are the packs' entity types by name; what they do not declare is taken as it is, within
    bounds. Several instances of one id in a batch are applied in order, as CIM 009 has it (10.3.2–10.3.4
    of version 1.9): later ones see what earlier ones wrote.
    """

    def __init__(
        self,
        store: Store,
        types: Mapping[str, EntityType],
        *,
        district: District | None = None,
        tolerance: timedelta = FUTURE_TOLERANCE,
    ) -> None:
        self.store = store
        self.sieve = Sieve(types, district=district, tolerance=tolerance)
        self.layouts = Layouts(types)

    def into(self, store: Store) -> Ingest:
        """The same checks, before another store."""
        other = copy(self)
        other.store = store
        return other

    async def accept(
        self,
        entities: Sequence[Entity],
        *,
        mode: Mode = Mode.UPDATE,
        must_exist: bool = False,
        judged: bool = True,
        received_at: Instant | None = None,
    ) -> Receipt:
        """Store the good entities of a batch in one commit and report the others.

        Raises what ``Store.commit`` raises; then nothing of the batch was written.
        """
        sifted = self.sieve.sift(entities, mode=mode)
        if not sifted.entities:
            return Receipt(outcomes=[None] * len(entities), problems=sifted.problems)
        writes: list[Write | Removal] = [Write(entity=one, mode=mode, must_exist=must_exist) for one in sifted.entities]
        committed = await self.store.commit(Transaction(writes=writes, judged=judged, received_at=received_at))
        outcomes: list[Outcome | None] = [None] * len(entities)
        for position, outcome in zip(sifted.positions, committed.outcomes, strict=True):
            outcomes[position] = outcome
        return Receipt(outcomes=outcomes, problems=sifted.problems, seq=committed.seq)

    async def change(self, part: Entity, removals: Sequence[Removal]) -> Receipt:
        """Write a part over an entity that is there, if it has attributes, and remove others, in one commit."""
        sifted = self.sieve.sift([part] if part.attributes else [])
        if sifted.problems:
            return Receipt(outcomes=[None], problems=sifted.problems)
        writes = [Write(entity=one, mode=Mode.UPDATE, must_exist=True) for one in sifted.entities]
        committed = await self.store.commit(Transaction(writes=[*writes, *removals]))
        return Receipt(outcomes=[*committed.outcomes], problems=[], seq=committed.seq)

    async def accept_readings(
        self, readings: Readings, *, mode: Mode = Mode.UPDATE, must_exist: bool = False
    ) -> Receipt:
        """Store what :attr:`layouts` has read: the same as to accept its entities, in less time."""
        if not self.sieve.passes(readings):
            return await self.accept(readings.entities(), mode=mode, must_exist=must_exist)
        block = Block(readings=readings, mode=mode, must_exist=must_exist)
        committed = await self.store.commit(Transaction(block=block))
        return Receipt(outcomes=[*committed.outcomes], problems=[], seq=committed.seq)
