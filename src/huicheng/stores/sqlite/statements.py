"""Named statements: every SQL text that is not built, read from ``sql/*.sql``.

A file holds statements, each under ``-- name: subject.verb`` and a line with its purpose. Other
rooms add files of their own; callers name the statement and never send SQL.
"""

from __future__ import annotations

import re
from importlib import resources
from importlib.resources.abc import Traversable

import apsw
import apsw.ext
import msgspec

from huicheng.errors import Invalid

_HEADER = re.compile(r"^-- name: *(\S+) *$", re.MULTILINE)
_NAME = re.compile(r"[a-z_]+\.[a-z_]+")


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One named SQL statement."""

    name: str
    #: What it is for, in a line.
    purpose: str
    sql: str


def read_statements(folder: Traversable | None = None) -> dict[str, Statement]:
    """Every statement of the ``.sql`` files in ``folder`` (default: the store's own), by name."""
    folder = folder or resources.files(__package__) / "sql"
    found: dict[str, Statement] = {}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".sql"):
            for statement in _parse(file.name, file.read_text(encoding="utf-8")):
                if statement.name in found:
                    raise Invalid(place=file.name, why=f"The statement {statement.name} is there twice.")
                found[statement.name] = statement
    return found


def family_of(name: str) -> str:
    """What statements about one subject share: the word before the dot."""
    return name.partition(".")[0]


def _parse(file: str, text: str) -> list[Statement]:
    _, *parts = _HEADER.split(text)
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return [_statement(file, name, body) for name, body in pairs]


def _statement(file: str, name: str, body: str) -> Statement:
    purpose, _, sql = body.strip().partition("\n")
    if not _NAME.fullmatch(name) or not purpose.startswith("-- ") or not sql.strip():
        why = "A statement needs a name subject.verb, a line “-- purpose”, and SQL."
        raise Invalid(place=f"{file}: {name}", why=why)
    return Statement(name=name, purpose=purpose.removeprefix("-- "), sql=sql.strip().rstrip(";"))


class Statements:
    """The statements, checked against one database: each compiles, and is known to read or write."""

    def __init__(self, connection: apsw.Connection, statements: dict[str, Statement]) -> None:
        self._sql = {name: statement.sql for name, statement in statements.items()}
        self._writing = frozenset(n for n, s in self._sql.items() if not _reads(connection, n, s))

    def reading(self, name: str) -> str:
        """The SQL of a statement that only reads; ``Invalid`` for any other."""
        sql = self._known(name)
        if name in self._writing:
            raise Invalid(place=name, why="This statement writes: it belongs into a transaction.")
        return sql

    def writing(self, name: str) -> str:
        """The SQL of a statement that writes; ``Invalid`` for any other."""
        sql = self._known(name)
        if name not in self._writing:
            raise Invalid(place=name, why="This statement only reads.")
        return sql

    def _known(self, name: str) -> str:
        try:
            return self._sql[name]
        except KeyError:
            raise Invalid(place=name, why="There is no statement of this name.") from None


def _reads(connection: apsw.Connection, name: str, sql: str) -> bool:
    try:
        details = apsw.ext.query_info(connection, sql)
    except apsw.SQLError as error:
        raise Invalid(place=name, why=f"The statement does not compile: {error}") from error
    if details.query_remaining:
        raise Invalid(place=name, why="A name stands for one statement, not several.")
    return bool(details.is_readonly)
