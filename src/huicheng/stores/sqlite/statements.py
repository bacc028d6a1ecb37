"""Named statements checked against one SQLite database: each compiles, and is known to read or write."""

from __future__ import annotations

import apsw
import apsw.ext

from huicheng.errors import Invalid
from huicheng.stores.statements import Named, Statement


class Statements(Named):
    """The statements in SQLite's words."""

    def __init__(self, connection: apsw.Connection, statements: dict[str, Statement]) -> None:
        texts = {name: statement.sql for name, statement in statements.items()}
        super().__init__(texts, frozenset(name for name, text in texts.items() if not _reads(connection, name, text)))


def _reads(connection: apsw.Connection, name: str, sql: str) -> bool:
    try:
        details = apsw.ext.query_info(connection, sql)
    except apsw.SQLError as error:
        raise Invalid(place=name, why="The statement does not compile: %(fault)s", fault=str(error)) from error
    if details.query_remaining:
        raise Invalid(place=name, why="A name stands for one statement, not several.")
    return bool(details.is_readonly)
