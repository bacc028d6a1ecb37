"""From a checked expression to the SQL of one engine, such that every engine gives the same answer.

Where engines differ, the difference is written out here: division (always of doubles; by zero is
unknown), rounding (half away from zero), GREATEST and LEAST (unknown if one is), LIKE (case
matters), LOWER and UPPER (ASCII letters), the order of texts (binary), NaN (unknown).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import pairwise
from string import ascii_lowercase, ascii_uppercase

from sqlglot import expressions as sql

from huicheng.expressions.check import DECLARED, MEETS, WANTED
from huicheng.expressions.expression import Expression, Points, Type
from huicheng.expressions.members import Dialect, among, member_of, some_of
from huicheng.expressions.shape import HOLDS, SOME

#: Key of ``meta`` of a resolved tree: the type of its value, where the resolver knows it of every row.
#: A ``time`` is then an instant already, as for a declared name.
HELD = "held"
#: Instead of a type: the value is PostgreSQL's ``jsonb``, whatever the name was declared as.
JSON = "json"

#: From a name to the engine's tree for its value: a double, a text, a boolean (SQLite: 0 or 1), an
#: instant as an integer of µs. For a name of type ``any``: the value as the engine holds it (PostgreSQL:
#: ``jsonb``). For a list of texts: a ``Tuple`` of literals, or a query of one column.
Resolve = Callable[[str], sql.Expression]


def to_sql(
    expression: Expression,
    dialect: Dialect,
    resolve: Resolve,
    tables: Mapping[str, Points] | None = None,
    *,
    places: Mapping[int, str] | None = None,
) -> sql.Expression:
    """The engine's tree; its text is ``.sql(dialect=dialect)``.

    ``tables`` gives the break-points of ``piecewise()`` by name; of a table that is not given
    (none is known for that day) every value is unknown. ``places`` (SQLite, PostgreSQL) gives the parameter of
    each literal that is bound instead of written out: see :class:`~huicheng.expressions.Values`. PostgreSQL knows
    parameters by number: there they stand as ``Parameter`` nodes of their names, each with its type.
    """
    return _Compiler(dialect, resolve, tables or {}, places or {}).build(expression.tree)


class _Compiler:
    def __init__(
        self, dialect: Dialect, resolve: Resolve, tables: Mapping[str, Points], places: Mapping[int, str]
    ) -> None:
        self.dialect = dialect
        self.resolve = resolve
        self.tables = tables
        self.places = places

    def build(self, node: sql.Expression) -> sql.Expression:
        special = _SPECIAL.get(type(node))
        built = special(self, node) if special else self._same(node)
        return self._typed(node, built) if self.dialect == "postgres" else built

    @staticmethod
    def _typed(node: sql.Expression, built: sql.Expression) -> sql.Expression:
        """PostgreSQL wants to know of which type a NULL is where it reckons, and takes what is all NULL for a text."""
        if not _is_nothing(node):
            return built
        return _double(sql.Null()) if isinstance(node.parent, _RECKONS) else sql.Null()

    def _same(self, node: sql.Expression) -> sql.Expression:
        """The same node over built parts, in parentheses so that it stands anywhere."""
        built = {key: self._part(value) for key, value in node.args.items()}
        found = type(node)(**built)
        return sql.Paren(this=found) if isinstance(found, sql.Binary | sql.Unary | sql.Between | sql.In) else found

    def _part(self, value: object) -> object:
        if isinstance(value, list):
            return [self._part(one) for one in value]
        return self.build(value) if isinstance(value, sql.Expression) else value

    # -- leaves

    def literal(self, node: sql.Expression) -> sql.Expression:
        place = self.places.get(id(node))
        return self._written(node) if place is None else self._bound(place, "TEXT" if node.is_string else "DOUBLE")

    def _bound(self, place: str, kind: str) -> sql.Expression:
        if self.dialect != "postgres":
            return sql.Placeholder(this=place)
        return sql.Cast(this=sql.Parameter(this=sql.Var(this=place)), to=sql.DataType.build(kind))

    def _written(self, node: sql.Expression) -> sql.Expression:
        if node.args.get("is_string"):
            return node.copy()
        written = node.this if "e" in node.this.lower() else f"{node.this}e0"
        literal = sql.Literal.number(written)
        return _double(literal) if self.dialect == "postgres" else literal

    def instant(self, node: sql.Expression) -> sql.Expression:
        place = self.places.get(id(node.this))
        return node.copy() if place is None else sql.Cast(this=self._bound(place, "BIGINT"), to=node.args["to"].copy())

    def column(self, node: sql.Expression) -> sql.Expression:
        value = self.resolve(node.name)
        declared: Type = node.meta[DECLARED]
        if declared == "any":
            return self._seen(value, node.meta.get(WANTED, "any"))
        if value.meta.get(HELD) == JSON:
            return sql.cast(value, "BIGINT") if declared == "time" else _of_json(value, declared)
        if declared == "number" and self.dialect != "sqlite":
            return sql.Nullif(this=_double(value), expression=_double(sql.Literal.string("NaN")))
        if declared == "text" and self.dialect == "postgres":
            return _binary(value)
        return value

    def _seen(self, value: sql.Expression, wanted: Type) -> sql.Expression:
        """A value whose type only the row shows: unknown unless it is of the wanted type."""
        held_as: Type | None = value.meta.get(HELD)
        if self.dialect == "postgres" and held_as in {None, JSON}:
            return _of_json(value, wanted)
        if self.dialect == "postgres" and wanted == "any":  # beside values of unknown type
            return sql.Anonymous(this="to_jsonb", expressions=[value])
        if wanted in {"any", held_as}:
            return value
        if held_as is not None:
            return sql.Null()
        if self.dialect != "sqlite":
            return sql.TryCast(this=value, to=sql.DataType.build(_DUCK_TYPES[wanted]))
        held, taken = _SQLITE_TYPES[wanted], value
        if wanted == "time":
            taken = instant_of(value, "sqlite")
        is_held = sql.In(this=sql.Typeof(this=value.copy()), expressions=[sql.Literal.string(one) for one in held])
        return sql.Case(ifs=[sql.If(this=is_held, true=taken)])

    # -- lists

    def membership(self, node: sql.Expression) -> sql.Expression:
        """A list of texts is written out; an empty one is one unknown, so that neither IN nor NOT IN holds."""
        held = [self.resolve(one.name) if _is_list(one) else self.build(one) for one in node.expressions]
        members = [member for one in held if not isinstance(one, sql.Query) for member in _members(one)]
        this = self.build(node.this)
        found = [sql.In(this=this.copy(), query=one.subquery()) for one in held if isinstance(one, sql.Query)]
        found += [sql.In(this=this, expressions=members)] if members else []
        return sql.Paren(this=sql.or_(*found))

    # -- where engines differ

    def division(self, node: sql.Expression) -> sql.Expression:
        below = sql.Nullif(this=_double(self.build(node.expression)), expression=sql.Literal.number("0e0"))
        return sql.Paren(this=sql.Div(this=_double(self.build(node.this)), expression=below, typed=True, safe=False))

    def rounded(self, node: sql.Expression) -> sql.Expression:
        scale = sql.Literal.number(f"1e{node.args['decimals'].this}")
        scaled = sql.Paren(this=sql.Mul(this=self.build(node.this), expression=scale))
        whole: sql.Expression = sql.Round(this=scaled)
        if self.dialect != "sqlite":  # SQLite's own formula; DuckDB and PostgreSQL round otherwise
            raised = sql.Add(this=sql.Abs(this=scaled.copy()), expression=sql.Literal.number("0.5e0"))
            whole = sql.Mul(this=sql.Sign(this=scaled), expression=sql.Floor(this=raised))
        return sql.Paren(this=sql.Div(this=whole, expression=scale.copy(), typed=True, safe=False))

    def whole_number(self, node: sql.Expression) -> sql.Expression:
        value = self.build(node.this)
        if self.dialect != "sqlite":
            return type(node)(this=value)
        # CAST cuts towards zero there; FLOOR and CEIL are an option that not every SQLite is built with.
        cut = sql.Cast(this=value, to=sql.DataType.build("BIGINT"))
        above = sql.Paren(this=sql.GT(this=value.copy(), expression=cut.copy()))
        below = sql.Paren(this=sql.LT(this=value.copy(), expression=cut.copy()))
        step = (
            sql.Add(this=cut, expression=above) if isinstance(node, sql.Ceil) else sql.Sub(this=cut, expression=below)
        )
        return _double(step)

    def extreme(self, node: sql.Expression) -> sql.Expression:
        parts = [self.build(part) for part in (node.this, *node.expressions)]
        if self.dialect == "sqlite":
            return type(node)(this=parts[0], expressions=parts[1:])
        unknown = sql.or_(*(sql.Is(this=part.copy(), expression=sql.Null()) for part in parts))
        # Marked, or sqlglot would add the same check once more.
        found = type(node)(this=parts[0], expressions=parts[1:], ignore_nulls=True)
        return sql.Case(ifs=[sql.If(this=unknown, true=sql.Null())], default=found)

    def like(self, node: sql.Expression) -> sql.Expression:
        value, pattern = self.build(node.this), node.expression.this
        if self.dialect == "sqlite":  # its LIKE does not see case
            return sql.Paren(this=sql.Glob(this=value, expression=sql.Literal.string(_glob(pattern))))
        if self.dialect == "postgres":  # a backslash escapes there, and nowhere else
            pattern = pattern.replace("\\", "\\\\")
        return sql.Paren(this=sql.Like(this=value, expression=sql.Literal.string(pattern)))

    def recased(self, node: sql.Expression) -> sql.Expression:
        value = self.build(node.this)
        if self.dialect == "sqlite":
            return type(node)(this=value)
        ends = (ascii_uppercase, ascii_lowercase) if isinstance(node, sql.Lower) else (ascii_lowercase, ascii_uppercase)
        return sql.Anonymous(this="TRANSLATE", expressions=[value, *map(sql.Literal.string, ends)])

    def length(self, node: sql.Expression) -> sql.Expression:
        return _double(sql.Length(this=self.build(node.this)))

    def called(self, node: sql.Expression) -> sql.Expression:
        special = {MEETS: self._met, HOLDS: self._holds, SOME: self._some}.get(node.this, self._piecewise)
        return special(node)

    def _holds(self, node: sql.Expression) -> sql.Expression:
        """False for what is no list: then the comparison beside it decides."""
        name, *members = node.expressions
        value = self.resolve(name.name)
        if self.dialect == "sqlite":
            return among(value, [self.build(one) for one in members])
        if self.dialect == "postgres" and not isinstance(value, sql.Null) and value.meta.get(HELD) in {None, JSON}:
            inside = [sql.Anonymous(this="jsonb_contains", expressions=[value, self._as_jsonb(one)]) for one in members]
            return sql.Coalesce(this=sql.Paren(this=sql.or_(*inside)), expressions=[sql.false()])
        return sql.false()

    def _some(self, node: sql.Expression) -> sql.Expression:
        name, condition = node.expressions
        inside = _Compiler(self.dialect, member_of, self.tables, self.places).build(condition)
        return some_of(self.resolve(name.name), inside, self.dialect)

    def _as_jsonb(self, member: sql.Expression) -> sql.Expression:
        """A literal, or what is bound in its place, as PostgreSQL's ``jsonb``."""
        bound = self.build(member)
        if bound.find(sql.Parameter):
            return sql.Anonymous(this="to_jsonb", expressions=[bound])
        text = isinstance(member, sql.Literal) and member.is_string
        return sql.cast(sql.Literal.string(json.dumps(member.this) if text else member.sql().lower()), "JSONB")

    def _met(self, node: sql.Expression) -> sql.Expression:
        """By what the state's stores bring along; elsewhere nothing is known of places."""
        place, asked = self.build(node.expressions[0]), sql.Literal.string(node.expressions[1].this)
        if self.dialect == "sqlite":
            given = [sql.Literal.string("intersects"), place, asked, sql.Null(), sql.Null()]
            return sql.Anonymous(this="huicheng_geo", expressions=given)
        if self.dialect == "postgres":
            sides = [sql.cast(place, "JSONB"), sql.cast(asked, "JSONB")]
            geometries = [sql.Anonymous(this="geometry_of", expressions=[side]) for side in sides]
            return sql.Anonymous(this="ST_Intersects", expressions=geometries)
        return sql.Null()

    def _piecewise(self, node: sql.Expression) -> sql.Expression:
        number, table = node.expressions
        points = self.tables.get(table.this)
        if not points:
            return _double(sql.Null())
        return _segments(self.build(number), points)


