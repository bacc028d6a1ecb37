"""Keys of devices: one that holds for each, which opens the data doors and the broker alike.

The key itself is told once. What stays are two hashes: SHA-256 for the doors, and the salted one that a broker's
password file wants, made while the key is at hand, so that the file can be written at any time.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from uuid import uuid4

import msgspec

from huicheng.access import Subject, broker_hash, key_hash, new_key
from huicheng.city import Instant, entity_urn
from huicheng.errors import Invalid
from huicheng.stores.audit import Act, AuditLog
from huicheng.stores.faces import Rows, Store

ROLE = "device"
_TYPE = "Device"
_PREFIX = entity_urn(_TYPE, "")
#: It is a level of topics and a name in the broker's files, so it has no sign that means something there.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,63}")
_ROLES = msgspec.json.encode([ROLE]).decode()


class DeviceKey(msgspec.Struct, frozen=True, kw_only=True):
    """The newest key of a device; the key itself is nowhere."""

    device: str
    created_at: Instant
    #: The first instant at which it holds no more; ``None`` = it does not end by itself.
    expires_at: Instant | None
    revoked_at: Instant | None

    def holds(self, now: Instant) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


class BrokerAccount(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a broker's password file."""

    name: str
    #: ``$7$…``
    hash: str


def device_name(id: str) -> str:
    """What a device is called in topics and at the broker; ``Invalid`` for an id that cannot be."""
    name = id.removeprefix(_PREFIX)
    if not id.startswith(_PREFIX) or _NAME.fullmatch(name) is None:
        raise Invalid(
            place="device",
            why="“%(id)s” cannot have a key: after %(prefix)s come up to 64 letters, digits, points, dashes, _ and ~.",
            id=id,
            prefix=_PREFIX,
        )
    return name


def device_urn(name: str) -> str:
    """The entity of a device that is called so in topics."""
    return _PREFIX + name


class DeviceKeys:
    """Issues, rotates and revokes. Each act is in the audit log, in the same transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._audit = AuditLog(store)

    async def provision(
        self, devices: Mapping[str, str], by: Subject, *, expires_at: Instant | None = None
    ) -> dict[str, str]:
        """Device → its new key, told once; ``devices`` gives each its unit. Older keys of them hold no more.

        ``expires_at`` is the first instant at which the new ones hold no more. ``Invalid`` for an id that cannot have
        one: then none has got one.
        """
        now = _now()
        keys = {device: new_key() for device in devices}
        issued = [
            (key_hash(key), uuid4().hex, device_name(one), _ROLES, devices[one], now, expires_at, one, broker_hash(key))
            for one, key in keys.items()
        ]
        revoke = Rows(statement="key.revoke_of", parameters=[(device, now) for device in devices])
        put = Rows(statement="key.provision", parameters=issued)
        act = Act(subject=by.id, action="provision", resource=_TYPE, facts={"devices": sorted(devices)})
        await self._audit.append(act, [revoke, put])
        return keys

    async def revoke(self, devices: Iterable[str], by: Subject) -> None:
        """Take every key of these devices back."""
        ids = sorted(devices)
        rows = Rows(statement="key.revoke_of", parameters=[(device, _now()) for device in ids])
        act = Act(subject=by.id, action="delete", resource="key", facts={"devices": ids})
        await self._audit.append(act, [rows])

    async def of(self, devices: Iterable[str]) -> dict[str, DeviceKey]:
        """The newest key of each of these devices that ever had one."""
        found: dict[str, DeviceKey] = {}
        for row in await self._store.rows("key.of_subjects", (_json(devices),)):
            times = {name: row[name] for name in ("created_at", "expires_at", "revoked_at")}
            key = DeviceKey(device=row["subject"], **times)
            found.setdefault(key.device, key)
        return found

    async def holding(self, devices: Iterable[str]) -> frozenset[str]:
        """Which of these devices have a key that holds."""
        found, now = await self.of(devices), _now()
        return frozenset(device for device, key in found.items() if key.holds(now))

    async def for_broker(self) -> list[BrokerAccount]:
        """The accounts of every device with a key that holds."""
        rows = await self._store.rows("key.for_broker", (_now(),))
        newest = {row["subject"]: row["broker"] for row in rows}
        return [BrokerAccount(name=device_name(device), hash=secret) for device, secret in newest.items()]


def _json(names: Iterable[str]) -> str:
    return msgspec.json.encode(list(names)).decode()


def _now() -> Instant:
    return time.time_ns() // 1000
