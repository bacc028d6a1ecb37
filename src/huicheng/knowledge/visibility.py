"""Policies over articles: the names that their rows may read, and the guard as a WHERE on our table."""

from __future__ import annotations

from typing import Any, Protocol

from django.db.models import BooleanField
from django.db.models.expressions import RawSQL
from sqlglot import expressions as sql

from huicheng.access import Guard, row_filter
from huicheng.expressions import HELD, Dialect

RESOURCE = "Article"

#: Name in policies → column.
_TEXTS = {"status": "status", "unit": "unit", "category": "category", "author": "author"}
_FLAGS = {"public": "public"}
_DIALECTS: dict[str, Dialect] = {"sqlite": "sqlite", "postgresql": "postgres"}


class Row(Protocol):
    """What ``models.Article`` is; it imports this module."""

    id: Any


def values_of(article: Row) -> dict[str, Any]:
    """The values that policies read on one article."""
    texts = {name: getattr(article, column) or None for name, column in _TEXTS.items()}
    return {**texts, **{name: getattr(article, column) for name, column in _FLAGS.items()}}


def rows_where(guard: Guard, vendor: str) -> RawSQL | None:
    """The guard as a condition on articles; ``None`` when every one may be seen. Columns are not told apart."""
    where = row_filter(guard, RESOURCE, _DIALECTS[vendor], _resolve).where
    if where == sql.true():
        return None
    text = where.sql(dialect=_DIALECTS[vendor]).replace("%", "%%")
    return RawSQL(text, (), BooleanField())  # noqa: S611 - built by sqlglot


def _resolve(name: str) -> sql.Expression:
    if name in _TEXTS:
        held: sql.Expression = sql.Nullif(this=_column(_TEXTS[name]), expression=sql.Literal.string(""))
        held.meta[HELD] = "text"
        return held
    if name in _FLAGS:
        held = _column(_FLAGS[name])
        held.meta[HELD] = "boolean"
        return held
    return sql.Null()


def _column(name: str) -> sql.Expression:
    return sql.column(name, table="knowledge_article", quoted=True)
