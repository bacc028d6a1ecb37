"""Regular expressions inside SQLite."""

from __future__ import annotations

from typing import Any

import apsw

from huicheng import expressions
from huicheng.stores.patterns import matches

#: The SQL name: huicheng_matches(pattern, text).
FUNCTION = "huicheng_matches"


def register_patterns(connection: apsw.Connection) -> None:
    """Make :data:`FUNCTION` known to a connection."""
    connection.create_scalar_function(FUNCTION, matches, 2, deterministic=True)
    # What REGEXP of a compiled expression calls.
    connection.create_scalar_function("regexp", _regexp, 2, deterministic=True)


def _regexp(*arguments: Any) -> bool | None:
    return expressions.matches(*arguments)
