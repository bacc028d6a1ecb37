"""Subscriptions as they are kept: made, read, changed and deleted by their owners."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from huicheng.access import Subject
from huicheng.city import Instant
from huicheng.context.contexts import Contexts, local_id
from huicheng.context.counters import Counters
from huicheng.context.faults import TooMuch
from huicheng.context.names import CORE, Names
from huicheng.context.question import condition
from huicheng.context.reach import Reach, place_of, resolve
from huicheng.context.subscription import Subscription, Wish, merged, new_id, parse_wish, renamed
from huicheng.errors import AlreadyExists, NotFound
from huicheng.stores import Rows, Store, Transaction

#: Of one owner. A thousand still match through the index at the cost of one.
MOST_OF_ONE_OWNER = 10_000


def wall_clock() -> Instant:
    """Now, µs since 1970."""
    return time.time_ns() // 1000


class Subscriptions:
    """One tenant's subscriptions. An owner sees and changes only their own."""

    def __init__(
        self,
        store: Store,
        *,
        reach: Reach = Reach.PUBLIC,
        now: Callable[[], Instant] = wall_clock,
        contexts: Contexts | None = None,
    ) -> None:
        self._store = store
        self._contexts = contexts or Contexts(store, now=now)
        self._reach = reach
        self._now = now

    async def create(self, body: Any, owner: Subject, names: Names = CORE, context: str | None = None) -> Subscription:
        """Check and keep; news are the changes after this moment. ``AlreadyExists`` for a taken id.

        The body speaks in ``names``, whose @context lies at ``context``; notifications do the same unless it says
        otherwise by ``jsonldContext``.
        """
        wish = await self._in_words(parse_wish(renamed(body, names.stored), now=self._now()), names, context)
        # A @context that is kept here is told: its subscriber has no other way to its address.
        shown = wish.jsonld_context or (context if context is not None and local_id(context) else None)
        wish = msgspec.structs.replace(wish, id=wish.id or new_id(), told_in=context, jsonld_context=shown)
        if await self._store.rows("subscription.get", (wish.id,)):
            raise AlreadyExists(place="/id", key=wish.id)
        await self._check_number(owner)
        await self._check_endpoint(wish)
        now = self._now()
        row = (wish.id, _text(owner), owner.id, _text(wish), await self._store.head(), now)
        await self._change(Rows(statement="subscription.create", parameters=[row]), *_kept(str(wish.id), wish))
        return Subscription(id=str(wish.id), owner=owner, wish=wish, created_at=now, modified_at=now)

    async def _in_words(self, wish: Wish, names: Names, context: str | None) -> Wish:
        """With the address of the @context of its ``q``; the one that its notifications shall use must be to be had."""
        if wish.q:
            condition(wish.condition, place="/q", names=names, expanded=wish.terms)
        if wish.jsonld_context is not None:
            await self._contexts.names(wish.jsonld_context)
        return msgspec.structs.replace(wish, words=context)

    async def get(self, id: str, owner: Subject) -> Subscription:
        """``NotFound`` also when it is somebody else's."""
        for row in await self._store.rows("subscription.get", (id,)):
            subscription = read_row(row)
            if subscription.owner.id == owner.id:
                return subscription
        raise NotFound(what="subscription", key=id)

    async def list(self, owner: Subject, *, limit: int, offset: int) -> tuple[list[Subscription], int]:
        """A page, and how many there are in all."""
        rows = await self._store.rows("subscription.of_owner", (owner.id, limit, offset))
        return [read_row(row) for row in rows], await self._count(owner)

    async def update(
        self, id: str, patch: Any, owner: Subject, names: Names = CORE, context: str | None = None
    ) -> Subscription:
        """Put members in place of members; ``null`` removes one."""
        old = await self.get(id, owner)
        wish = merged(old.wish, renamed(patch, names.stored), now=self._now())
        spoken = context if isinstance(patch, dict) and "q" in patch and context is not None else old.wish.words
        wish = await self._in_words(wish, names if spoken == context else await self._contexts.names(spoken), spoken)
        await self._check_endpoint(wish)
        changed = Rows(statement="subscription.change", parameters=[(id, _text(wish), self._now())])
        await self._change(changed, Rows(statement="kept_type.clear", parameters=[(id,)]), *_kept(id, wish))
        return msgspec.structs.replace(old, wish=wish)

    async def delete(self, id: str, owner: Subject) -> None:
        await self.get(id, owner)
        await self._change(Rows(statement="subscription.delete", parameters=[(id,)]))

    async def _change(self, *rows: Rows) -> None:
        await self._store.commit(Transaction(rows=[*rows]))

    async def _count(self, owner: Subject) -> int:
        (row,) = await self._store.rows("subscription.count_of_owner", (owner.id,))
        return int(row["n"])

    async def _check_endpoint(self, wish: Wish) -> None:
        """A name that has no address just now is taken: it is checked again before each notification."""
        host, port = place_of(wish.notification.endpoint.uri)
        with contextlib.suppress(OSError, UnicodeError):
            await resolve(host, port, self._reach)

    async def _check_number(self, owner: Subject) -> None:
        if await self._count(owner) >= MOST_OF_ONE_OWNER:
            raise TooMuch(what="The number of your subscriptions", size=MOST_OF_ONE_OWNER, limit=MOST_OF_ONE_OWNER)


def read_row(row: Mapping[str, Any]) -> Subscription:
    """A row of ``subscription.get`` or its likes."""
    return Subscription(
        id=row["id"],
        owner=msgspec.json.decode(row["owner"], type=Subject),
        wish=msgspec.json.decode(row["wish"], type=Wish),
        since=row["since"],
        created_at=row["created_at"],
        modified_at=row["modified_at"],
        counters=Counters.of(row),
    )


def _kept(id: str, wish: Wish) -> list[Rows]:
    """What the store is to keep for it of entities that change."""
    rows = [(id, name, int(wish.kept_before)) for name in sorted(wish.kept_types)]
    return [Rows(statement="kept_type.add", parameters=rows)] if rows else []


def _text(value: Subject | Wish) -> str:
    return msgspec.json.encode(value).decode()
