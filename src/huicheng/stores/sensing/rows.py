"""Rows of the sets that are views over the state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from sqlglot import expressions as sql

from huicheng.access import Guard
from huicheng.stores.sensing.asked import Naming, Sensed, Sought
from huicheng.stores.sensing.compiling import Compiler, check, literal
from huicheng.stores.sensing.idiom import Idiom
from huicheng.stores.sensing.keys import series_of
from huicheng.stores.sensing.links import TOLD
from huicheng.stores.sensing.model import SETS
from huicheng.stores.sensing.paths import ViewWords
from huicheng.stores.sensing.views import VIEWS, parameters, whole
from huicheng.stores.snapshots import BuiltSnapshot

#: The alias of the view that a query is about.
ALIAS = "v"
_JSON_KINDS = frozenset({"json", "any", "geometry"})

Row = dict[str, Any]
#: Which rows of a view: conditions on :data:`ALIAS`.
Scope = list[sql.Expression]


class Views:
    """The views of one request: one snapshot, one guard."""

    def __init__(self, idiom: Idiom, snapshot: BuiltSnapshot, guard: Guard, naming: Naming) -> None:
        self.idiom = idiom
        self._snapshot = snapshot
        self._guard, self._naming = guard, naming
        self._parameters = parameters(naming)

    def run(self, select: sql.Select) -> list[tuple[Any, ...]]:
        """The rows of a SELECT over views."""
        return self._snapshot.built(whole(self.idiom, self._guard, self._naming, select), self._parameters)

    def page(self, name: str, scope: Scope, sought: Sought) -> Sensed:
        """A page of a set; every row tells what its links need."""
        if sought.where is not None:
            check(sought.where)
            scope = [*scope, Compiler(ViewWords(self.idiom, {(): (name, ALIAS)})).condition(sought.where)]
        columns = [*SETS[name].properties, *(told for told in TOLD[name] if told not in SETS[name].properties)]
        select = _from(name, scope).select(*(sql.column(one, table=ALIAS) for one in columns), copy=False)
        select.order_by(*self._ordered(name, sought), copy=False)
        select.limit(sought.limit + 1, copy=False).offset(sought.offset, copy=False)
        rows = [_row(name, columns, row) for row in self.run(select)]
        count = self.count(name, scope) if sought.count else None
        return Sensed(set=name, rows=rows[: sought.limit], more=len(rows) > sought.limit, count=count)

    def count(self, name: str, scope: Scope) -> int:
        """How many."""
        [(found,)] = self.run(_from(name, scope).select(sql.Count(this=sql.Star()), copy=False))
        return int(found)

    def _ordered(self, name: str, sought: Sought) -> Iterable[sql.Expression]:
        compiler = Compiler(ViewWords(self.idiom, {(): (name, ALIAS)}))
        for term, descends in sought.order:
            check(term)
            for key in self.idiom.keys(compiler.value(term, "any")):
                yield sql.Ordered(this=key, desc=descends, nulls_first=not descends)
        # Attributes stand in an order of their own within an entity, which SQLite keeps without sorting them.
        yield sql.column("_iri", table=ALIAS)
        if name != "Datastreams":
            yield sql.column("id", table=ALIAS)


def _from(name: str, scope: Scope) -> sql.Select:
    select = sql.select().from_(sql.alias_(sql.to_table(VIEWS[name]), ALIAS, table=True), copy=False)
    return select.where(*(one.copy() for one in scope), copy=False) if scope else select


def _row(name: str, columns: list[str], row: tuple[Any, ...]) -> Row:
    kinds = SETS[name].properties
    found = {
        column: msgspec.json.decode(held) if held is not None and kinds.get(column) in _JSON_KINDS else held
        for column, held in zip(columns, row, strict=True)
    }
    found["@iot.id"] = found.pop("id")
    return found


def keyed(name: str, *ids: str) -> Scope:
    """Those with these ids; by the entity first, which has an index."""
    if name == "Datastreams":
        pairs = [parts for parts in map(series_of, ids) if parts]
        either = [sql.and_(_is("_iri", entity), _is("_attribute", attribute)) for entity, attribute in pairs]
        return [sql.Paren(this=sql.or_(*either))] if either else [sql.false()]
    bases = {base for one in ids for base in (one, one.rpartition("!")[0]) if base}
    return [_in("_iri", bases), _in("id", ids)]


def _is(column: str, value: str) -> sql.Expression:
    return sql.EQ(this=sql.column(column, table=ALIAS), expression=literal(value))


def _in(column: str, values: Iterable[str]) -> sql.Expression:
    return sql.In(this=sql.column(column, table=ALIAS), expressions=[literal(one) for one in sorted(values)])


def known_of(row: Mapping[str, Any]) -> Callable[[str], sql.Expression]:
    """The columns of a row that has been read, as values."""

    def known(name: str) -> sql.Expression:
        held = row["@iot.id" if name == "id" else name]
        return sql.Null() if held is None else literal(held)

    return known
