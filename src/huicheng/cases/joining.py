"""Conditions of policies joined by OR, such that each row is looked at a few times instead of once a policy.

Packs grant by kind, so a guard has many grants that say the same of different kinds: ``a AND kind = 'x'``,
``a AND kind = 'y'`` become ``a AND kind IN ('x', 'y')``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from sqlglot import expressions as sql


def joined(conditions: Sequence[sql.Expression]) -> sql.Expression:
    """Their OR. A row for which none is true may be "no" in one form and "unknown" in the other."""
    alike: dict[str, tuple[list[sql.Expression], list[sql.EQ]]] = {}
    for condition in conditions:
        parts = list(_parts(condition))
        split = next((part for part in parts if _is_one_text(part)), None)
        rest = [part for part in parts if part is not split]
        column = split.this.sql() if split is not None else ""
        _, values = alike.setdefault(f"{column} {[part.sql() for part in rest]}", (rest, []))
        values += [split] if isinstance(split, sql.EQ) else []
    ways = [_way(rest, values) for rest, values in alike.values()]
    return cast("sql.Expression", sql.or_(*ways))


def _parts(condition: sql.Expression) -> Iterator[sql.Expression]:
    """What AND holds together."""
    inner = cast("sql.Expression", condition.unnest())
    if isinstance(inner, sql.And):
        yield from _parts(cast("sql.Expression", inner.this))
        yield from _parts(cast("sql.Expression", inner.expression))
    else:
        yield inner


def _is_one_text(part: sql.Expression) -> bool:
    return isinstance(part, sql.EQ) and isinstance(part.expression, sql.Literal) and part.expression.is_string


def _way(rest: list[sql.Expression], values: list[sql.EQ]) -> sql.Expression:
    if not values:
        return cast("sql.Expression", sql.and_(*(part.copy() for part in rest)))
    texts = {value.expression.this: value.expression.copy() for value in values}
    is_one = sql.In(this=values[0].this.copy(), expressions=list(texts.values()))
    return cast("sql.Expression", sql.and_(is_one, *(part.copy() for part in rest)))
