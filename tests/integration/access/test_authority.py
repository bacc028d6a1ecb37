"""Policies, keys and the audit log on a real store (N2): a revocation holds at the next read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import apsw
import asyncpg
import msgspec
import pytest
from engines import outside, written
from packed import known

from huicheng.access import Policy, Subject, allows
from huicheng.errors import Invalid, NotFound
from huicheng.expressions import ExpressionError
from huicheng.packs import Pack
from huicheng.stores import Act, Authority, Blocking, EmbeddedStore, open_store
from huicheng.stores.blocking import drive
from huicheng.stores.opening import SETTING

ADMINISTRATOR = Subject(id="u1", roles=("security-admin",))
HANDLER = Subject(id="u7", roles=("handler",), unit="eeb")
NOBODY = Subject(id="anonymous", roles=())
READINGS = "environment/air-open/anyone"
MINE = Policy(id="mine", grantee="role:handler", actions=("read",), resource="Diary", rows="owner = subject_id")


@pytest.fixture(scope="module")
def packs() -> tuple[Pack, ...]:
    return known()


@pytest.fixture
def store(data_dir: Path) -> Iterator[EmbeddedStore]:
    opened = open_store(data_dir, writer=True)
    yield opened
    Blocking(opened).close()


@pytest.fixture
def authority(store: EmbeddedStore, packs: tuple[Pack, ...]) -> Authority:
    found = Authority(store)
    drive(found.seed(packs))
    return found


def may(authority: Authority, subject: Subject, action: str, resource: str, **values: Any) -> bool:
    return allows(drive(authority.guard(subject, action)), resource, values)


def test_nothing_is_allowed_before_a_policy_is_there(store: EmbeddedStore) -> None:
    assert not may(Authority(store), NOBODY, "read", "AirQualityObserved")


def test_packs_bring_their_policies(authority: Authority) -> None:
    assert may(authority, NOBODY, "read", "AirQualityObserved")
    assert not may(authority, NOBODY, "update", "AirQualityObserved")
    own = {"kind": "environment/event", "ownerUnit": "eeb"}
    assert may(authority, HANDLER, "case.handle", "Case", **own)
    assert not may(authority, HANDLER, "case.handle", "Case", **(own | {"ownerUnit": "ucm"}))
    assert not may(authority, HANDLER, "case.pass", "Case", **own)


@pytest.mark.parametrize(
    ("role", "may_do"),
    [
        ("system-admin", {"setting", "calendar"}),
        ("security-admin", {"policy", "account", "key"}),
        ("audit-admin", {"audit"}),
    ],
)
def test_the_three_administrators_are_apart_and_see_no_cases(authority: Authority, role: str, may_do: set[str]) -> None:
    subject = Subject(id="u2", roles=(role,))
    everything = ("setting", "calendar", "policy", "account", "key", "audit", "Alert")
    seen = {name for name in everything if may(authority, subject, "read", name, category="environment")}
    assert seen == may_do


def test_a_revocation_holds_at_the_next_read_also_in_another_process(authority: Authority, data_dir: Path) -> None:
    other = open_store(data_dir, writer=False)
    elsewhere = Authority(other)
    assert may(elsewhere, NOBODY, "read", "AirQualityObserved")
    drive(authority.revoke(READINGS, ADMINISTRATOR))
    assert not may(authority, NOBODY, "read", "AirQualityObserved")
    assert not may(elsewhere, NOBODY, "read", "AirQualityObserved")
    Blocking(other).close()


def test_a_revoked_policy_of_a_pack_stays_revoked_when_the_pack_is_read_again(
    authority: Authority, store: EmbeddedStore, packs: tuple[Pack, ...]
) -> None:
    drive(authority.revoke(READINGS, ADMINISTRATOR))
    again = Authority(store)
    drive(again.seed(packs))
    assert not may(again, NOBODY, "read", "AirQualityObserved")


def test_what_a_pack_has_no_more_holds_no_more_and_comes_back_with_it(
    authority: Authority, packs: tuple[Pack, ...]
) -> None:
    drive(authority.put_policies([MINE], ADMINISTRATOR))
    drive(authority.seed(packs[:1]))
    assert not may(authority, NOBODY, "read", "AirQualityObserved")
    assert may(authority, HANDLER, "read", "Diary", owner="u7")
    drive(authority.seed(packs))
    assert may(authority, NOBODY, "read", "AirQualityObserved")


def test_a_policy_that_does_not_compile_is_refused_and_none_of_its_fellows_is_put(authority: Authority) -> None:
    bad = msgspec.structs.replace(MINE, id="bad", rows="owner IN (SELECT 1)")
    with pytest.raises(ExpressionError):
        drive(authority.put_policies([MINE, bad], ADMINISTRATOR))
    assert not may(authority, HANDLER, "read", "Diary", owner="u7")


def test_a_policy_ends_with_its_term(store: EmbeddedStore) -> None:
    day = date(2026, 11, 22)
    authority = Authority(store, day=lambda: day)
    term = msgspec.structs.replace(MINE, valid_until=date(2026, 11, 23))
    drive(authority.put_policies([term], ADMINISTRATOR))
    assert may(authority, HANDLER, "read", "Diary", owner="u7")
    day = date(2026, 11, 23)
    assert not may(authority, HANDLER, "read", "Diary", owner="u7")


def test_revoking_what_is_not_there_is_told(authority: Authority) -> None:
    with pytest.raises(NotFound, match="nothing"):
        drive(authority.revoke("nothing", ADMINISTRATOR))


def test_a_key_stands_for_its_roles_until_it_is_revoked_and_is_never_stored(
    authority: Authority, data_dir: Path
) -> None:
    key = drive(authority.issue_key(name="demo", roles=("integration",), unit="dsb"))
    subject = drive(authority.subject_of_key(key))
    assert subject is not None
    assert (subject.roles, subject.unit) == (("integration",), "dsb")
    assert may(authority, subject, "create", "AirQualityObserved")
    drive(authority.revoke_key(subject.id.removeprefix("key:"), ADMINISTRATOR))
    assert drive(authority.subject_of_key(key)) is None
    held = written(data_dir)
    assert b"demo" in held
    assert key.encode() not in held


def test_an_expired_key_and_an_invented_one_are_nobody(authority: Authority) -> None:
    expired = drive(authority.issue_key(name="old", roles=("integration",), unit="dsb", expires_at=1))
    assert drive(authority.subject_of_key(expired)) is None
    assert drive(authority.subject_of_key("hc_invented")) is None


def test_granting_and_taking_back_are_in_the_audit_log(authority: Authority) -> None:
    drive(authority.put_policies([MINE], ADMINISTRATOR))
    drive(authority.revoke("mine", ADMINISTRATOR))
    acts = [(row.act.subject, row.act.action, row.act.resource) for row in drive(authority.audit.after())]
    assert acts == [("u1", "create", "policy"), ("u1", "delete", "policy")]
    assert drive(authority.audit.broken()) is None


def test_many_write_the_audit_log_at_once_and_its_chain_is_whole(authority: Authority) -> None:
    acts = [Act(subject=f"u{n}", action="case.contact", resource="Case", facts={"n": n}) for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda act: drive(authority.record(act)), acts))
    rows = drive(authority.audit.after())
    assert sorted(row.act.facts["n"] for row in rows) == list(range(40))
    assert drive(authority.audit.broken()) is None


def unguarded(statement: str) -> str:
    """The statement while no trigger looks; a database of PostgreSQL goes on to the next test with its own."""
    if os.environ.get(SETTING):
        return f"ALTER TABLE audit DISABLE TRIGGER USER; {statement}; ALTER TABLE audit ENABLE TRIGGER USER"
    return f"DROP TRIGGER audit_stays; DROP TRIGGER audit_is_kept; {statement}"


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET subject = 'x' WHERE seq = 2", "DELETE FROM audit WHERE seq = 2"]
)
def test_the_log_cannot_be_changed_and_one_changed_behind_its_back_shows(
    authority: Authority, data_dir: Path, statement: str
) -> None:
    for n in range(3):
        drive(authority.record(Act(subject=f"u{n}", action="read", resource="Case")))
    with pytest.raises((apsw.ConstraintError, asyncpg.IntegrityConstraintViolationError), match="append-only"):
        outside(data_dir, statement)
    outside(data_dir, unguarded(statement))
    assert drive(authority.audit.broken()) in {2, 3}


def test_a_row_that_does_not_fit_is_told_and_nothing_is_tried_again(authority: Authority) -> None:
    with pytest.raises((Invalid, TypeError)):
        drive(authority.record(Act(subject=None, action="read", resource="Case")))  # type: ignore[arg-type] # on purpose
