"""The checks: what may stand in an expression, with which types, told with line and column.

A list of what is allowed, never of what is forbidden: a node class that is not in the table below,
or an argument of it that the table does not name, is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import NamedTuple, NoReturn

from sqlglot import expressions as sql

from huicheng.city import micros, parse_instant
from huicheng.errors import Invalid
from huicheng.expressions.expression import NOUNS, ExpressionError, Type
from huicheng.expressions.shape import HOLDS, MEMBER, SOME

#: A ``DATE '…'`` is the first instant of that day here; Asia/Shanghai has had no other offset since 1992.
LOCAL = timezone(timedelta(hours=8))

#: Key of a column's ``meta``: the type that its value must have to be known.
WANTED = "wanted"
#: Key of a column's ``meta``: the type that it was declared with.
DECLARED = "declared"

_ROUND_DIGITS = range(10)

#: The function that tells whether a place, stored as GeoJSON, has a point in common with another.
MEETS = "MEETS"


class Typed(NamedTuple):
    """A canonical tree and the type of its value; ``None`` is the type of NULL, which fits every type."""

    tree: sql.Expression
    type: Type | None


class Checker:
    """One walk over one expression, from the leaves up."""

    #: Regular expressions may stand in it: only in trees whose patterns their builder has bounded.
    patterns = False
    #: ``meets(name, 'GeoJSON')`` may stand in it: only in trees whose geometries their builder has bounded.
    places = False

    def __init__(self, *, text: str, names: Mapping[str, Type], tables: Collection[str], place: str) -> None:
        self.text = text
        self.names = names
        self.tables = tables
        self.place = place
        self.read: set[str] = set()
        self.read_tables: set[str] = set()

    def whole(self, tree: sql.Expression, expect: Type | None) -> tuple[sql.Expression, Type]:
        """The canonical tree, and its type: ``expect`` where one is asked."""
        found = self.check(tree)
        if expect is not None:
            found = self.coerce(found, expect, tree)
        return found.tree, found.type or expect or "any"

    def check(self, node: sql.Expression) -> Typed:
        rule = _RULES.get(type(node))
        if rule is None or any(value and key not in rule[0] for key, value in node.args.items()):
            self.refuse(node, why="“%(part)s” may not stand in an expression.", part=_short(node))
        return rule[1](self, node)

    # -- errors and agreement

    def refuse(self, node: sql.Expression, *, why: str, **details: object) -> NoReturn:
        line, column = self._position(node)
        raise ExpressionError(why=why, line=line, column=column, place=self.place, **details)

    def _position(self, node: sql.Expression) -> tuple[int, int]:
        starts = [part.meta["start"] for part in node.walk() if "start" in part.meta]
        before = self.text[: min(starts)] if starts else ""
        return before.count("\n") + 1, len(before) - before.rfind("\n")

    def coerce(self, found: Typed, wanted: Type, node: sql.Expression) -> Typed:
        """``found`` as ``wanted``; a value of type ``any`` will be unknown unless it is of that type."""
        if found.type is None or wanted in {found.type, "any"}:
            return found
        if found.type == "any" and isinstance(found.tree, sql.Column):
            found.tree.meta[WANTED] = wanted
            return Typed(found.tree, wanted)
        return self.refuse(
            node,
            why="“%(part)s” is %(found)s; %(wanted)s is needed here.",
            part=_short(node),
            found=NOUNS[found.type],
            wanted=NOUNS[wanted],
        )

    def agree(self, nodes: Sequence[sql.Expression]) -> list[Typed]:
        """All with one type: the first that is known."""
        found = [self.check(node) for node in nodes]
        known = next((one.type for one in found if one.type not in {None, "any"}), None)
        if known is None:
            return found
        return [self.coerce(one, known, node) for one, node in zip(found, nodes, strict=True)]

    def as_type(self, node: sql.Expression, wanted: Type) -> sql.Expression:
        return self.coerce(self.check(node), wanted, node).tree

    # -- leaves

    def literal(self, node: sql.Expression) -> Typed:
        if node.args.get("is_string"):
            if "\0" in node.this:  # ends a statement's text in SQLite, and no engine keeps it
                self.refuse(node, why="A text holds the character NUL.")
            return Typed(sql.Literal.string(node.this), "text")
        if not math.isfinite(float(node.this)):
            self.refuse(node, why="The number “%(number)s” is too large.", number=node.this)
        return Typed(sql.Literal.number(node.this), "number")

    def boolean(self, node: sql.Expression) -> Typed:
        return Typed(sql.Boolean(this=node.this), "boolean")

    def null(self, node: sql.Expression) -> Typed:
        del node
        return Typed(sql.Null(), None)

    def column(self, node: sql.Expression) -> Typed:
        name = self._name(node)
        try:
            declared = self.names[name]
        except KeyError:
            known = ", ".join(sorted(self.names)) or "none"
            self.refuse(node, why="There is no name “%(name)s” here; the names are: %(known)s.", name=name, known=known)
        if declared == "texts":
            self.refuse(node, why="“%(name)s” is a list; it may stand in the parentheses after IN only.", name=name)
        return Typed(self._read(name, declared), declared)

    def _read(self, name: str, declared: Type) -> sql.Expression:
        self.read.add(name)
        found = sql.column(sql.to_identifier(name, quoted=True))
        found.meta[DECLARED] = declared
        return found

    def _name(self, node: sql.Expression) -> str:
        parts = list(node.find_all(sql.Identifier))
        if node.find(sql.Star):
            self.refuse(node, why="“%(part)s” may not stand in an expression.", part="*")
        parts.sort(key=lambda part: part.meta.get("start", 0))
        return ".".join(part.name for part in parts)

    def moment(self, node: sql.Expression) -> Typed:
        """``DATE '…'`` and ``TIMESTAMP '…'``; no other cast."""
        target = node.args["to"].this
        if not (isinstance(node.this, sql.Literal) and node.this.is_string and target in _MOMENTS):
            self.refuse(node, why="Values are not cast; declare the name with its type.")
        try:
            instant = _MOMENTS[target](node.this.this)
        except (Invalid, ValueError):
            self.refuse(
                node, why="“%(text)s” is not a date, or not a time with a zone (RFC 3339).", text=node.this.this
            )
        return Typed(sql.Cast(this=sql.Literal.number(instant), to=sql.DataType.build("BIGINT")), "time")

    # -- logic

    def connector(self, node: sql.Expression) -> Typed:
        left, right = self.as_type(node.this, "boolean"), self.as_type(node.expression, "boolean")
        return Typed(type(node)(this=left, expression=right), "boolean")

    def negation(self, node: sql.Expression) -> Typed:
        return Typed(sql.Not(this=self.as_type(node.this, "boolean")), "boolean")

    def parentheses(self, node: sql.Expression) -> Typed:
        return self.check(node.this)

    def comparison(self, node: sql.Expression) -> Typed:
        left, right = self.agree([node.this, node.expression])
        ordered = not isinstance(node, sql.EQ | sql.NEQ)
        kinds = {left.type, right.type}
        if ordered and "boolean" in kinds:
            self.refuse(node, why="True and false have no order.")
        if ordered and kinds == {"any"}:
            self.refuse(node, why="Neither side has a known type, so they have no order.")
        return Typed(type(node)(this=left.tree, expression=right.tree), "boolean")

    def between(self, node: sql.Expression) -> Typed:
        this, low, high = self.agree([node.this, node.args["low"], node.args["high"]])
        if "boolean" in {this.type, low.type}:
            self.refuse(node, why="True and false have no order.")
        return Typed(sql.Between(this=this.tree, low=low.tree, high=high.tree), "boolean")

    def membership(self, node: sql.Expression) -> Typed:
        if not node.expressions:
            self.refuse(node, why="The list after IN is empty.")
        lists = [self._read(self._name(one), "texts") for one in node.expressions if self._is_list(one)]
        single = [node.this, *(one for one in node.expressions if not self._is_list(one))]
        if lists:  # beside which everything is a text
            this, *members = (self.as_type(one, "text") for one in single)
        else:
            this, *members = (one.tree for one in self.agree(single))
        return Typed(sql.In(this=this, expressions=[*members, *lists]), "boolean")

    def _is_list(self, node: sql.Expression) -> bool:
        return isinstance(node, sql.Column) and self.names.get(self._name(node)) == "texts"

    def is_null(self, node: sql.Expression) -> Typed:
        if not isinstance(node.expression, sql.Null):
            self.refuse(node, why="After IS only NULL or NOT NULL may stand.")
        return Typed(sql.Is(this=self.check(node.this).tree, expression=sql.Null()), "boolean")

    def like(self, node: sql.Expression) -> Typed:
        if not (isinstance(node.expression, sql.Literal) and node.expression.is_string):
            self.refuse(node, why="The pattern after LIKE must be a text in quotation marks.")
        found = sql.Like(this=self.as_type(node.this, "text"), expression=self.check(node.expression).tree)
        return Typed(sql.Not(this=found) if node.args.get("negate") else found, "boolean")

    def matches(self, node: sql.Expression) -> Typed:
        if not self.patterns:
            self.refuse(node, why="A regular expression may not stand here; use LIKE.")
        pattern = self.check(node.expression)
        return Typed(sql.RegexpLike(this=self.as_type(node.this, "text"), expression=pattern.tree), "boolean")

    # -- choice

    def case(self, node: sql.Expression) -> Typed:
        branches = node.args["ifs"]
        conditions = [self._condition(node.this, branch) for branch in branches]
        results = [branch.args["true"] for branch in branches]
        default = node.args.get("default") or sql.Null()
        found = self._one_type(node, [*results, default])
        pairs = zip(conditions, found, strict=False)
        ifs = [sql.If(this=condition, true=one.tree) for condition, one in pairs]
        return Typed(sql.Case(ifs=ifs, default=found[-1].tree), _type_of(found))

    def _condition(self, subject: sql.Expression | None, branch: sql.Expression) -> sql.Expression:
        if subject is None:
            return self.as_type(branch.this, "boolean")
        return self.check(sql.EQ(this=subject.copy(), expression=branch.this)).tree

    def coalesce(self, node: sql.Expression) -> Typed:
        found = self._one_type(node, [node.this, *node.expressions])
        first, *rest = (one.tree for one in found)
        return Typed(sql.Coalesce(this=first, expressions=rest), _type_of(found))

    def nullif(self, node: sql.Expression) -> Typed:
        left, right = found = self._one_type(node, [node.this, node.expression])
        return Typed(sql.Nullif(this=left.tree, expression=right.tree), _type_of(found))

    def extreme(self, node: sql.Expression) -> Typed:
        found = self._one_type(node, [node.this, *node.expressions])
        if len(found) < 2 or _type_of(found) not in {"number", "time", None}:
            self.refuse(node, why="GREATEST and LEAST take two or more numbers or times.")
        first, *rest = (one.tree for one in found)
        return Typed(type(node)(this=first, expressions=rest), _type_of(found))

    def _one_type(self, node: sql.Expression, parts: Sequence[sql.Expression]) -> list[Typed]:
        found = self.agree(parts)
        if _type_of(found) == "any":
            self.refuse(node, why="The type of “%(part)s” cannot be known; declare its names.", part=_short(node))
        return found

    # -- numbers and text

    def arithmetic(self, node: sql.Expression) -> Typed:
        left, right = self.check(node.this), self.check(node.expression)
        if isinstance(node, sql.Sub) and (left.type, right.type) == ("time", "time"):
            return Typed(_seconds(left.tree, right.tree), "number")
        sides = [self.coerce(left, "number", node.this), self.coerce(right, "number", node.expression)]
        return Typed(type(node)(this=sides[0].tree, expression=sides[1].tree), "number")

    def minus(self, node: sql.Expression) -> Typed:
        return Typed(sql.Neg(this=self.as_type(node.this, "number")), "number")

    def absolute(self, node: sql.Expression) -> Typed:
        return Typed(sql.Abs(this=self.as_type(node.this, "number")), "number")

    def rounded(self, node: sql.Expression) -> Typed:
        digits = node.args.get("decimals") or sql.Literal.number(0)
        if not (isinstance(digits, sql.Literal) and digits.this in map(str, _ROUND_DIGITS)):
            self.refuse(node, why="ROUND takes a number of decimals from 0 to 9, written out.")
        return Typed(sql.Round(this=self.as_type(node.this, "number"), decimals=digits.copy()), "number")

    def whole_number(self, node: sql.Expression) -> Typed:
        return Typed(type(node)(this=self.as_type(node.this, "number")), "number")

    def recased(self, node: sql.Expression) -> Typed:
        return Typed(type(node)(this=self.as_type(node.this, "text")), "text")

    def length(self, node: sql.Expression) -> Typed:
        return Typed(sql.Length(this=self.as_type(node.this, "text")), "number")

    def called(self, node: sql.Expression) -> Typed:
        """``piecewise(x, table)``: the one function that SQL does not have."""
        if self.places and node.this == MEETS:
            return self._met(node)
        if self.patterns and node.this == HOLDS:
            return self._held(node)
        if self.patterns and node.this == SOME:
            return self._some(node)
        if str(node.this).lower() != "piecewise":
            self.refuse(node, why="There is no function “%(function)s” here.", function=str(node.this))
        if len(node.expressions) != 2 or not isinstance(node.expressions[1], sql.Column):
            self.refuse(node, why="piecewise takes a number and the name of a table.")
        table = self._name(node.expressions[1])
        if table not in self.tables:
            known = ", ".join(sorted(self.tables)) or "none"
            self.refuse(
                node.expressions[1],
                why="There is no table “%(table)s” here; the tables are: %(known)s.",
                table=table,
                known=known,
            )
        self.read_tables.add(table)
        number = self.as_type(node.expressions[0], "number")
        return Typed(sql.Anonymous(this="PIECEWISE", expressions=[number, sql.Literal.string(table)]), "number")

    def _held(self, node: sql.Expression) -> Typed:
        name, *members = node.expressions
        parts = [self.column(name).tree, *(self.check(one).tree for one in members)]
        return Typed(sql.Anonymous(this=HOLDS, expressions=parts), "boolean")

    def _some(self, node: sql.Expression) -> Typed:
        name, condition = node.expressions
        parts = [self.column(name).tree, self.as_type(condition, "boolean")]
        self.read.discard(MEMBER)
        return Typed(sql.Anonymous(this=SOME, expressions=parts), "boolean")

    def _met(self, node: sql.Expression) -> Typed:
        name, geometry = node.expressions
        parts = [self.column(name).tree, sql.Literal.string(geometry.this)]
        return Typed(sql.Anonymous(this=MEETS, expressions=parts), "boolean")


def _day(text: str) -> int:
    return micros(datetime.combine(date.fromisoformat(text), datetime.min.time(), LOCAL))


_MOMENTS: dict[object, Callable[[str], int]] = {
    sql.DType.DATE: _day,
    sql.DType.TIMESTAMP: parse_instant,
    sql.DType.TIMESTAMPTZ: parse_instant,
}


def _seconds(later: sql.Expression, earlier: sql.Expression) -> sql.Expression:
    return sql.Div(this=sql.Sub(this=later, expression=earlier), expression=sql.Literal.number("1000000"))


def _type_of(found: Sequence[Typed]) -> Type | None:
    types = {one.type for one in found if one.type is not None}
    return types.pop() if types else None


def _short(node: sql.Expression) -> str:
    text = node.sql()
    return text if len(text) <= 40 else f"{text[:39]}…"


_Rule = tuple[frozenset[str], Callable[[Checker, sql.Expression], Typed]]


def _rule(method: Callable[[Checker, sql.Expression], Typed], *arguments: str) -> _Rule:
    return frozenset(arguments), method


_BINARY = ("this", "expression")
_RULES: dict[type[sql.Expression], _Rule] = {
    sql.Literal: _rule(Checker.literal, "this", "is_string"),
    sql.Boolean: _rule(Checker.boolean, "this"),
    sql.Null: _rule(Checker.null),
    sql.Column: _rule(Checker.column, "this", "table", "db", "catalog"),
    sql.Dot: _rule(Checker.column, *_BINARY),
    sql.Cast: _rule(Checker.moment, "this", "to", "_type"),
    sql.And: _rule(Checker.connector, *_BINARY),
    sql.Or: _rule(Checker.connector, *_BINARY),
    sql.Not: _rule(Checker.negation, "this"),
    sql.Paren: _rule(Checker.parentheses, "this"),
    **dict.fromkeys((sql.EQ, sql.NEQ, sql.GT, sql.GTE, sql.LT, sql.LTE), _rule(Checker.comparison, *_BINARY)),
    sql.Between: _rule(Checker.between, "this", "low", "high"),
    sql.In: _rule(Checker.membership, "this", "expressions"),
    sql.Is: _rule(Checker.is_null, *_BINARY),
    sql.Like: _rule(Checker.like, *_BINARY, "negate"),
    sql.RegexpLike: _rule(Checker.matches, *_BINARY),
    sql.Case: _rule(Checker.case, "this", "ifs", "default"),
    sql.Coalesce: _rule(Checker.coalesce, "this", "expressions"),
    sql.Nullif: _rule(Checker.nullif, *_BINARY),
    # sqlglot marks both with how its default dialect treats NULL; ours is fixed in to_sql.
    sql.Greatest: _rule(Checker.extreme, "this", "expressions", "ignore_nulls"),
    sql.Least: _rule(Checker.extreme, "this", "expressions", "ignore_nulls"),
    **dict.fromkeys((sql.Add, sql.Sub, sql.Mul), _rule(Checker.arithmetic, *_BINARY)),
    sql.Div: _rule(Checker.arithmetic, *_BINARY),
    sql.Neg: _rule(Checker.minus, "this"),
    sql.Abs: _rule(Checker.absolute, "this"),
    sql.Ceil: _rule(Checker.whole_number, "this"),
    sql.Floor: _rule(Checker.whole_number, "this"),
    sql.Round: _rule(Checker.rounded, "this", "decimals"),
    sql.Lower: _rule(Checker.recased, "this"),
    sql.Upper: _rule(Checker.recased, "this"),
    sql.Length: _rule(Checker.length, "this"),
    sql.Anonymous: _rule(Checker.called, "this", "expressions"),
}
