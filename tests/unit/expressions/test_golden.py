"""Every engine gives the same answer, also where the engines themselves differ (N1, N6)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import apsw
import duckdb
import pytest
import yaml
from sqlglot import expressions as sql

from huicheng.city import parse_instant
from huicheng.expressions import Expression, Resolve, Type, evaluate, parse, to_sql

NAMES: dict[str, Type] = {
    **dict.fromkeys("xyz", "number"),
    **dict.fromkeys("tu", "text"),
    **dict.fromkeys("bc", "boolean"),
    **dict.fromkeys("se", "time"),
    **dict.fromkeys("kl", "texts"),
}
TABLES = {"iaqi": [(0.0, 0.0), (35.0, 50.0), (75.0, 100.0), (115.0, 150.0)]}
COLUMNS = {"number": "DOUBLE", "text": "TEXT", "boolean": "BOOLEAN", "time": "BIGINT"}
VECTORS = yaml.safe_load((Path(__file__).parent / "golden.yaml").read_text("utf-8"))


def _row(vector: dict[str, Any]) -> dict[str, Any]:
    times = {name for name, kind in NAMES.items() if kind == "time"}
    return {name: parse_instant(held) if name in times else held for name, held in vector["values"].items()}


def _by_evaluate(expression: Expression, row: dict[str, Any]) -> Any:
    return evaluate(expression, row, TABLES)


def _by_sqlite(expression: Expression, row: dict[str, Any]) -> Any:
    """Values as the store holds them: in JSON, where 2 is an integer and NaN cannot stand."""
    held = {name: value for name, value in row.items() if value == value}  # noqa: PLR0124 - NaN is the one unequal
    query = to_sql(expression, "sqlite", _or_lists(_json_path, row), TABLES).sql(dialect="sqlite")
    document = str(sql.Literal.string(json.dumps(held, ensure_ascii=False)))
    return apsw.Connection(":memory:").execute(f"SELECT {query} FROM (SELECT {document} AS d)").get  # noqa: S608 - compiled by the code under test


def _by_duckdb(expression: Expression, row: dict[str, Any]) -> Any:
    query = to_sql(expression, "duckdb", _or_lists(sql.column, row), TABLES).sql(dialect="duckdb")
    columns = {name: COLUMNS[kind] for name, kind in NAMES.items() if kind in COLUMNS}
    engine = duckdb.connect()
    engine.execute("CREATE TABLE row (" + ", ".join(f"{name} {kind}" for name, kind in columns.items()) + ")")
    engine.execute("INSERT INTO row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [row.get(name) for name in columns])
    found = engine.execute(f"SELECT {query} FROM row").fetchone()  # noqa: S608 - compiled by the code under test
    assert found is not None
    return found[0]


def _or_lists(resolve: Resolve, row: dict[str, Any]) -> Resolve:
    """A list is no column of a table: whoever asks brings it."""

    def either(name: str) -> sql.Expression:
        if NAMES[name] != "texts":
            return resolve(name)
        return sql.Tuple(expressions=[sql.Literal.string(one) for one in row.get(name, ())])

    return either


def _json_path(name: str) -> sql.Expression:
    return sql.Anonymous(this="json_extract", expressions=[sql.column("d"), sql.Literal.string(f"$.{name}")])


@pytest.mark.parametrize("engine", [_by_evaluate, _by_sqlite, _by_duckdb])
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["says"])
def test_every_engine_gives_the_same_answer(vector: dict[str, Any], engine: Any) -> None:
    expression = parse(vector["expression"], NAMES, tables=TABLES)
    found = engine(expression, _row(vector))
    assert found == vector["gives"]
    assert (found is None) == (vector["gives"] is None)