def _is_nothing(node: sql.Expression) -> bool:
    """Whether every value that it can have is NULL."""
    if isinstance(node, sql.Case):
        values = [branch.args["true"] for branch in node.args["ifs"]] + [node.args.get("default") or sql.Null()]
    elif isinstance(node, sql.Nullif | sql.Paren):
        values = [node.this]
    elif isinstance(node, _OF_ANY_TYPE):
        values = [node.this, *node.expressions]
    else:
        return isinstance(node, sql.Null)
    return all(map(_is_nothing, values))


#: What is of the type of its parts, and what makes a number of them.
_OF_ANY_TYPE = (sql.Case, sql.Coalesce, sql.Greatest, sql.Least, sql.Nullif, sql.Paren)
_RECKONS = (sql.Neg, sql.Add, sql.Sub, sql.Mul, sql.Abs, sql.Ceil, sql.Floor, sql.Round)


def _is_list(node: sql.Expression) -> bool:
    return isinstance(node, sql.Column) and node.meta[DECLARED] == "texts"


def _members(value: sql.Expression) -> list[sql.Expression]:
    return (value.expressions or [sql.Null()]) if isinstance(value, sql.Tuple) else [value]


def instant_of(text: sql.Expression, dialect: Dialect) -> sql.Expression:
    """The instant (µs) of an RFC 3339 text in a column; to the millisecond in SQLite; unknown if it is none."""
    if dialect == "sqlite":
        seconds = sql.Anonymous(this="unixepoch", expressions=[text, sql.Literal.string("subsec")])
        thousandths = sql.Round(this=sql.Mul(this=seconds, expression=sql.Literal.number("1e3")))
        whole = sql.Cast(this=thousandths, to=sql.DataType.build("BIGINT"))
        return sql.Paren(this=sql.Mul(this=whole, expression=sql.Literal.number(1000)))
    moment = sql.TryCast(this=text, to=sql.DataType.build("TIMESTAMPTZ"))
    return sql.Anonymous(this="epoch_us", expressions=[moment])


