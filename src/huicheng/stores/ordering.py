"""The order of a page of entities as ORDER BY, built by sqlglot; what the asker may not see orders nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sqlglot import expressions as sql

from huicheng.expressions import steps_of
from huicheng.stores.faces import EntityQuery, Order
from huicheng.stores.guarding import COLUMNS, Branch

#: A value of the state as keys that compare alike on every engine: numbers before texts.
Keys = Callable[[sql.Expression], Iterable[sql.Expression]]


def ordered(query: EntityQuery, branches: Sequence[Branch], keys: Keys) -> list[sql.Expression]:
    """The terms of ORDER BY. What is missing comes last in either direction; the identifier decides between equals."""
    terms = [
        sql.Ordered(this=key, desc=order.descending, nulls_first=False)
        for order in query.order
        for key in _keys(order, branches, keys)
    ]
    return [*terms, sql.column("iri", table="e")]


def _keys(order: Order, branches: Sequence[Branch], keys: Keys) -> Iterable[sql.Expression]:
    if order.time is not None:
        return [_of_branches(branches, lambda branch: _time(order, branch))]
    if order.name in COLUMNS:
        return [sql.column(COLUMNS[order.name], table="e")]
    return keys(_of_branches(branches, lambda branch: branch.resolve(order.name)))


def _time(order: Order, branch: Branch) -> sql.Expression:
    if not order.name:
        return sql.column(str(order.time), table="e")
    attribute = steps_of(order.name)[0]
    return branch.guarded(attribute, branch.words.time_of(attribute, str(order.time)))


def _of_branches(branches: Sequence[Branch], value: Callable[[Branch], sql.Expression]) -> sql.Expression:
    """The value of a row in whichever branch it is."""
    if len(branches) == 1:
        return value(branches[0])
    return sql.Case(ifs=[sql.If(this=branch.of_type.copy(), true=value(branch)) for branch in branches])
