"""A full-text index beside the rows of a model: FTS5 on SQLite, a ``tsvector`` under a GIN index on PostgreSQL.

The room that has the texts says what its table is, in ``<folder>/<engine>/text_*.sql``: ``forget`` (an id), ``keep``
(an id and what the engine keeps), ``match`` or ``ranked`` (what is sought → ids). How texts are cut is
``huicheng.fulltext``'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from huicheng.fulltext import Engine, Sought, engine


class TextIndex:
    """Of ``columns``, the one that counts most first."""

    def __init__(self, folder: Path, columns: Sequence[str]) -> None:
        self._folder = folder
        self._columns = tuple(columns)

    @property
    def engine(self) -> Engine:
        """How this database writes what is kept and sought."""
        return engine(connection.vendor)

    def _statement(self, name: str) -> str:
        return _read(self._folder / connection.vendor / f"text_{name}.sql")

    def keep(self, rows: Iterable[tuple[int, Sequence[str]]]) -> None:
        """Let rows be found by their texts: id and texts, one for each column. In the transaction that wrote them."""
        held = list(rows)
        kept: list[tuple[int | str, ...]] = [(pk, *self.engine.kept(texts)) for pk, texts in held]
        with connection.cursor() as cursor:
            cursor.executemany(self._statement("forget"), [(pk,) for pk, _ in held])
            cursor.executemany(self._statement("keep"), kept)

    def holding(self, sought: Sought, within: Sequence[str] = ()) -> Q:
        """Rows in which every term stands in some column, or in one of those named."""
        match = self.engine.match(sought, self._columns, within or self._columns)
        held = RawSQL(self._statement("match"), (match,))  # noqa: S611 - a file's; what is typed is its parameter
        return Q(pk__in=held)

    def ranked(self, sought: Sought, most: int, *, loosely: bool = False) -> list[int]:
        """Ids of the rows that match best, the best first; ``loosely``: in which any part of it stands."""
        match = self.engine.loosely(sought) if loosely else self.engine.match(sought, self._columns, self._columns)
        with connection.cursor() as cursor:
            cursor.execute(self._statement("ranked"), (match, most))
            return [row[0] for row in cursor.fetchall()]


@cache
def _read(file: Path) -> str:
    return file.read_text("utf-8")
