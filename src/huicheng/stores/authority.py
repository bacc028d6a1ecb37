"""Policies, API keys and the audit log of one store: who may do what, asked again before each use.

A guard is made from the policies as they are now: their set carries a number that grows with each
change, and it is compared before a guard is given out. So a revocation holds at the next read, in
every process. The process that writes counts the changes in memory and reads the number after one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import msgspec

from huicheng.access import Guard, Policy, Subject, check_policy, compile_guard, key_hash, new_key
from huicheng.city import Instant
from huicheng.errors import NotFound
from huicheng.packs import Pack, PolicyDeclaration
from huicheng.stores.audit import Act, AuditLog
from huicheng.stores.driving import drive
from huicheng.stores.faces import Rows, Store, Transaction

#: Terms of policies are calendar days here.
_HERE = ZoneInfo("Asia/Shanghai")
#: Guards kept between two changes of the policies.
_KEPT = 4_096
_PACKS = "pack:"
#: Begins the subject's id of a program.
_KEY = "key:"
#: Begins that of a device: its key speaks for its entity.
_ENTITY = "urn:"

_THE_PLATFORM = Subject(id="platform", roles=())


def today() -> date:
    """The local calendar day, by the wall clock."""
    return datetime.now(_HERE).date()


@dataclass(frozen=True, kw_only=True)
class _Known:
    """The policies under one number on one day, and the guards made from them."""

    version: int
    day: date
    #: What the store counted before they were read; ``None`` where it cannot.
    changes: int | None
    policies: tuple[Policy, ...]
    guards: dict[tuple[Subject, str], Guard] = field(default_factory=dict)


class Authority:
    """One store's policies, keys and audit log. Safe to use from several threads."""

    def __init__(self, store: Store, day: Callable[[], date] = today) -> None:
        self._store = store
        self._day = day
        #: Replaced as a whole, so that threads never see half of a change.
        self._known = _Known(version=-1, day=date.min, changes=None, policies=())
        #: The audit log.
        self.audit = AuditLog(store)

    # -- asking

    async def guard(self, subject: Subject, action: str) -> Guard:
        """What the subject may do by this verb now."""
        known = await self._current()
        guard = known.guards.get((subject, action))
        if guard is None:
            guard = compile_guard(subject, action, known.policies, known.day)
            if len(known.guards) < _KEPT:
                known.guards[subject, action] = guard
        return guard

    async def policies(self) -> tuple[Policy, ...]:
        """The policies in force, whatever their term."""
        return (await self._current()).policies

    async def subject_of_key(self, key: str) -> Subject | None:
        """Who sends this API key; ``None`` when it is unknown, revoked or expired."""
        found = await self._store.rows("key.get", (key_hash(key), _now()))
        if not found:
            return None
        [row] = found
        name = row["subject"] or f"{_KEY}{row['id']}"
        return Subject(id=name, roles=tuple(msgspec.json.decode(row["roles"])), unit=row["unit"])

    async def holds(self, subject: Subject) -> bool:
        """Whether a subject kept earlier still stands: ``False`` for a key revoked or expired since."""
        if subject.id.startswith(_ENTITY):
            return bool(await self._store.rows("key.subject_in_force", (subject.id, _now())))
        if not subject.id.startswith(_KEY):
            return True
        return bool(await self._store.rows("key.in_force", (subject.id.removeprefix(_KEY), _now())))

    async def _current(self) -> _Known:
        """The policies, read again if their number or the day has changed.

        A change between the two reads leaves newer policies under an older number, which the next call sees.
        """
        changes, known, day = self._store.changes_of("policy"), self._known, self._day()
        if changes is not None and (known.changes, known.day) == (changes, day):
            return known
        version = await self._read_version()
        known = self._known
        if (known.version, known.day) == (version, day):
            known = replace(known, changes=changes)
        else:
            policies = tuple(_policy(held) for held in await self._store.rows("policy.in_force"))
            known = _Known(version=version, day=day, changes=changes, policies=policies)
        self._known = known
        return known

    async def _read_version(self) -> int:
        [row] = await self._store.rows("policy.version")
        return int(row["version"])

    # -- granting and taking back; each act is in the audit log, in the same transaction

    async def put_policies(self, policies: Iterable[Policy], by: Subject) -> None:
        """Grant them, or change those of the same id. ``Invalid`` when one cannot be compiled: none is put."""
        granted = [msgspec.structs.replace(policy, source=by.id) for policy in policies]
        for policy in granted:
            check_policy(policy, place=policy.id)
        rows = Rows(statement="policy.put", parameters=[_parameters(policy) for policy in granted])
        await self._act(by, "create", "policy", {"policies": [policy.id for policy in granted]}, rows)

    async def revoke(self, policy: str, by: Subject) -> None:
        """Take a policy back, also one of a pack; it stays so when the pack is read again."""
        if all(held.id != policy for held in await self.policies()):
            raise NotFound(what="policy", key=policy)
        rows = Rows(statement="policy.revoke", parameters=[(policy, _now(), by.id)])
        await self._act(by, "delete", "policy", {"policy": policy}, rows)

    async def issue_key(
        self,
        *,
        name: str,
        roles: Sequence[str],
        unit: str,
        expires_at: Instant | None = None,
        by: Subject = _THE_PLATFORM,
    ) -> str:
        """A new API key, told once. ``expires_at``: the first instant at which it holds no more."""
        key, number = new_key(), uuid4().hex
        row = (key_hash(key), number, name, _json(list(roles)), unit, _now(), expires_at)
        facts = {"key": number, "name": name, "roles": list(roles), "unit": unit}
        await self._act(by, "create", "key", facts, Rows(statement="key.put", parameters=[row]))
        return key

    async def revoke_key(self, id: str, by: Subject) -> None:
        """Take a key back, by the id that :meth:`keys` shows."""
        if all(row["id"] != id for row in await self.keys()):
            raise NotFound(what="key", key=id)
        rows = Rows(statement="key.revoke", parameters=[(id, _now())])
        await self._act(by, "delete", "key", {"key": id}, rows)

    async def keys(self) -> list[Mapping[str, Any]]:
        """Every key ever issued: id, name, roles (JSON), unit, created_at, expires_at, revoked_at."""
        return await self._store.rows("key.all")

    async def record(self, act: Act) -> None:
        """Write an act of another room into the audit log."""
        await self.audit.append(act)

    async def _act(self, by: Subject, action: str, resource: str, facts: dict[str, Any], rows: Rows) -> None:
        await self.audit.append(Act(subject=by.id, action=action, resource=resource, facts=facts), [rows])

    # -- packs

    async def seed(self, packs: Iterable[Pack]) -> None:
        """Bring in the policies of the packs as they are now; may be repeated at each start.

        What a pack has no more is withdrawn; what an administrator has revoked stays revoked.
        """
        policies = [policy for pack in packs for policy in policies_of(pack)]
        for policy in policies:
            check_policy(policy, place=policy.id)
        withdraw = Rows(statement="policy.withdraw", parameters=[(_PACKS,)])
        seed = Rows(statement="policy.seed", parameters=[_parameters(policy) for policy in policies])
        await self._store.commit(Transaction(rows=[withdraw, seed]))


