"""What stands in the store of the entities of a batch: how new it is, and whether the sender may write it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from huicheng.access import Guard, Subject, allows, visible_columns
from huicheng.city import Entity, Instant, parse_instant
from huicheng.ingest.known import BEFORE_ALL
from huicheng.stores import Authority, DeviceKeys, Store, device_urn

#: Seconds for which an answer about a device holds: so late is a revocation noticed.
_HOLDS = 2.0
_MOST_KEPT = 200_000
_ROLES = ("device",)

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def device_subject(device: str) -> Subject:
    """Who a device is to the policies, by the id of its entity."""
    return Subject(id=device, roles=_ROLES)


class Stood(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One entity as it stands."""

    type: str
    #: What row expressions read: attribute → plain value.
    values: dict[str, Any]
    #: Attribute → when its default instance was observed.
    observed: dict[str, Instant]

    def newest(self, names: Iterable[str]) -> Instant:
        """The newest observation of these attributes."""
        return max((self.observed.get(name, BEFORE_ALL) for name in names), default=BEFORE_ALL)


class Standing:
    """Reads it for a batch at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, ids: Iterable[str]) -> dict[str, Stood]:
        """Id → how it stands, for those that are there."""
        wanted = msgspec.json.encode(list(dict.fromkeys(ids))).decode()
        rows = await self._store.rows("state.standing", (wanted,))
        return {row["iri"]: _stood(row["iri"], row["type"], row["doc"]) for row in rows}


def _stood(id: str, type: str, document: str) -> Stood:
    values: dict[str, Any] = {"id": id, "type": type}
    observed: dict[str, Instant] = {}
    for name, held in _decode(document).items():
        if isinstance(held, dict):
            values[name] = held.get("value", held.get("object", held.get("vocab")))
            if "observedAt" in held:
                observed[name] = parse_instant(held["observedAt"])
    return Stood(type=type, values=values, observed=observed)


class Senders:
    """Which devices may speak, and what each may write: by its key and by the policies, as at the other doors."""

    def __init__(self, store: Store, authority: Authority) -> None:
        self._keys = DeviceKeys(store)
        self._authority = authority
        #: Device → whether its key holds, and until when that is believed (monotonic seconds).
        self._holding: dict[str, tuple[bool, float]] = {}
        #: Sender, entity and attributes → whether policies grant it, and until when.
        self._granted: dict[tuple[str, str, frozenset[str]], tuple[bool, float]] = {}

    async def holding(self, names: Iterable[str], seconds: float) -> frozenset[str]:
        """Those of these senders whose key holds now."""
        asked = frozenset(names)
        unsure = {name for name in asked if self._holding.get(name, _NEVER)[1] < seconds}
        if unsure:
            found = await self._keys.holding(map(device_urn, unsure))
            _make_room(self._holding)
            self._holding.update((name, (device_urn(name) in found, seconds + _HOLDS)) for name in unsure)
        return frozenset(name for name in asked if self._holding.get(name, _NEVER)[0])

    async def may_write(self, sender: str, entity: Entity, stood: Stood | None, seconds: float) -> bool:
        """Whether this device may write these attributes of this entity: update it, or create what is not there."""
        key = (sender, entity.id, frozenset(entity.attributes))
        answer, until = self._granted.get(key, _NEVER)
        if until < seconds:
            action = "create" if stood is None else "update"
            guard = await self._authority.guard(device_subject(device_urn(sender)), action)
            answer = _granted(guard, entity, stood)
            _make_room(self._granted)
            self._granted[key] = (answer, seconds + _HOLDS)
        return answer


_NEVER = (False, float("-inf"))


def _make_room(kept: dict[Any, Any]) -> None:
    if len(kept) >= _MOST_KEPT:
        kept.clear()


def _granted(guard: Guard, entity: Entity, stood: Stood | None) -> bool:
    """The row as it is and as it will be, and every column that is written."""
    written = {name: getattr(held, "content", None) for name, held in entity.attributes.items()}
    before = stood.values if stood else {}
    after: Mapping[str, Any] = {**before, "id": entity.id, "type": entity.type, **written}
    if stood and (stood.type != entity.type or not allows(guard, entity.type, before)):
        return False
    if not allows(guard, entity.type, after):
        return False
    columns = visible_columns(guard, entity.type, after)
    return columns is None or entity.attributes.keys() <= columns
