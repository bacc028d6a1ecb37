"""A transaction of the people half begins when the one before it is over, as ``IMMEDIATE`` has it on SQLite.

What is read in a transaction then still holds when it writes, whatever row that concerns: limits of attempts, the place
of a consumer in the feed, the last number of a day. All code of the people half rests on it, on both engines. Reads
outside transactions wait for nobody.

PostgreSQL keeps no NUL in a text, and cannot look for one either: who sent it hears so, at whatever door.

Who finds all connections lent waits for one; who finds PostgreSQL gone is told so within a second or two, and for a
moment so is everybody of the process: one page asks several times.
"""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import Any

from django.db import DataError
from django.db.backends.postgresql import base
from psycopg_pool import PoolTimeout

from huicheng.errors import Invalid
from huicheng.people.setting import PATIENCE

_ONE_AT_A_TIME = (Path(__file__).resolve().parent.parent / "sql" / "one_at_a_time.sql").read_text("utf-8")


#: PostgreSQL's own word for a NUL in JSON; in a text its driver already refuses it.
_NUL_IN_JSON = "22P05"
#: Seconds for which PostgreSQL, found gone, is not asked again.
_MOMENT = 1.0


class DatabaseWrapper(base.DatabaseWrapper):
    """See above."""

    #: Until when PostgreSQL counts as gone, for all threads of the process.
    _gone_until = 0.0

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.execute_wrappers.append(_without_nul)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """One of the pool's. ``PoolTimeout``, an ``OperationalError``, where none comes."""
        if monotonic() < DatabaseWrapper._gone_until:
            raise PoolTimeout("PostgreSQL was not there a moment ago")
        failed, deadline = self._failures(), monotonic() + PATIENCE
        while True:
            try:
                return super().get_new_connection(conn_params)
            except PoolTimeout:
                if self._failures() > failed:
                    DatabaseWrapper._gone_until = monotonic() + _MOMENT
                    raise
                if monotonic() > deadline:
                    raise

    def _failures(self) -> int:
        """How often the pool has asked PostgreSQL for a connection in vain."""
        return self.pool.get_stats().get("connections_errors", 0) if self.pool else 0

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