class BlockingAuthority:
    """The same for callers in threads without an event loop: Django's views, command lines."""

    def __init__(self, authority: Authority) -> None:
        self.authority = authority

    def guard(self, subject: Subject, action: str) -> Guard:
        """See :meth:`Authority.guard`."""
        return drive(self.authority.guard(subject, action))

    def policies(self) -> tuple[Policy, ...]:
        """See :meth:`Authority.policies`."""
        return drive(self.authority.policies())

    def subject_of_key(self, key: str) -> Subject | None:
        """See :meth:`Authority.subject_of_key`."""
        return drive(self.authority.subject_of_key(key))

    def put_policies(self, policies: Iterable[Policy], by: Subject) -> None:
        """See :meth:`Authority.put_policies`."""
        drive(self.authority.put_policies(policies, by))

    def revoke(self, policy: str, by: Subject) -> None:
        """See :meth:`Authority.revoke`."""
        drive(self.authority.revoke(policy, by))

    def record(self, act: Act) -> None:
        """See :meth:`Authority.record`."""
        drive(self.authority.record(act))


def policies_of(pack: Pack) -> list[Policy]:
    """The policies that a pack declares: one for each grantee, ``pack/policy/grantee``."""
    return [
        _declared(f"{pack.id}/{key}/{grantee}", grantee, declared, pack)
        for key, declared in pack.policies.items()
        for grantee in declared.grantees
    ]


def _declared(id: str, grantee: str, declared: PolicyDeclaration, pack: Pack) -> Policy:
    return Policy(
        id=id,
        grantee=grantee,
        actions=tuple(declared.actions),
        resource=declared.resource,
        rows=declared.rows,
        columns=declared.columns,
        purpose=" · ".join(declared.purpose.values()),
        valid_from=declared.valid_from,
        valid_until=declared.valid_until,
        source=f"{_PACKS}{pack.id}",
    )


def _policy(row: Mapping[str, Any]) -> Policy:
    return Policy(
        id=row["id"],
        grantee=row["grantee"],
        actions=tuple(msgspec.json.decode(row["actions"])),
        resource=row["resource"],
        rows=row["row_expression"],
        columns=tuple(msgspec.json.decode(row["column_names"])),
        purpose=row["purpose"],
        valid_from=_date(row["valid_from"]),
        valid_until=_date(row["valid_until"]),
        source=row["source"],
    )


def _parameters(policy: Policy) -> tuple[Any, ...]:
    return (
        policy.id,
        policy.grantee,
        _json(policy.actions),
        policy.resource,
        policy.rows,
        _json(policy.columns),
        policy.purpose,
        policy.valid_from and policy.valid_from.isoformat(),
        policy.valid_until and policy.valid_until.isoformat(),
        policy.source,
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _now() -> Instant:
    return time.time_ns() // 1000
