"""From messages to one transaction: routed, read, checked, permitted, compared with what is stored."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from huicheng.city import Attribute, Entity
from huicheng.errors.sentences import filled
from huicheng.ingest.known import BEFORE_ALL, observed_at
from huicheng.ingest.mapping import RowFlaws
from huicheng.ingest.mqtt.columns import block_of
from huicheng.ingest.mqtt.message import Message
from huicheng.ingest.mqtt.refused import Refusal
from huicheng.ingest.mqtt.routes import Plan, Routes, Way
from huicheng.ingest.mqtt.standing import Senders, Standing, Stood
from huicheng.ingest.problem import Problem, Sentence, shown
from huicheng.ingest.rejects import Reject
from huicheng.ingest.rows import Row
from huicheng.ingest.sieve import Sieve
from huicheng.ingest.sifting import by_index
from huicheng.stores import Block, Removal, Transaction, Write, device_urn

#: How old an observation may be: as long as a broker keeps a session.
OLDEST = timedelta(days=7)

NO_SOURCE = Sentence("No source listens to this topic.", "Correct the topic, or add it to a pack's sources.")
NO_KEY = Sentence("The device “%(device)s” has no key that holds.", "Register it and give it a key.")
NOT_GRANTED = Sentence(
    "No policy lets the device “%(device)s” write %(attributes)s of %(entity)s.",
    "Set refDevice of the entity to the device, or ask for a policy.",
)
TOO_OLD = Sentence("The time %(time)s is more than %(days)s days ago.", "Set the device's clock.")


class Update(NamedTuple):
    """One row on its way."""

    message: Message
    way: Way
    row: Row
    entity: Entity


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A batch, ready to be committed."""

    transaction: Transaction
    #: Rows with something new, rows that said nothing new, and what was refused.
    accepted: int
    duplicates: int
    refusals: list[Refusal]
    #: Rows of which anything was refused.
    rejected: int


class Preparer:
    """Makes transactions of batches. It may be asked again for the same messages when a commit has failed."""

    def __init__(self, routes: Routes, sieve: Sieve, standing: Standing, senders: Senders) -> None:
        self._routes = routes
        self._sieve = sieve
        self._standing = standing
        self._senders = senders

    async def prepare(self, messages: Sequence[Message]) -> Prepared:
        """All that is good in these messages as one transaction."""
        work = _Work()
        ways = await self._ways(messages, work)
        updates = self._checked(list(self._read(ways, work)), work)
        standing = await self._standing.of(update.entity.id for update in updates)
        updates = await self._permitted(updates, standing, work)
        fresh = await self._fresh(updates, standing)
        entities = [one for one in fresh if one is not None]
        block, writes = _divided(entities, standing)
        return Prepared(
            transaction=Transaction(block=block, writes=writes),
            accepted=len(entities),
            duplicates=len(fresh) - len(entities),
            refusals=work.refusals,
            rejected=len(work.rows),
        )

    async def _ways(self, messages: Sequence[Message], work: _Work) -> list[tuple[Message, Way]]:
        """Each message with each source that wants it, of senders that may speak."""
        routed = [(message, self._routes.of(message.topic)) for message in messages]
        senders = {ways[0].sender for _, ways in routed if ways}
        holding = await self._senders.holding(senders, time.monotonic())
        found: list[tuple[Message, Way]] = []
        for message, ways in routed:
            if not ways:
                work.refuse(message, "", _reject(0, "", message.topic, NO_SOURCE, {}))
            elif ways[0].sender not in holding:
                device = shown(ways[0].sender)
                work.refuse(message, device, _reject(0, "", device, NO_KEY, {"device": device}))
            else:
                found += [(message, way) for way in ways]
        return found

    def _read(self, ways: Iterable[tuple[Message, Way]], work: _Work) -> Iterator[Update]:
        for message, way in ways:
            plan = way.plan
            for delivered in plan.body.read(message, way.names):
                if delivered.flawed is not None:
                    sentence, details = delivered.flawed
                    shown_body = message.body[:80].decode("utf-8", "replace")
                    work.refuse(message, way.sender, _reject(delivered.line, "", shown_body, sentence, details))
                    continue
                row = delivered._replace(cells=plan.mapping.made.complete(delivered.cells))
                try:
                    entity = plan.mapping.entity(row.cells)
                except RowFlaws as flaws:
                    for column, value, flaw in flaws.cells:
                        reject = _reject(row.line, column, value, flaw.sentence, flaw.details)
                        work.refuse(message, way.sender, reject)
                else:
                    if entity.attributes:
                        yield Update(message, way, row, entity)

    def _checked(self, updates: list[Update], work: _Work) -> list[Update]:
        """In canonical units, within bounds, neither from the future nor from long ago."""
        oldest = datetime.now(UTC) - OLDEST
        sifted = self._sieve.sift([one.entity for one in updates])
        for index, problems in by_index(sifted.problems):
            for problem in problems:
                update = updates[index]
                work.refuse(update.message, update.way.sender, _problem_reject(update, problem))
        good = []
        for position, entity in zip(sifted.positions, sifted.entities, strict=True):
            update = updates[position]._replace(entity=entity)
            moment = next(iter(entity.attributes.values())).observed_at  # type: ignore[union-attr] # rows have no lists
            if moment is not None and moment < oldest:
                details = {"time": moment.isoformat(), "days": OLDEST.days}
                reject = _reject(update.row.line, update.way.plan.mapping.time_column, moment, TOO_OLD, details)
                work.refuse(update.message, update.way.sender, reject)
            else:
                good.append(update)
        return good

    async def _permitted(self, updates: list[Update], standing: dict[str, Stood], work: _Work) -> list[Update]:
        """What the policies let its device write; what is new says whose it is."""
        seconds = time.monotonic()
        permitted = []
        for sent in updates:
            stood = standing.get(sent.entity.id)
            update = sent._replace(entity=_referring(sent)) if stood is None and sent.way.plan.refers else sent
            if await self._senders.may_write(update.way.sender, update.entity, stood, seconds):
                permitted.append(update)
            else:
                work.refuse(update.message, update.way.sender, _not_granted(update))
        return permitted

    async def _fresh(self, updates: list[Update], standing: dict[str, Stood]) -> list[Entity | None]:
        """Each update without what is stored already, in order."""
        found: list[Entity | None] = [None] * len(updates)
        for plan in {id(one.way.plan): one.way.plan for one in updates}.values():
            own = [place for place, one in enumerate(updates) if one.way.plan is plan]
            entities = [updates[place].entity for place in own]
            for place, fresh in zip(own, await _compared(plan, entities, standing), strict=True):
                found[place] = fresh
        return found