def _of_json(value: sql.Expression, wanted: Type) -> sql.Expression:
    """PostgreSQL: a ``jsonb`` as the wanted type, unknown unless it is of that type; truth counts, as in SQLite."""
    if wanted == "any":
        return value
    if isinstance(value, sql.Null):  # hidden from who asks
        return sql.cast(value, _POSTGRES_TYPES[wanted])
    text = sql.Paren(this=sql.JSONBExtractScalar(this=value.copy(), expression=sql.Literal.string("{}")))
    truth = sql.Cast(this=value.copy(), to=sql.DataType.build("BOOLEAN"))
    taken: dict[Type, list[tuple[str, sql.Expression]]] = {
        "number": [("number", _double(value.copy())), ("boolean", _double(sql.cast(truth, "INT")))],
        # A list is its JSON, as in SQLite.
        "text": [("string", _binary(text)), ("array", _binary(text))],
        "boolean": [("boolean", truth)],
        "time": [("string", sql.Anonymous(this="instant_of", expressions=[text]))],
    }
    kind = sql.Anonymous(this="jsonb_typeof", expressions=[value.copy()])
    ifs = [sql.If(this=sql.Literal.string(one), true=tree) for one, tree in taken[wanted]]
    return sql.Case(this=kind, ifs=ifs)


