"""Subscriptions to registrations: made, read, changed and deleted by their owners, and what they are to hear of."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import msgspec

from huicheng.access import Guard, Subject, allows
from huicheng.city import Instant
from huicheng.context.counters import Counters
from huicheng.context.faults import TooMuch
from huicheng.context.guards import Guards
from huicheng.context.reach import Reach, endpoint_url, resolve
from huicheng.context.sources.discovery import Question
from huicheng.context.sources.registration import REGISTRATION, Offer, Registration, Spells
from huicheng.context.sources.wish import Wish, merged, parse_wish
from huicheng.context.subscription import Subscription, new_id
from huicheng.context.subscriptions import wall_clock
from huicheng.errors import AlreadyExists, NotFound
from huicheng.stores import Rows, Store, Transaction

MOST_OF_ONE_OWNER = 1_000
Reason = Literal["newlyMatching", "updated", "noLongerMatching"]


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Registrations that a subscriber is told of, as they are kept."""

    registrations: list[Kept]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One of them."""

    id: str
    offer: Offer


class Watching:
    """One tenant's subscriptions to registrations. An owner sees and changes only their own."""

    def __init__(
        self, store: Store, guards: Guards, *, reach: Reach = Reach.PUBLIC, now: Callable[[], Instant] = wall_clock
    ) -> None:
        self._store = store
        self._guards = guards
        self._reach = reach
        self._now = now

    # -- for subscribers

    async def create(self, body: Any, names: Spells, owner: Subject, there: Iterable[Registration]) -> Subscription:
        """Kept together with a first notice of the registrations that fit already."""
        now = self._now()
        wish = parse_wish(body, names, now=now)
        made = Subscription(id=wish.id or new_id(), owner=owner, wish=wish, created_at=now, modified_at=now)
        if await self._store.rows("registration_subscription.get", (made.id,)):
            raise AlreadyExists(place="/id", key=made.id)
        if await self._count(owner) >= MOST_OF_ONE_OWNER:
            raise TooMuch(what="The number of your subscriptions", size=MOST_OF_ONE_OWNER, limit=MOST_OF_ONE_OWNER)
        await self._check_endpoint(wish)
        row = (made.id, _text(owner), owner.id, _text(msgspec.structs.replace(wish, id=made.id)), now)
        await self._commit("registration_subscription.create", row, await self._first(made, there))
        return made

    async def get(self, id: str, owner: Subject) -> Subscription:
        """``NotFound`` also when it is somebody else's."""
        for row in await self._store.rows("registration_subscription.get", (id,)):
            found = read_row(row)
            if found.owner.id == owner.id:
                return found
        raise NotFound(what="subscription", key=id)

    async def page(self, owner: Subject, *, limit: int, offset: int) -> tuple[list[Subscription], int]:
        """A page, and how many there are in all."""
        rows = await self._store.rows("registration_subscription.of_owner", (owner.id, limit, offset))
        return [read_row(row) for row in rows], await self._count(owner)

    async def update(self, id: str, patch: Any, names: Spells, owner: Subject, there: Iterable[Registration]) -> None:
        """Another wish; its subscriber hears of all that fits it now."""
        old = await self.get(id, owner)
        wish = merged(_wish(old), patch, names, now=self._now())
        await self._check_endpoint(wish)
        first = await self._first(msgspec.structs.replace(old, wish=wish), there)
        await self._commit("registration_subscription.change", (id, _text(wish), self._now()), first)

    async def delete(self, id: str, owner: Subject) -> None:
        await self.get(id, owner)
        await self._commit("registration_subscription.delete", (id,), [])

    async def _commit(self, statement: str, row: tuple[Any, ...], notices: list[Rows]) -> None:
        await self._store.commit(Transaction(rows=[Rows(statement=statement, parameters=[row]), *notices]))

    async def _count(self, owner: Subject) -> int:
        (row,) = await self._store.rows("registration_subscription.count_of_owner", (owner.id,))
        return int(row["n"])

    async def _check_endpoint(self, wish: Wish) -> None:
        url = endpoint_url(wish.notification.endpoint.uri)
        with contextlib.suppress(OSError, UnicodeError):  # checked again before each notice
            await resolve(url.host, url.port or 443, self._reach)

    # -- what they hear of

    async def _first(self, made: Subscription, there: Iterable[Registration]) -> list[Rows]:
        if made.status(self._now()) != "active" or _wish(made).time_interval is not None:
            return []
        found = await self.fitting(made, there)
        return [_notice(made.id, "newlyMatching", found)] if found else []

    async def notices(self, old: Registration | None, new: Registration | None) -> list[Rows]:
        """Whom a change of one registration concerns, and why."""
        now = self._now()
        told: list[Rows] = []
        for row in await self._store.rows("registration_subscription.all"):
            one = read_row(row)
            if one.status(now) == "active" and _wish(one).time_interval is None:
                told += await self._told(one, old, new)
        return told

    async def _told(self, one: Subscription, old: Registration | None, new: Registration | None) -> list[Rows]:
        before = await self.fitting(one, [old] if old else [])
        after = await self.fitting(one, [new] if new else [])
        if after:
            return [_notice(one.id, "updated" if before else "newlyMatching", after)]
        return [_notice(one.id, "noLongerMatching", before)] if before else []

    async def fitting(self, one: Subscription, there: Iterable[Registration]) -> list[Registration]:
        """Those that it asks for and its owner may see, reduced to the parts that fit."""
        guard, now, questions = await self._guard(one.owner), self._now(), _wish(one).question()
        found = [_answer(questions, held, now) for held in there if may_touch(guard, held)]
        return [held for held in found if held is not None]

    async def _guard(self, owner: Subject) -> Guard:
        if not await self._guards.holds(owner):
            return Guard(subject=owner, grants={})
        return await self._guards.guard(owner, "read")


def may_touch(guard: Guard, registration: Registration) -> bool:
    """Whether a registration may be touched."""
    return allows(guard, REGISTRATION, {"id": registration.id, "owner": registration.owner})


def _answer(questions: list[Question], held: Registration, now: Instant) -> Registration | None:
    """What several selectors ask for together."""
    parts = [part for one in questions if (found := one.answer(held, now)) for part in found.offer.information]
    if not parts:
        return None
    kept = [one for one in held.offer.information if one in parts]
    return msgspec.structs.replace(held, offer=msgspec.structs.replace(held.offer, information=kept))


def _notice(subscription: str, reason: Reason, found: list[Registration]) -> Rows:
    body = Notice(registrations=[Kept(id=one.id, offer=one.offer) for one in found])
    return Rows(statement="registration_notice.add", parameters=[(subscription, reason, _text(body))])


def _wish(one: Subscription) -> Wish:
    assert isinstance(one.wish, Wish)  # noqa: S101 - made here and read by read_row alone
    return one.wish


def read_row(row: Mapping[str, Any]) -> Subscription:
    """A row of ``registration_subscription.get`` or its likes."""
    return Subscription(
        id=row["id"],
        owner=msgspec.json.decode(row["owner"], type=Subject),
        wish=msgspec.json.decode(row["wish"], type=Wish),
        created_at=row["created_at"],
        modified_at=row["modified_at"],
        counters=Counters.of(row),
    )


def _text(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode()