class _Work:
    """What is refused of a batch while it is prepared."""

    def __init__(self) -> None:
        self.refusals: list[Refusal] = []
        #: The rows that they are about, each once.
        self.rows: set[tuple[int, int]] = set()

    def refuse(self, message: Message, sender: str, reject: Reject) -> None:
        topic = shown(message.topic)
        self.refusals.append(Refusal(received=message.received, topic=topic, sender=sender, reject=reject))
        self.rows.add((id(message), reject.line))


async def _compared(plan: Plan, entities: list[Entity], standing: dict[str, Stood]) -> list[Entity | None]:
    newest = {one.id: BEFORE_ALL for one in entities}
    for one in entities:
        stood = standing.get(one.id)
        if stood is not None:
            newest[one.id] = max(newest[one.id], stood.newest(one.attributes))
    return await plan.known.fresh_after(entities, newest)


def _divided(entities: list[Entity], standing: dict[str, Stood]) -> tuple[Block | None, list[Write | Removal]]:
    """The most that are alike as columns; what else there is, and what comes again in the batch, one by one behind."""
    first: dict[str, Entity] = {}
    for entity in entities:
        first.setdefault(entity.id, entity)
    candidates = [one for one in first.values() if _goes_on(one, standing.get(one.id))]
    block, held = block_of(candidates)
    rest = [one for one in entities if not (one.id in held and first[one.id] is one)]
    return block, [Write(entity=one, newest=True) for one in rest]


def _goes_on(entity: Entity, stood: Stood | None) -> bool:
    return stood is not None and stood.type == entity.type and observed_at(entity) > stood.newest(entity.attributes)


def _referring(update: Update) -> Entity:
    """A new entity, with the device that observes it."""
    device = Attribute(type="Relationship", object=device_urn(update.way.sender))
    entity = update.entity
    return Entity(id=entity.id, type=entity.type, attributes={**entity.attributes, "refDevice": device})


def _not_granted(update: Update) -> Reject:
    entity = update.entity
    written = ", ".join(sorted(entity.attributes))
    details = {"device": update.way.sender, "entity": shown(entity.id), "attributes": shown(written)}
    return _reject(update.row.line, "", entity.id, NOT_GRANTED, details)


def _problem_reject(update: Update, problem: Problem) -> Reject:
    mapping = update.way.plan.mapping
    column = mapping.by_attribute.get(problem.attribute, "")
    if problem.place.endswith("/observedAt"):
        column = mapping.time_column
    value = update.row.cells[mapping.columns.index(column)] if column in mapping.columns else ""
    return _reject(update.row.line, column, value, Sentence(problem.problem, problem.remedy), problem.details)


def _reject(line: int, column: str, value: object, sentence: Sentence, details: dict[str, Any]) -> Reject:
    return Reject(
        line=line,
        column=column,
        value=shown("" if value is None else value),
        reason=filled(sentence.problem, details),
        remedy=filled(sentence.remedy, details),
    )
