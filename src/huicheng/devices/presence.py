"""When each device was heard, and how long it has been silent: observations that the platform makes itself (W1.1).

Whatever way a value comes (MQTT, HTTP, a file that is judged), its device was heard: the one that it is about, or
the one that ``refDevice`` names. Once in five minutes that is an observation of the device (``heard``). Silence is
written at growing intervals (``silence``, seconds), so that a device that is gone for a year costs some fifty writes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

import msgspec
import numpy as np

from huicheng.city import Attribute, Attributes, Entity, Instant, from_micros
from huicheng.packs import Pack
from huicheng.stores import Columns, Position, Rows, Store, Transaction, Write

CONSUMER = "presence"
DEVICE = "Device"
_REFERS = "refDevice"
#: What the platform itself writes about devices: nobody was heard by that.
_OWN = frozenset({"heard", "silence", "flooding"})
#: Width of a stretch of time in which a device was heard or not, and the shortest silence.
SLOT: Instant = 300 * 1_000_000
#: Each silence that is written is longer than the one before by a quarter.
_GROWTH = 1.25
_SECOND: Instant = 1_000_000
_BATCH = 500
#: Devices and things whose place in this is remembered.
_MOST_KEPT = 200_000

_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class _Reference(msgspec.Struct):
    object: str = ""


_reference = msgspec.json.Decoder(_Reference).decode


def wall() -> Instant:
    """Now."""
    return time.time_ns() // 1000


class Presence:
    """Follows the feed. What it writes is the same when it is written again."""

    def __init__(self, store: Store, packs: Iterable[Pack], *, now: Callable[[], Instant] = wall) -> None:
        self._store = store
        self._types = {
            name
            for pack in packs
            for name, kind in pack.entities.items()
            if name == DEVICE or _REFERS in kind.attributes
        }
        self._now = now
        self._after = -1
        self._noted_at: Instant = 0
        #: Entity → its device, "" for none.
        self._device: dict[str, str] = {}
        #: Device → when it was last heard.
        self._heard: dict[str, Instant] = {}
        #: What was heard before the start is in the store up to one stretch late.
        self._sure_at = now() + SLOT

    async def step(self) -> bool:
        """Take one window of the feed, then what the clock brings; True when there was anything."""
        if self._after < 0:
            self._after = await self._store.position(CONSUMER)
        window = await self._store.window(self._after, changes_of=())
        made = _Made()
        if window.seq != self._after:
            await self._hear(window.observations, made)
        else:
            await self._miss(made)
        moved, self._after = window.seq != self._after, window.seq
        now = self._now()
        if made.writes or (moved and now - self._noted_at > _SECOND):
            await self._store.commit(made.transaction(self._after))
            self._noted_at = now
        return moved or bool(made.writes)

    # -- who was heard

    async def _hear(self, columns: Columns, made: _Made) -> None:
        heard = await self._devices(_newest(columns, self._types))
        news = {device: at for device, at in heard.items() if at // SLOT != self._heard.get(device, 0) // SLOT}
        _bound(self._heard)
        self._heard.update(heard)
        before = await self._before(news)
        for device, at in news.items():
            made.hear(device, at, silent=before.get(device, (0, 0))[1] > 0)

    async def _devices(self, newest: dict[str, Instant]) -> dict[str, Instant]:
        """Device → when it was last heard, from entity → when something was last heard about it."""
        await self._meet([entity for entity in newest if entity not in self._device])
        found: dict[str, Instant] = {}
        for entity, at in newest.items():
            device = self._device.get(entity, "")
            if device:
                found[device] = max(at, found.get(device, 0))
        return found

    async def _meet(self, entities: Sequence[str]) -> None:
        """Learn whose these are. A thing that changes its device is met anew some time later."""
        _bound(self._device)
        for first in range(0, len(entities), _BATCH):
            ids = entities[first : first + _BATCH]
            self._device.update(dict.fromkeys(ids, ""))
            for row in await self._store.rows("state.standing", (_json(ids),)):
                self._device[row["iri"]] = row["iri"] if row["type"] == DEVICE else _named(row["doc"])

    async def _before(self, devices: Iterable[str]) -> dict[str, tuple[Instant, int]]:
        """When these were heard before, and the silence that was written since."""
        rows = await self._store.rows("heard.of", (_json(list(devices)),))
        return {row["device"]: (row["heard_at"], row["silence"]) for row in rows}

    # -- who is silent

    async def _miss(self, made: _Made) -> None:
        now = self._now()
        if now < self._sure_at:
            return
        for row in await self._store.rows("heard.due", (now, _BATCH)):
            device, at = row["device"], max(row["heard_at"], self._heard.get(row["device"], 0))
            if now - at < SLOT:
                made.remember(device, at)
            else:
                made.miss(device, at, now)


class _Made:
    """What a step comes to."""

    def __init__(self) -> None:
        self.writes: list[Write] = []
        self._rows: list[Rows] = []

    def hear(self, device: str, at: Instant, *, silent: bool) -> None:
        """It was heard for the first time in a stretch; ``silent``: after a silence that was written."""
        held: Attributes = {"heard": _observed(1, "C62", at)}
        if silent:
            held["silence"] = _observed(0, "SEC", at)
        self._write(device, held)
        self.remember(device, at)

    def remember(self, device: str, at: Instant) -> None:
        """Look again when it has been silent for a stretch."""
        self._rows.append(Rows(statement="heard.put", parameters=[(_json([device]), at, at + SLOT)]))

    def miss(self, device: str, at: Instant, now: Instant) -> None:
        """Nothing has come since ``at``."""
        silence = (now - at) // _SECOND
        self._write(device, {"silence": _observed(silence, "SEC", now)})
        due = at + int(silence * _GROWTH) * _SECOND
        self._rows.append(Rows(statement="heard.silent", parameters=[(device, silence, due)]))

    def _write(self, device: str, held: Attributes) -> None:
        self.writes.append(Write(entity=Entity(id=device, type=DEVICE, attributes=held), must_exist=True, newest=True))

    def transaction(self, seq: int) -> Transaction:
        return Transaction(writes=list(self.writes), rows=self._rows, position=Position(consumer=CONSUMER, seq=seq))


def _newest(columns: Columns, types: set[str]) -> dict[str, Instant]:
    """Entity → when its newest observation was received, of these types; own observations left out."""
    kinds = columns.types()
    wanted = [code for kind, code in kinds.items() if kind in types]
    own = [code for name, code in columns.attributes().items() if name in _OWN]
    keep = columns.judged & np.isin(columns.type, wanted)
    keep &= ~((columns.type == kinds.get(DEVICE, -1)) & np.isin(columns.attribute, own))
    newest = np.zeros(len(columns.strings), dtype=np.int64)
    np.maximum.at(newest, columns.entity[keep], columns.received_at[keep])
    return {columns.strings[code]: at for code, at in enumerate(newest.tolist()) if at}


def _named(document: str) -> str:
    held = _decode(document).get(_REFERS)
    try:
        return _reference(held).object if held is not None else ""
    except msgspec.ValidationError:  # several devices: none of them is known to be the one
        return ""


def _observed(value: int, unit: str, at: Instant) -> Attribute:
    return Attribute(type="Property", value=value, unit_code=unit, observed_at=from_micros(at))


def _bound(kept: dict[str, object] | dict[str, str] | dict[str, Instant]) -> None:
    if len(kept) > _MOST_KEPT:
        kept.clear()


def _json(names: Sequence[str]) -> str:
    return msgspec.json.encode(names).decode()
