"""What the fields of a search ask of entities, as conditions on their attributes; an empty field asks nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from sqlglot import expressions as sql

from huicheng import expressions
from huicheng.expressions import Expression


def equals(values: Mapping[str, str]) -> Iterator[sql.Expression]:
    """Each attribute has its value."""
    return (expressions.name(name).eq(sql.Literal.string(value)) for name, value in values.items() if value)


def begins(name: str, text: str) -> Iterator[sql.Expression]:
    """The attribute's text begins so, as the code of a grid cell with that of its town."""
    if sought := _plain(text):
        yield _like(name, f"{sought}%")


def contains(names: Sequence[str], text: str) -> Iterator[sql.Expression]:
    """One of these attributes has the text in it."""
    if sought := _plain(text):
        yield cast("sql.Expression", sql.or_(*(_like(name, f"%{sought}%") for name in names)))


def all_of(conditions: Sequence[sql.Expression]) -> Expression | None:
    """All of them hold; ``None`` where there is none."""
    if not conditions:
        return None
    return expressions.from_tree(cast("sql.Expression", sql.and_(*conditions)), expect="boolean")


def _like(name: str, pattern: str) -> sql.Expression:
    return sql.Like(this=expressions.name(name), expression=sql.Literal.string(pattern))


def _plain(text: str) -> str:
    """Signs that stand for others are left out: nothing escapes in LIKE."""
    return text.strip().replace("%", "").replace("_", "").replace("\0", "")