def _binary(text: sql.Expression) -> sql.Expression:
    """A text that PostgreSQL compares by its bytes."""
    return sql.Collate(this=text, expression=sql.to_identifier("C", quoted=True))


def _segments(x: sql.Expression, points: Points) -> sql.Expression:
    """Flat below the first point and above the last, linear between: CASE WHEN x <= x1 THEN … END."""
    first, last = points[0], points[-1]
    ifs = [sql.If(this=sql.Is(this=x, expression=sql.Null()), true=_double(sql.Null()))]
    ifs.append(sql.If(this=_at_most(x, first[0]), true=_real(first[1])))
    for (x0, y0), (x1, y1) in pairwise(points):
        # Multiplied before it is divided: whole break-points then meet exactly.
        part = sql.Mul(this=sql.Paren(this=sql.Sub(this=x.copy(), expression=_real(x0))), expression=_real(y1 - y0))
        rise = sql.Div(this=part, expression=_real(x1 - x0), typed=True, safe=False)
        ifs.append(sql.If(this=_at_most(x, x1), true=sql.Add(this=_real(y0), expression=rise)))
    return sql.Case(ifs=ifs, default=_real(last[1]))


def _at_most(x: sql.Expression, bound: float) -> sql.Expression:
    return sql.LTE(this=x.copy(), expression=_real(bound))


