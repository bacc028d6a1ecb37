"""A transaction of the people half begins when the one before it is over, as ``IMMEDIATE`` has it on SQLite.

What is read in a transaction then still holds when it writes, whatever row that concerns: limits of attempts, the place
of a consumer in the feed, the last number of a day. All code of the people half rests on it, on both engines. Reads
outside transactions wait for nobody.

PostgreSQL keeps no NUL in a text, and cannot look for one either: who sent it hears so, at whatever door.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import DataError
from django.db.backends.postgresql import base

from huicheng.errors import Invalid

_ONE_AT_A_TIME = (Path(__file__).resolve().parent.parent / "sql" / "one_at_a_time.sql").read_text("utf-8")


#: PostgreSQL's own word for a NUL in JSON; in a text its driver already refuses it.
_NUL_IN_JSON = "22P05"


class DatabaseWrapper(base.DatabaseWrapper):
    """See above."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.execute_wrappers.append(_without_nul)

    def _set_autocommit(self, autocommit: bool) -> None:  # noqa: FBT001 - Django's own shape
        super()._set_autocommit(autocommit)  # type: ignore[misc]  # the stubs leave it out
        if not autocommit:
            self._wait_for_others()

    def _wait_for_others(self) -> None:
        connection: Any = self.connection
        try:
            with self.wrap_database_errors:
                connection.execute(_ONE_AT_A_TIME)
        except Exception:
            if not connection.closed:
                connection.rollback()
                super()._set_autocommit(autocommit=True)  # type: ignore[misc]  # as above
            raise


def _without_nul(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's own shape
    try:
        return execute(sql, parameters, many, context)
    except DataError as error:
        if getattr(error.__cause__, "sqlstate", None) == _NUL_IN_JSON or "NUL (0x00)" in str(error):
            raise Invalid(why="A text holds the character NUL.") from error
        raise
