"""One moment of the store that one statement tells: of history nearly always all that a question needs to know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from huicheng.stores.postgres.connection import Connection
from huicheng.stores.threads import NotBrief

Rows = list[tuple[Any, ...]]

#: Rows of the feed that are told; where there are more, it is read otherwise.
_MOST = 16
#: Behind all that the feed will ever hold.
NEVER = (1 << 63) - 1


class Moment:
    """See :class:`huicheng.stores.snapshots.Snapshot`; ``NotBrief`` where the statement has not told the rows."""

    def __init__(self, told: Mapping[str, Any], since: int) -> None:
        """``since``: from where on the feed's rows were asked for."""
        self._since, self._head = since, told["head"]
        self._fresh, self._unsettled = _few(told["fresh"]), _few(told["unsettled"])
        self._entities = list(map(tuple, told["entities"] or ()))
        self._files = list(map(tuple, told["files"] or ()))
        self._rows: dict[str, Rows | None] = {
            "history.compacted": [(told["compacted"], None)],
            "feed.head": [(self._head,)],
            "overlay.any": None if told["is_edited"] else [],
            "sensing.has_details": None if told["has_details"] else [],
            "term.all": None if told["has_terms"] else [],
        }

    def rows(self, statement: str, *parameters: Any) -> Rows:
        """See above."""
        if statement == "feed.after":
            return self._after(parameters[0])
        if statement == "history.files":
            return self._files_of(*parameters)
        if statement == "state.find":
            return [(iri, row, type_, None) for iri, row, type_ in self._entities]
        if statement == "state.names":
            wanted = frozenset(parameters[0].tolist())
            return [(row, iri, type_) for iri, row, type_ in self._entities if row in wanted]
        return _told(self._rows.get(statement))

    def unsettled(self) -> Iterable[tuple[Any, ...]]:
        """See above."""
        return _told(self._unsettled)

    def _after(self, seq: int) -> Rows:
        if seq >= self._head:
            return []
        return [row for row in _told(self._fresh if seq >= self._since else None) if row[0] > seq]

    def _files_of(self, start: int, end: int) -> Rows:
        return [one for one in self._files if one[3] >= start and one[2] < end]


async def moment_of(
    connection: Connection, sql: str, terms: int, since: int = NEVER, iris: Sequence[str] = ()
) -> Moment:
    """Asked by ``history.moment``."""
    return Moment(await connection.fetchrow(sql, terms, since, iris, _MOST), since)


def _few(rows: Sequence[Any] | None) -> Rows | None:
    """``None``: more than are told."""
    return list(map(tuple, rows or ())) if len(rows or ()) <= _MOST else None


def _told(rows: Rows | None) -> Rows:
    if rows is None:
        raise NotBrief
    return rows
