"""Rows of the sets that are views over the state."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlglot import expressions as sql

from huicheng.access import Guard
from huicheng.errors import Invalid
from huicheng.stores.kept import Kept
from huicheng.stores.places import Bounds
from huicheng.stores.sensing.asked import Naming, Sensed, Sought, Term
from huicheng.stores.sensing.compiling import Compiler, check
from huicheng.stores.sensing.idiom import Idiom
from huicheng.stores.sensing.keys import series_of
from huicheng.stores.sensing.links import TOLD, known_by, owner, related
from huicheng.stores.sensing.model import SETS
from huicheng.stores.sensing.nearby import boxes_of
from huicheng.stores.sensing.paths import ViewWords
from huicheng.stores.sensing.shapes import INTEGER, given, slotted, type_of
from huicheng.stores.sensing.views import VIEWS, Built, sight_of, told, whole
from huicheng.stores.snapshots import BuiltSnapshot

#: The alias of the view that a query is about.
ALIAS = "v"
_JSON_KINDS = frozenset({"json", "any", "geometry"})
#: So many values each have a parameter.
_FEW = 3
_NONE: Mapping[str, Any] = {}

Row = dict[str, Any]


class Condition(msgspec.Struct, frozen=True):
    """A condition on :data:`ALIAS`: its words, and its values apart from them. A tuple is many values."""

    #: The same for conditions that differ in their values only; ``None`` where nobody will ask the same again.
    shape: Hashable | None
    values: tuple[Any, ...]
    make: Callable[[Idiom, Sequence[sql.Expression]], sql.Expression]


#: Which rows of a view.
Scope = list[Condition]
#: Order of a page: trees and whether they descend.
_Order = Sequence[tuple[Term, bool]]
#: A statement from the conditions of its scope.
Build = Callable[[list[sql.Expression]], sql.Select]

#: Statements by sight and shape: the longest part of a short answer is to put its statement together.
_STATEMENTS = Kept[Built](16_000_000, lambda built: len(built.text))


class Views:
    """The views of one request: one snapshot, one guard."""

    def __init__(self, idiom: Idiom, snapshot: BuiltSnapshot, guard: Guard, naming: Naming) -> None:
        self.idiom = idiom
        self._told = told(idiom, naming)
        self._snapshot = snapshot
        self._sight = sight_of(idiom, guard, naming)

    async def run(self, select: sql.Select) -> list[tuple[Any, ...]]:
        """The rows of a SELECT over views that was built for one question."""
        return await self._answered(whole(self.idiom, self._sight, self._told, select), {})

    async def select(
        self, name: str, columns: Sequence[str], scope: Scope, more: Sequence[sql.Expression] = ()
    ) -> list[tuple[Any, ...]]:
        """Columns of all rows of a set, and further ones that were built for one question."""
        shape = None if more else ("columns", name, *columns)
        return await self._run(
            shape, scope, lambda held: _columns(_from(name, held), columns).select(*more, copy=False)
        )

    async def page(self, name: str, scope: Scope, sought: Sought, more: Sequence[str] = ()) -> Sensed:
        """A page of a set; every row tells what its links need, and further columns."""
        where, order, constants = _asked(sought)
        columns = [*_columns_of(name), *more]
        scope = [*scope, *map(_boxed, boxes_of(name, sought.where))]

        def build(held: list[sql.Expression]) -> sql.Select:
            made = _columns(self._matching(name, held, where), columns)
            made.order_by(*self._ordered(name, order), copy=False)
            return made.limit(given("top", INTEGER), copy=False).offset(given("skip", INTEGER), copy=False)

        constants |= {"top": sought.limit + 1, "skip": sought.offset}
        shape = ("page", name, where, order, *more)
        found = await self._told_plainly(name, sought, shape, scope, build, constants)
        rows = [_row(name, columns, row) for row in found]
        count = await self.count(name, scope, sought.where) if sought.count else None
        return Sensed(set=name, rows=rows[: sought.limit], more=len(rows) > sought.limit, count=count)

    async def belonging(
        self, name: str, link: str, ids: Sequence[str], sought: Sought, more: Sequence[str] = ()
    ) -> dict[str, list[Row]]:
        """What belongs to each of several rows, by their ids: one more than a page of each, all by one statement."""
        target = SETS[name].links[link].target
        where, order, constants = _asked(sought)
        columns = [*_columns_of(target), *more]

        def build(held: list[sql.Expression]) -> sql.Select:
            parent, source = owner(self.idiom, name, link, ALIAS)
            made = self._matching(target, held, where)
            if source is not None:
                made.join(source, join_type="cross", copy=False)
            ordered = sql.Order(expressions=[*self._ordered(target, order)])
            place = sql.Window(this=sql.Anonymous(this="row_number"), partition_by=[parent.copy()], order=ordered)
            _columns(made, columns).select(parent.as_("_owner"), place.as_("_place"), copy=False)
            return _placed(made, columns)

        constants |= {"skip": sought.offset, "upto": sought.offset + sought.limit + 1}
        belongs, shape = _owned(name, link, tuple(ids)), ("belonging", name, link, where, order, *more)
        lines = await self._told_plainly(target, sought, shape, [belongs], build, constants)
        found: dict[str, list[Row]] = {id_: [] for id_ in ids}
        for line in lines:
            found[line[-1]].append(_row(target, columns, line[:-1]))
        return found

    async def count_belonging(self, name: str, link: str, ids: Sequence[str], sought: Sought) -> dict[str, int]:
        """How many belong to each."""
        target = SETS[name].links[link].target
        where, _, constants = _asked(msgspec.structs.replace(sought, order=()))

        def build(held: list[sql.Expression]) -> sql.Select:
            parent, source = owner(self.idiom, name, link, ALIAS)
            made = self._matching(target, held, where).select(parent, sql.Count(this=sql.Star()), copy=False)
            if source is not None:
                made.join(source, join_type="cross", copy=False)
            return made.group_by(parent.copy(), copy=False)

        belongs = _owned(name, link, tuple(ids))
        found = dict(await self._run(("belong", name, link, where), [belongs], build, constants))
        return {id_: int(found.get(id_, 0)) for id_ in ids}

    async def count(self, name: str, scope: Scope, where: Term | None) -> int:
        """How many."""
        scope = [*scope, *map(_boxed, boxes_of(name, where))]
        terms, constants = slotted([] if where is None else [where])
        asked = next(iter(terms), None)

        def build(held: list[sql.Expression]) -> sql.Select:
            return self._matching(name, held, asked).select(sql.Count(this=sql.Star()), copy=False)

        [(found,)] = await self._run(("count", name, asked), scope, build, constants)
        return int(found)

    # -- statements

    async def _run(
        self,
        shape: Hashable | None,
        scope: Scope,
        build: Build,
        constants: Mapping[str, Any] = _NONE,
    ) -> list[tuple[Any, ...]]:
        """The rows of a statement, which is kept where its shape may come again."""
        values = [held for one in scope for held in one.values]
        shapes = tuple(one.shape for one in scope)

        def text() -> Built:
            places = [given(f"v{number}", type_of(held)) for number, held in enumerate(values)]
            return whole(self.idiom, self._sight, self._told, build(_conditions(self.idiom, scope, places)))

        key = (self._sight.number, self._told.number, shape, shapes)
        made = text() if shape is None or None in shapes else _STATEMENTS.get(key, text)
        bound = {name: self.idiom.bound(held) for name, held in constants.items()}
        bound |= {f"v{number}": self.idiom.bound(held) for number, held in enumerate(values)}
        return await self._answered(made, bound)

    async def _answered(self, built: Built, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        every = {**self._told.parameters, **values}
        return await self._snapshot.built(built.text, {name: every[name] for name in built.names})

    async def _told_plainly(  # noqa: PLR0913, PLR0917 - what it hands on, and what that is about
        self, name: str, sought: Sought, shape: Hashable, scope: Scope, build: Build, constants: Mapping[str, Any]
    ) -> list[tuple[Any, ...]]:
        """The same. What a fault says, it says of the constants as they were written."""
        try:
            return await self._run(shape, scope, build, constants)
        except Invalid:
            self._matching(name, [], sought.where)
            list(self._ordered(name, sought.order))
            raise

    def _matching(self, name: str, held: list[sql.Expression], where: Term | None) -> sql.Select:
        more = [] if where is None else [Compiler(ViewWords(self.idiom, {(): (name, ALIAS)})).condition(where)]
        return _from(name, [*held, *more])

    def _ordered(self, name: str, order: _Order) -> Iterable[sql.Expression]:
        compiler = Compiler(ViewWords(self.idiom, {(): (name, ALIAS)}))
        for term, descends in order:
            for key in self.idiom.keys(compiler.value(term, "any")):
                yield sql.Ordered(this=key, desc=descends, nulls_first=not descends)
        yield from (sql.column(one, table=ALIAS) for one in self.idiom.last(name))


def _asked(sought: Sought) -> tuple[Term | None, _Order, dict[str, Any]]:
    """Condition and order with slots in place of their constants, and the constants."""
    terms = [one for one in (sought.where, *(term for term, _ in sought.order)) if one is not None]
    for term in terms:
        check(term)
    asked, constants = slotted(terms)
    where, keys = (None, asked) if sought.where is None else (asked[0], asked[1:])
    return where, tuple(zip(keys, (descends for _, descends in sought.order), strict=True)), constants


def _placed(numbered: sql.Select, columns: Sequence[str]) -> sql.Select:
    """Of rows that are numbered for each owner, those of a page, with their owner."""
    place = sql.column("_place", table=ALIAS)
    select = _columns(sql.select().from_(numbered.subquery(ALIAS, copy=False), copy=False), (*columns, "_owner"))
    within = (place > given("skip", INTEGER), place.copy() <= given("upto", INTEGER))
    return select.where(*within, copy=False).order_by(place.copy(), copy=False)


def _boxed(box: Bounds) -> Condition:
    """Those that may lie in a box."""
    return Condition(("box",), box, lambda idiom, edges: idiom.boxed(ALIAS, edges) or sql.true())


def _owned(name: str, link: str, ids: tuple[str, ...]) -> Condition:
    """Those that belong to one of several rows."""

    def make(idiom: Idiom, held: Sequence[sql.Expression]) -> sql.Expression:
        return idiom.one_of(owner(idiom, name, link, ALIAS)[0], held[0])

    return Condition(("owned", name, link), (ids,), make)


def _columns_of(name: str) -> list[str]:
    return [*SETS[name].properties, *(one for one in TOLD[name] if one not in SETS[name].properties)]


def _columns(select: sql.Select, columns: Iterable[str]) -> sql.Select:
    return select.select(*(sql.column(one, table=ALIAS) for one in columns), copy=False)


def _from(name: str, conditions: list[sql.Expression]) -> sql.Select:
    select = sql.select().from_(sql.alias_(sql.to_table(VIEWS[name]), ALIAS, table=True), copy=False)
    return select.where(*conditions, copy=False) if conditions else select


def _conditions(idiom: Idiom, scope: Scope, held: Sequence[sql.Expression]) -> list[sql.Expression]:
    """The words of a scope, with its values where they belong."""
    made, at = [], 0
    for one in scope:
        made.append(one.make(idiom, held[at : at + len(one.values)]))
        at += len(one.values)
    return made


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
        return _of_series([parts for parts in map(series_of, ids) if parts])
    bases = tuple(sorted({base for one in ids for base in (one, one.rpartition("!")[0]) if base}))
    return [among("_iri", bases), among("id", ids)]


def _of_series(pairs: Sequence[tuple[str, str]]) -> Scope:
    if len(pairs) == 1:
        [(entity, attribute)] = pairs
        return [_is("_iri", entity), _is("_attribute", attribute)]
    entities = tuple(sorted({entity for entity, _ in pairs}))
    return [among("_iri", entities), among("id", tuple(f"{entity}!{attribute}" for entity, attribute in pairs))]


def built(condition: sql.Expression) -> Condition:
    """A condition that was built for one question."""
    return Condition(None, (), lambda _, __: condition)


def behind(name: str, link: str, row: Mapping[str, Any]) -> Condition:
    """What a link of a row that has been read leads to."""
    if (name, link) == ("Locations", "Things"):
        return _placed_at(row["@iot.id"])
    columns = known_by(name, link)

    def make(idiom: Idiom, held: Sequence[sql.Expression]) -> sql.Expression:
        return related(idiom, name, link, dict(zip(columns, held, strict=True)).__getitem__, ALIAS)

    return Condition((name, link), tuple(row["@iot.id" if one == "id" else one] for one in columns), make)


def _placed_at(location: str) -> Condition:
    """Things at a Location: the one whose own place it is, and those that name it. Others are passed by early."""

    def make(idiom: Idiom, held: Sequence[sql.Expression]) -> sql.Expression:
        own, id_ = held
        is_own = sql.EQ(this=sql.column("_iri", table=ALIAS), expression=own)
        either = sql.Paren(this=sql.Or(this=is_own, expression=sql.column("_named", table=ALIAS)))
        return sql.And(this=either, expression=related(idiom, "Locations", "Things", lambda _: id_, ALIAS))

    return Condition(("placed",), (location.removesuffix("!location"), location), make)


def _is(column: str, value: str) -> Condition:
    return Condition(
        ("is", column), (value,), lambda _, held: sql.EQ(this=sql.column(column, table=ALIAS), expression=held[0])
    )


def between(column: str, low: str, high: str) -> Condition:
    """Texts from one up to another, which is not among them."""

    def make(_: Idiom, held: Sequence[sql.Expression]) -> sql.Expression:
        start = sql.GTE(this=sql.column(column, table=ALIAS), expression=held[0])
        return sql.And(this=start, expression=sql.LT(this=sql.column(column, table=ALIAS), expression=held[1]))

    return Condition(("between", column), (low, high), make)


def known(column: str) -> Condition:
    """Those that have a value."""

    def make(_: Idiom, __: Sequence[sql.Expression]) -> sql.Expression:
        return sql.Not(this=sql.Is(this=sql.column(column, table=ALIAS), expression=sql.Null()))

    return Condition(("known", column), (), make)


def among(column: str, values: tuple[str, ...]) -> Condition:
    """One or some stand in the statement; many are one value of it."""
    if len(values) <= _FEW:
        return Condition(
            ("among", column, len(values)),
            values,
            lambda _, held: sql.In(this=sql.column(column, table=ALIAS), expressions=[*held]) if held else sql.false(),
        )
    return Condition(
        ("among", column), (values,), lambda idiom, held: idiom.one_of(sql.column(column, table=ALIAS), held[0])
    )
