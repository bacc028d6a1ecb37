"""Named statements: what a file of them must look like."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from huicheng.errors import Invalid
from huicheng.stores.sqlite.statements import Statements
from huicheng.stores.statements import named_statements, read_statements


def statements(folder: Path, text: str) -> Statements:
    (folder / "some.sql").write_text(text, encoding="utf-8")
    connection = apsw.Connection(":memory:")
    connection.execute("CREATE TABLE thing (a)")
    return Statements(connection, read_statements(folder))


def test_a_statement_is_known_to_read_or_to_write(tmp_path: Path) -> None:
    found = statements(
        tmp_path,
        "-- name: thing.all\n-- All.\nSELECT a\nFROM thing;\n\n"
        "-- name: thing.add\n-- One.\nINSERT INTO thing VALUES (?1);\n",
    )
    assert found.reading("thing.all") == "SELECT a\nFROM thing"
    assert found.writing("thing.add") == "INSERT INTO thing VALUES (?1)"
    for wrong in (lambda: found.reading("thing.add"), lambda: found.writing("thing.all"), lambda: found.reading("x.y")):
        with pytest.raises(Invalid):
            wrong()


FAULTS = {
    "no purpose": "-- name: a.b\nSELECT 1;",
    "no verb": "-- name: a\n-- Purpose.\nSELECT 1;",
    "no SQL": "-- name: a.b\n-- Purpose.\n",
    "no such table": "-- name: a.b\n-- Purpose.\nSELECT * FROM nowhere;",
    "several": "-- name: a.b\n-- Purpose.\nSELECT 1; DELETE FROM thing;",
    "twice": "-- name: a.b\n-- Purpose.\nSELECT 1;\n-- name: a.b\n-- Purpose.\nSELECT 1;",
}


@pytest.mark.parametrize("text", FAULTS.values(), ids=FAULTS.keys())
def test_a_faulty_file_is_refused_at_opening(tmp_path: Path, text: str) -> None:
    with pytest.raises(Invalid):
        statements(tmp_path, text)


def test_the_store_s_own_statements_each_have_a_purpose() -> None:
    found = named_statements("sqlite")
    assert len(found) > 20
    assert all(statement.purpose for statement in found.values())


def test_a_statement_that_one_engine_lacks_is_refused(tmp_path: Path) -> None:
    for engine in ("sqlite", "postgres"):
        (tmp_path / engine / "sql").mkdir(parents=True)
        (tmp_path / engine / "inner").mkdir()
    (tmp_path / "sql").mkdir()
    text = "-- name: a.b\n-- Purpose.\nSELECT 1;\n"
    (tmp_path / "sqlite" / "sql" / "some.sql").write_text(text, encoding="utf-8")
    with pytest.raises(Invalid, match=r"stores/postgres/sql.*a\.b"):
        named_statements("sqlite", tmp_path)
    (tmp_path / "postgres" / "sql" / "some.sql").write_text(text, encoding="utf-8")
    assert set(named_statements("sqlite", tmp_path)) == {"a.b"}
    (tmp_path / "sql" / "some.sql").write_text(text, encoding="utf-8")
    with pytest.raises(Invalid, match=r"own words, too: a\.b"):
        named_statements("postgres", tmp_path)
