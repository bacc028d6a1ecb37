"""What judging remembers in the store between windows, read for the entities of a window."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from huicheng.city import Instant
from huicheng.rules.episode import Episode
from huicheng.rules.observed import Known
from huicheng.rules.schedule import Waiting
from huicheng.stores import Store

#: Rule and entity → the episode that is open.
Open = dict[tuple[str, str], Episode]

#: So many silent episodes or due schedules at a time.
_BATCH = 500

_encode = msgspec.json.Encoder().encode
_known = msgspec.json.Decoder(Known).decode
_episode = msgspec.json.Decoder(Episode).decode
_waiting = msgspec.json.Decoder(Waiting).decode


class Memory:
    """Reads; all writing goes through :class:`huicheng.rules.outcome.Outcome`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def open(self, entities: Iterable[str]) -> Open:
        """Open episodes of these entities, of every rule."""
        rows = await self._store.rows("episodes.open", (_ids(entities),))
        found = [_episode(row["body"]) for row in rows]
        return {(one.rule, one.entity): one for one in found}

    async def known(self, type: str, entities: Iterable[str]) -> dict[str, Known]:
        """The newest judged values of these entities."""
        rows = await self._store.rows("episodes.known", (type, _ids(entities)))
        return {row["entity"]: _known(row["body"]) for row in rows}

    async def waiting(self, rule: str, entities: Iterable[str]) -> dict[str, Waiting]:
        """What waits for a scheduled rule."""
        rows = await self._store.rows("episodes.schedules", (rule, _ids(entities)))
        return {row["entity"]: _waiting(row["body"]) for row in rows}

    async def due(self, clock: Instant, rules: Iterable[str]) -> dict[str, dict[str, Waiting]]:
        """Rule → entity → what waits there and is due."""
        found: dict[str, dict[str, Waiting]] = {}
        for row in await self._store.rows("episodes.due", (clock, _ids(rules), _BATCH)):
            found.setdefault(row["rule"], {})[row["entity"]] = _waiting(row["body"])
        return found

    async def silent(self, clock: Instant, rules: Iterable[str]) -> list[Episode]:
        """Active episodes for which nothing has come for longer than their rule allows."""
        rows = await self._store.rows("episodes.silent", (clock, _ids(rules), _BATCH))
        return [_episode(row["body"]) for row in rows]


def _ids(names: Iterable[str]) -> str:
    return _encode(list(names)).decode()
