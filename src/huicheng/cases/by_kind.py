"""The grants of a guard that can hold for cases of one kind.

Packs grant by kind, so of the grants on cases most can be set aside before any is evaluated: a list of
fifty cases then asks two or three of them for each, not all.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import cast

from sqlglot import expressions as sql

from huicheng.access import SUBJECT_NAMES, Grant, Guard, Subject
from huicheng.cases.visibility import RESOURCE
from huicheng.expressions import OpenNames, parse


def guard_of_kind(guard: Guard, kind: str) -> Guard:
    """The same guard for cases of that kind."""
    return _guard(guard.subject, tuple(guard.of(RESOURCE)), kind)


@lru_cache(maxsize=4096)
def _guard(subject: Subject, grants: tuple[Grant, ...], kind: str) -> Guard:
    return Guard(subject=subject, grants={RESOURCE: tuple(one for one in grants if _may_hold(one.rows, kind))})


@lru_cache(maxsize=4096)
def _may_hold(rows: str, kind: str) -> bool:
    """``False`` only where the rows say of another kind that it must be that."""
    tree = parse(rows, OpenNames(SUBJECT_NAMES), expect="boolean").tree
    return all(kind in named for named in map(_kinds, _parts(tree)) if named is not None)


def _parts(tree: sql.Expression) -> Iterator[sql.Expression]:
    inner = cast("sql.Expression", tree.unnest())
    if isinstance(inner, sql.And):
        yield from _parts(cast("sql.Expression", inner.this))
        yield from _parts(cast("sql.Expression", inner.expression))
    else:
        yield inner


def _kinds(part: sql.Expression) -> set[str] | None:
    """The kinds that a condition names; ``None`` when it is not about the kind alone."""
    if not (isinstance(part, sql.EQ | sql.In) and isinstance(part.this, sql.Column) and part.this.name == "kind"):
        return None
    others = part.expressions if isinstance(part, sql.In) else [part.expression]
    if not others or not all(isinstance(one, sql.Literal) and one.is_string for one in others):
        return None
    return {str(one.this) for one in others}
