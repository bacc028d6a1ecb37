"""Deny by default; a row filter and a single decision are one thing (N2)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import apsw
import pytest
from sqlglot import expressions as sql

from huicheng.access import (
    EVERYTHING,
    Guard,
    Policy,
    Subject,
    allows,
    check_policy,
    compile_guard,
    demand,
    key_hash,
    new_key,
    on_behalf,
    row_filter,
    visible_columns,
)
from huicheng.errors import Invalid, Refused
from huicheng.expressions import ExpressionError

TODAY = date(2026, 11, 22)
HANDLER = Subject(id="u7", roles=("handler",), unit="eeb")
NOBODY = Subject(id="anonymous", roles=("citizen",))
CASES: list[dict[str, Any]] = [
    {"id": 1, "ownerUnit": "eeb", "status": "handling", "handler": "u7", "phone": "138"},
    {"id": 2, "ownerUnit": "ucm", "status": "closed", "handler": "u9", "phone": "139"},
    {"id": 3, "ownerUnit": "", "status": "pending", "phone": "137"},
    {"id": 4, "ownerUnit": 5, "status": "pending"},
]


def policy(**change: Any) -> Policy:
    fields: dict[str, Any] = {"id": "p", "grantee": "role:handler", "actions": ("read",), "resource": "Case"}
    return Policy(**(fields | change))


def guard(subject: Subject, *policies: Policy) -> Guard:
    return compile_guard(subject, "read", policies, TODAY)


def through_sql(one: Guard) -> list[dict[str, Any]]:
    """Rows and columns as SQLite gives them through the filter."""

    def resolve(name: str) -> sql.Expression:
        return sql.Anonymous(this="json_extract", expressions=[sql.column("d"), sql.Literal.string(f"$.{name}")])

    kept = row_filter(one, "Case", "sqlite", resolve)
    names = ["id", "ownerUnit", "status", "handler", "phone"]
    columns = ", ".join(kept.guarded(name, resolve(name)).sql(dialect="sqlite") for name in names)
    engine = apsw.Connection(":memory:")
    engine.execute("CREATE TABLE c (d TEXT)")
    engine.executemany("INSERT INTO c VALUES (?)", [(json.dumps(case),) for case in CASES])
    where = kept.where.sql(dialect="sqlite")
    found = engine.execute(f"SELECT {columns} FROM c WHERE {where}")  # noqa: S608 - compiled by the code under test
    return [{k: v for k, v in zip(names, row, strict=True) if v is not None} for row in found]


def one_by_one(one: Guard) -> list[dict[str, Any]]:
    """The same by single decisions."""
    kept = [(case, visible_columns(one, "Case", case)) for case in CASES if allows(one, "Case", case)]
    return [{k: v for k, v in case.items() if seen is None or k in seen} for case, seen in kept]


@pytest.mark.parametrize("way", [through_sql, one_by_one])
@pytest.mark.parametrize(
    ("policies", "ids"),
    [
        ([], []),
        ([policy()], [1, 2, 3, 4]),
        ([policy(rows="ownerUnit = subject_unit")], [1]),
        ([policy(rows="ownerUnit <> subject_unit")], [2, 3]),
        ([policy(rows="handler = subject_id"), policy(rows="status = 'closed'")], [1, 2]),
        ([policy(resource="*", rows="status = 'pending'")], [3, 4]),
        ([policy(grantee="unit:eeb", rows="status = 'closed'")], [2]),
        ([policy(grantee="subject:u7", rows="status = 'closed'")], [2]),
        ([policy(grantee="anyone", rows="status = 'closed'")], [2]),
        ([policy(grantee="role:leader")], []),
        ([policy(actions=("update",))], []),
        ([policy(resource="Alert")], []),
        ([policy(valid_from=date(2026, 11, 23))], []),
        ([policy(valid_from=TODAY)], [1, 2, 3, 4]),
        ([policy(valid_until=TODAY)], []),
        ([policy(valid_until=date(2026, 11, 23))], [1, 2, 3, 4]),
    ],
)
def test_a_filter_and_single_decisions_let_the_same_rows_through(way: Any, policies: Any, ids: list[int]) -> None:
    assert [row["id"] for row in way(guard(HANDLER, *policies))] == ids


@pytest.mark.parametrize("way", [through_sql, one_by_one])
def test_of_a_row_the_columns_of_all_its_grants_are_seen_and_no_others(way: Any) -> None:
    own = policy(rows="ownerUnit = subject_unit")
    others = policy(columns=("id", "status"))
    assert way(guard(HANDLER, own, others)) == [
        CASES[0],
        {"id": 2, "status": "closed"},
        {"id": 3, "status": "pending"},
        {"id": 4, "status": "pending"},
    ]


def test_nobody_has_no_unit_and_no_name_so_no_row_belongs_to_nobody() -> None:
    mine = policy(grantee="anyone", rows="ownerUnit = subject_unit OR handler = subject_id")
    assert through_sql(guard(NOBODY, mine)) == []


CHIEF = Subject(id="u1", roles=("handler",), unit="oc", units=("oc", "eeb"), divisions=("520602", "520602002"))


@pytest.mark.parametrize("way", [through_sql, one_by_one])
@pytest.mark.parametrize(
    ("subject", "rows", "ids"),
    [
        (CHIEF, "ownerUnit IN (subject_units)", [1]),
        (CHIEF, "ownerUnit NOT IN (subject_units)", [2, 3]),
        (CHIEF, "status IN (subject_divisions)", []),
        (HANDLER, "ownerUnit IN (subject_units)", [1]),
        (HANDLER, "ownerUnit NOT IN (subject_divisions)", []),
        (NOBODY, "ownerUnit IN (subject_units) OR ownerUnit IN (subject_divisions)", []),
        (NOBODY, "ownerUnit NOT IN (subject_units)", []),
    ],
)
def test_units_and_divisions_of_a_subject_are_lists_and_an_empty_one_holds_nothing(
    way: Any, subject: Subject, rows: str, ids: list[int]
) -> None:
    found = way(guard(subject, policy(grantee="anyone", rows=rows)))
    assert [row["id"] for row in found] == ids


def test_a_list_may_stand_after_in_only() -> None:
    with pytest.raises(ExpressionError, match="after IN only"):
        check_policy(policy(rows="ownerUnit = subject_units"))


DEPUTY = Subject(id="u8", roles=("verifier",), unit="oc", deputises=(HANDLER,))


@pytest.mark.parametrize("way", [through_sql, one_by_one])
def test_a_deputy_sees_with_both_guards_each_over_its_own_rows(way: Any) -> None:
    own = policy(id="own", grantee="role:verifier", rows="status = 'closed'", columns=("id", "status"))
    absent = policy(id="absent", rows="ownerUnit = subject_unit OR handler = subject_id")
    assert way(guard(DEPUTY, own, absent)) == [CASES[0], {"id": 2, "status": "closed"}]


def test_it_is_said_for_whom_a_deputy_acts_and_nobody_where_the_own_grant_suffices() -> None:
    own = policy(id="own", grantee="role:verifier", rows="status = 'closed'")
    absent = policy(id="absent", rows="ownerUnit = subject_unit OR status = 'closed'")
    both = guard(DEPUTY, own, absent)
    assert [on_behalf(both, "Case", case) for case in CASES] == [HANDLER, None, None, None]


def test_deputising_goes_one_step_only() -> None:
    second = Subject(id="u9", roles=("leader",), deputises=(DEPUTY,))
    assert through_sql(guard(second, policy())) == []


def test_a_value_in_the_subject_is_never_read_as_sql() -> None:
    hostile = Subject(id="x' OR '1'='1", roles=("handler",))
    assert through_sql(guard(hostile, policy(rows="handler = subject_id"))) == []


def test_a_hidden_column_is_unknown_to_a_condition() -> None:
    kept = row_filter(guard(HANDLER, policy(columns=("id",))), "Case", "sqlite", sql.column)
    assert kept.guarded("phone", sql.column("phone")) == sql.Null()


def test_the_platform_itself_sees_everything() -> None:
    assert row_filter(EVERYTHING, "Case", "sqlite", sql.column).everything
    assert allows(EVERYTHING, "Case", {})


def test_what_is_not_allowed_is_refused_by_name() -> None:
    with pytest.raises(Refused, match="read Case"):
        demand(guard(NOBODY), "read", "Case")


@pytest.mark.parametrize(
    "change", [{"grantee": "everybody"}, {"actions": ()}, {"columns": ()}, {"rows": "ownerUnit"}, {"rows": "x = 1"}]
)
def test_a_policy_that_cannot_be_compiled_is_refused_before_it_is_stored(change: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        check_policy(policy(**change), {"ownerUnit": "text"})


def test_the_error_of_a_policy_says_where() -> None:
    with pytest.raises(ExpressionError, match=r"contracts\.yaml:7: .*line 1, column 1"):
        check_policy(policy(rows="owner = 'x'"), {"ownerUnit": "text"}, place="contracts.yaml:7")


def test_two_keys_differ_and_only_a_hash_is_kept() -> None:
    first, second = new_key(), new_key()
    assert first != second
    assert len(first) >= 46
    assert first not in key_hash(first)
    assert key_hash(first) == key_hash(first) != key_hash(second)