def _real(value: float) -> sql.Expression:
    """A literal double; ``repr`` keeps every bit."""
    text = repr(float(abs(value)))
    literal = sql.Literal.number(text if "e" in text else f"{text}e0")
    return sql.Paren(this=sql.Neg(this=literal)) if value < 0 else literal


def _double(tree: sql.Expression) -> sql.Expression:
    return sql.Cast(this=tree, to=sql.DataType.build("DOUBLE"))


def _glob(like: str) -> str:
    """The GLOB pattern that matches what LIKE matches: ``%`` → ``*``, ``_`` → ``?``, the rest as it stands."""
    return "".join({"%": "*", "_": "?"}.get(sign, f"[{sign}]" if sign in "*?[" else sign) for sign in like)


_SQLITE_TYPES: dict[Type, tuple[str, ...]] = {
    "number": ("integer", "real"),
    "text": ("text",),
    "boolean": ("integer",),
    "time": ("text",),
}
_POSTGRES_TYPES: dict[Type, str] = {"number": "DOUBLE", "text": "TEXT", "boolean": "BOOLEAN", "time": "BIGINT"}
_DUCK_TYPES: dict[Type, str] = {"number": "DOUBLE", "text": "TEXT", "boolean": "BOOLEAN", "time": "BIGINT"}

_SPECIAL: dict[type[sql.Expression], Callable[[_Compiler, sql.Expression], sql.Expression]] = {
    sql.Literal: _Compiler.literal,
    sql.Cast: _Compiler.instant,
    sql.Column: _Compiler.column,
    sql.In: _Compiler.membership,
    sql.Div: _Compiler.division,
    sql.Ceil: _Compiler.whole_number,
    sql.Floor: _Compiler.whole_number,
    sql.Round: _Compiler.rounded,
    sql.Greatest: _Compiler.extreme,
    sql.Least: _Compiler.extreme,
    sql.Like: _Compiler.like,
    sql.Lower: _Compiler.recased,
    sql.Upper: _Compiler.recased,
    sql.Length: _Compiler.length,
    sql.Anonymous: _Compiler.called,
}
