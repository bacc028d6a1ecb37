"""Registrations as they are kept, and what subscribers to them are told: one commit holds both."""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from huicheng.access import Subject
from huicheng.city import Instant
from huicheng.context.faults import Overlapping, TooMuch
from huicheng.context.reach import Reach, endpoint_url, resolve
from huicheng.context.sources.discovery import Question
from huicheng.context.sources.registration import Counts, Offer, Registration, Spells, merged, new_id, parse_offer
from huicheng.context.sources.watching import Watching
from huicheng.context.subscriptions import wall_clock
from huicheng.errors import AlreadyExists, HuichengError, NotFound
from huicheng.stores import Rows, Store, Transaction

MOST = 10_000
#: Where other processes register, too, seconds during which what was read is taken to hold.
_FRESH = 1.0


class Known:
    """Registrations by the types that they name: a request looks only at those that may concern it."""

    def __init__(self, every: Sequence[Registration] = ()) -> None:
        self._every = every
        self._by_type: dict[str, list[Registration]] = defaultdict(list)
        self._untyped: list[Registration] = []
        for one in every:
            if all(information.entities for information in one.offer.information):
                for name in _types(one):
                    self._by_type[name].append(one)
            else:
                self._untyped.append(one)

    def __bool__(self) -> bool:
        return bool(self._every)

    def near(self, types: frozenset[str]) -> Sequence[Registration]:
        """Those that may concern entities of these types, each once; without types all."""
        if not types:
            return self._every
        found = {one.id: one for name in types for one in self._by_type.get(name, ())}
        return [*found.values(), *self._untyped]


class Registrations:
    """One tenant's registrations. The door asks the policies."""

    def __init__(
        self, store: Store, watching: Watching, *, reach: Reach = Reach.PUBLIC, now: Callable[[], Instant] = wall_clock
    ) -> None:
        self._store = store
        self._watching = watching
        self._reach = reach
        self._now = now
        self._known = Known()
        self._changes: int | None = -1
        self._revision = -1
        self._looked_at = float("-inf")

    # -- for those who register

    async def create(self, body: Any, names: Spells, owner: Subject) -> Registration:
        """``AlreadyExists`` for a taken id, ``Overlapping`` where another holds an attribute exclusively."""
        now = self._now()
        offer = parse_offer(body, names, now=now)
        made = Registration(id=offer.id or new_id(), owner=owner.id, offer=offer, created_at=now, modified_at=now)
        there = await self.all()
        if any(one.id == made.id for one in there):
            raise AlreadyExists(place="/id", key=made.id)
        if len(there) >= MOST:
            raise TooMuch(what="The number of registrations", size=MOST, limit=MOST)
        await self._check(made, there)
        row = (made.id, made.owner, _text(made), now)
        await self._commit("registration.create", row, None, made)
        return made

    async def get(self, id: str) -> Registration:
        for row in await self._store.rows("registration.get", (id,)):
            return read_row(row)
        raise NotFound(what="registration", key=id)

    async def all(self) -> list[Registration]:
        """Every one, as it stands in the store."""
        return [read_row(row) for row in await self._store.rows("registration.all")]

    async def update(self, old: Registration, patch: Any, names: Spells) -> None:
        now = self._now()
        new = msgspec.structs.replace(old, offer=merged(old.offer, patch, names, now=now), modified_at=now)
        await self._check(new, await self.all())
        await self._commit("registration.change", (new.id, _text(new), now), old, new)

    async def delete(self, old: Registration) -> None:
        await self._commit("registration.delete", (old.id,), old, None)

    async def find(self, question: Question) -> list[Registration]:
        """Those that fit, in order of id."""
        now = self._now()
        return [one for one in await self.all() if question.answer(one, now) is not None]

    async def _commit(
        self, statement: str, row: tuple[Any, ...], old: Registration | None, new: Registration | None
    ) -> None:
        notices = await self._watching.notices(old, new)
        await self._store.commit(Transaction(rows=[Rows(statement=statement, parameters=[row]), *notices]))
        self._looked_at = float("-inf")  # what was registered here holds here at once

    async def _check(self, made: Registration, there: Sequence[Registration]) -> None:
        if made.offer.mode == "exclusive":
            for one in there:
                if one.id != made.id and one.offer.mode == "exclusive" and _overlap(one.offer, made.offer):
                    raise Overlapping(place="/information", other=one.id)
        try:
            url = endpoint_url(made.offer.endpoint)
            with contextlib.suppress(OSError, UnicodeError):  # checked again before each request
                await resolve(url.host, url.port or 443, self._reach)
        except HuichengError as fault:
            fault.place = "/endpoint"
            raise

    # -- for those who forward

    async def current(self) -> Known:
        """Every one, from memory as long as nothing was registered since."""
        changes = self._store.changes_of("registration")
        if changes is None:
            await self._look()
        elif changes != self._changes:
            self._known = Known(await self.all())
            self._changes = changes
        return self._known

    async def _look(self) -> None:
        """Where others register, too, only the database can tell."""
        if time.monotonic() - self._looked_at < _FRESH:
            return
        self._looked_at = time.monotonic()
        (row,) = await self._store.rows("registration.revision")
        if row["n"] != self._revision:
            self._known = Known(await self.all())
            self._revision = row["n"]


def read_row(row: Mapping[str, Any]) -> Registration:
    """A row of ``registration.get`` or its likes."""
    return Registration(
        id=row["id"],
        owner=row["owner"],
        offer=msgspec.json.decode(row["offer"], type=Offer),
        created_at=row["created_at"],
        modified_at=row["modified_at"],
        counts=Counts(
            sent=row["sent"], failed=row["failed"], last_success=row["last_success"], last_failure=row["last_failure"]
        ),
    )


def _text(made: Registration) -> str:
    return msgspec.json.encode(msgspec.structs.replace(made.offer, id=made.id)).decode()


def _types(one: Registration) -> frozenset[str]:
    return frozenset(
        name for information in one.offer.information for entity in information.entities or () for name in entity.types
    )


def _overlap(one: Offer, other: Offer) -> bool:
    return bool(_held(one) & _held(other))


def _held(offer: Offer) -> frozenset[tuple[str, str]]:
    """Entity and attribute, of entities that are named."""
    return frozenset(
        (entity.id, name)
        for information in offer.information
        for entity in information.entities or ()
        for name in information.attributes or {"*"}
        if entity.id
    )
