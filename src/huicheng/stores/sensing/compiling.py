"""Terms as SQL. What engines say in different words is asked of :class:`Words`."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any, Protocol

from sqlglot import expressions as sql

from huicheng.errors import Invalid
from huicheng.stores.sensing.asked import Call, Constant, Path, Term
from huicheng.stores.sensing.shapes import Slot, given
from huicheng.stores.sensing.spans import RELATIONS, Span

_COMPARISONS: Mapping[str, type[sql.Binary]] = {
    "eq": sql.EQ,
    "ne": sql.NEQ,
    "gt": sql.GT,
    "ge": sql.GTE,
    "lt": sql.LT,
    "le": sql.LTE,
}
_CONNECTIVES: Mapping[str, type[sql.Connector]] = {"and": sql.And, "or": sql.Or}
_MOVES = frozenset({"add", "sub"})
_ARITHMETIC: Mapping[str, type[sql.Binary]] = {"add": sql.Add, "sub": sql.Sub, "mul": sql.Mul}

#: Function → kinds of its arguments, and of its value.
_TEXT = "text"
_NUMBER = "number"
FUNCTIONS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "substringof": ((_TEXT, _TEXT), "boolean"),
    "contains": ((_TEXT, _TEXT), "boolean"),
    "startswith": ((_TEXT, _TEXT), "boolean"),
    "endswith": ((_TEXT, _TEXT), "boolean"),
    "length": ((_TEXT,), _NUMBER),
    "indexof": ((_TEXT, _TEXT), _NUMBER),
    "substring": ((_TEXT, _NUMBER, _NUMBER), _TEXT),
    "tolower": ((_TEXT,), _TEXT),
    "toupper": ((_TEXT,), _TEXT),
    "trim": ((_TEXT,), _TEXT),
    "concat": ((_TEXT, _TEXT), _TEXT),
    **dict.fromkeys(
        ("year", "month", "day", "hour", "minute", "second", "fractionalseconds", "totaloffsetminutes"),
        (("time",), _NUMBER),
    ),
    "date": (("time",), _TEXT),
    "time": (("time",), _TEXT),
    "round": ((_NUMBER,), _NUMBER),
    "floor": ((_NUMBER,), _NUMBER),
    "ceiling": ((_NUMBER,), _NUMBER),
    "geo.distance": (("geometry", "geometry"), _NUMBER),
    "geo.length": (("geometry",), _NUMBER),
    "geo.intersects": (("geometry", "geometry"), "boolean"),
    "st_relate": (("geometry", "geometry", _TEXT), "boolean"),
    **{
        f"st_{relation}": (("geometry", "geometry"), "boolean")
        for relation in ("equals", "disjoint", "touches", "within", "overlaps", "crosses", "intersects", "contains")
    },
    **dict.fromkeys(
        ("before", "after", "meets", "during", "overlaps", "starts", "finishes"), (("interval", "interval"), "boolean")
    ),
}
_LEAST_ARGUMENTS = {"substring": 2}
_OPERATORS = frozenset({*_COMPARISONS, *_CONNECTIVES, *_ARITHMETIC, "div", "mod", "not", "in"})


class Words(Protocol):
    """One engine, over one entity set and what is joined to it."""

    def path(self, path: Path, wanted: str) -> sql.Expression:
        """The value of a path, or NULL where it has another kind than the one wanted."""

    def kind(self, path: Path) -> str:
        """What the path holds; ``any`` when only the row shows it."""

    def span(self, path: Path) -> Span:
        """Start and end of what a path of kind ``interval`` holds; an instant's are the same."""

    def many(self, term: Term) -> tuple[str, ...] | None:
        """The first links of a path in the term that lead to many, and are not bound yet."""

    def exists(self, term: Term, links: tuple[str, ...]) -> sql.Expression:
        """Whether the term holds for one of the entities behind those links."""

    def geometry(self, value: Any) -> sql.Expression:
        """A geometry as written, or the slot that holds its JSON."""

    def call(self, name: str, arguments: list[sql.Expression]) -> sql.Expression:
        """A function of OData."""


def check(term: Term) -> None:
    """Refuse functions that are not there, and wrong numbers of arguments."""
    if not isinstance(term, Call):
        return
    if term.name not in _OPERATORS:
        known = FUNCTIONS.get(term.name)
        if known is None:
            raise Invalid(place="$filter", why="There is no function “%(name)s”.", name=term.name)
        least = _LEAST_ARGUMENTS.get(term.name, len(known[0]))
        if not least <= len(term.arguments) <= len(known[0]):
            raise Invalid(
                place="$filter", why="%(name)s takes %(count)s arguments.", name=term.name, count=len(known[0])
            )
    for one in term.arguments:
        check(one)


class Compiler:
    """Builds trees; every value stands in them as a literal that sqlglot writes, or as the parameter of its slot."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def condition(self, term: Term) -> sql.Expression:
        """What is true, false or unknown."""
        if isinstance(term, Call) and term.name in _CONNECTIVES:
            return self._connected(term)
        if isinstance(term, Call) and term.name == "not":
            return sql.Not(this=sql.Paren(this=self.condition(term.arguments[0])))
        links = self._words.many(term)
        if links is not None:
            return self._words.exists(term, links)
        return self.value(term, "boolean")

    def _connected(self, term: Call) -> sql.Expression:
        """Flat, however many there are: deep trees would cost the engines their stacks."""
        parts = list(flat(term))
        made = [sql.Paren(this=self.condition(one)) for one in parts]
        joined = sql.and_(*made, copy=False) if term.name == "and" else sql.or_(*made, copy=False)
        return sql.Paren(this=joined)

    def value(self, term: Term, wanted: str) -> sql.Expression:
        """The value of a term, as the kind that is wanted (``any``: whatever it is)."""
        if isinstance(term, Path):
            return self._words.path(term, wanted)
        if isinstance(term, Constant):
            return self._constant(term, wanted)
        if wanted not in {"any", _of_time(self._kind(term))}:
            raise Invalid(place="$filter", why="“%(name)s” gives no %(wanted)s.", name=term.name, wanted=wanted)
        return self._call(term)

    def _constant(self, term: Constant, wanted: str) -> sql.Expression:
        if term.kind == "geometry":
            return self._words.geometry(term.value)
        if term.value is None:
            return sql.Null()
        if wanted == "text" and term.kind in {"time", "date"}:
            return as_text(term.value)
        if wanted not in {"any", term.kind} and not {wanted, term.kind} <= {"number", "duration", "time"}:
            raise Invalid(place="$filter", why="“%(value)s” is no %(wanted)s.", value=str(term.value), wanted=wanted)
        return literal(term.value)

    def _call(self, term: Call) -> sql.Expression:
        if term.name in _COMPARISONS:
            return self._compared(term)
        if term.name == "in":
            first, *rest = term.arguments
            either = [Call("eq", (first, one)) for one in rest]
            return sql.Paren(this=sql.or_(*(self._compared(one) for one in either)))
        if term.name in _OPERATORS:
            return self._reckoned(term)
        kinds, _ = FUNCTIONS[term.name]
        if kinds[-1] == "interval":
            return self._temporal(term)
        made = [self.value(one, kind) for one, kind in zip(term.arguments, kinds, strict=False)]
        return self._words.call(term.name, made)

    def _compared(self, term: Call) -> sql.Expression:
        one, other = term.arguments
        for this, that in ((one, other), (other, one)):
            if isinstance(that, Constant) and that.kind == "null":
                unknown = sql.Is(this=self.value(this, "any"), expression=sql.Null())
                return unknown if term.name == "eq" else sql.Not(this=unknown)
        kind = self._common(one, other)
        if "interval" in {self._kind(one), self._kind(other)}:
            return self._related(term)
        made = _COMPARISONS[term.name](this=self.value(one, kind), expression=self.value(other, kind))
        return sql.Paren(this=made)

    def _common(self, one: Term, other: Term) -> str:
        kinds = {_of_time(self._kind(one)), _of_time(self._kind(other))} - {"any"}
        if "time" in kinds and kinds <= {"time", "number", "duration"}:
            return "time"
        if len(kinds) > 1:
            this, that = sorted(kinds)
            raise Invalid(place="$filter", why="%(this)s and %(that)s cannot be compared.", this=this, that=that)
        return next(iter(kinds), "any")

    def _reckoned(self, term: Call) -> sql.Expression:
        one, other = (self.value(part, self._number_of(part)) for part in term.arguments)
        if term.name in _ARITHMETIC:
            return sql.Paren(this=_ARITHMETIC[term.name](this=one, expression=other))
        return self._words.call(term.name, [one, other])

    def _number_of(self, term: Term) -> str:
        kind = _of_time(self._kind(term))
        return kind if kind in {"time", "duration"} else "number"

    def _kind(self, term: Term) -> str:
        if isinstance(term, Path):
            return self._words.kind(term)
        if isinstance(term, Constant):
            return str(term.kind)
        if term.name in _COMPARISONS or term.name in _CONNECTIVES or term.name in {"not", "in"}:
            return "boolean"
        if term.name in _OPERATORS:
            return self._kind_reckoned(term)
        return FUNCTIONS[term.name][1]

    def _kind_reckoned(self, term: Call) -> str:
        """An interval that is moved by a duration stays one; a difference of times is a number that compares as one."""
        kinds = [self._kind(one) for one in term.arguments]
        if kinds[0] == "interval" and term.name in _MOVES and _of_time(kinds[1]) != "time":
            return "interval"
        return "time" if "time" in map(_of_time, kinds) else "number"

    def _temporal(self, term: Call) -> sql.Expression:
        if term.name == "during" and self._kind(term.arguments[1]) != "interval":
            raise Invalid(place="$filter", why="during asks what lies in an interval, START/END.")
        return self._related(term)

    def _related(self, term: Call) -> sql.Expression:
        """Of stretches of time; of two instants as plainly as of any two values."""
        one, other = map(self._span, term.arguments)
        if term.name in _COMPARISONS and one[0] == one[1] and other[0] == other[1]:
            return sql.Paren(this=_COMPARISONS[term.name](this=one[0], expression=other[0]))
        return sql.Paren(this=RELATIONS[term.name](one, other))

    def _span(self, term: Term) -> Span:
        if self._kind(term) != "interval":
            instant = self.value(term, "time")
            return instant, instant
        if isinstance(term, Path):
            return self._words.span(term)
        if isinstance(term, Constant):
            return literal(term.value[0]), literal(term.value[1])
        return self._moved(term)

    def _moved(self, term: Call) -> Span:
        """Both ends by the same duration."""
        one, by = term.arguments
        length, kind = self.value(by, self._number_of(by)), _ARITHMETIC[term.name]
        start, end = (kind(this=at.copy(), expression=length.copy()) for at in self._span(one))
        return sql.Paren(this=start), sql.Paren(this=end)


def _of_time(kind: str) -> str:
    """An interval stands, where one value is wanted, for its start."""
    return "time" if kind == "interval" else kind


def flat(term: Call) -> list[Term]:
    """The parts of a chain of one connective."""
    found: list[Term] = []
    waiting: list[Term] = [term]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Call) and one.name == term.name:
            waiting.extend(reversed(one.arguments))
        else:
            found.append(one)
    return found


def as_text(value: Any) -> sql.Expression:
    """A constant as a text, whatever it is."""
    if isinstance(value, Slot):
        return sql.Cast(this=literal(value), to=sql.DataType.build("TEXT"))
    return sql.Literal.string(str(value))


def literal(value: Any) -> sql.Expression:
    """A number, text or boolean as written; a slot as its parameter."""
    if isinstance(value, Slot):
        return given(value.name, value.type)
    if isinstance(value, bool):
        return sql.Boolean(this=value)
    if isinstance(value, int | float):
        if not isfinite(value):
            raise Invalid(place="$filter", why="A number is too large.")
        made = sql.Literal.number(repr(abs(value)))
        return sql.Paren(this=sql.Neg(this=made)) if value < 0 else made
    text = str(value)
    if "\0" in text:
        raise Invalid(place="$filter", why="A text holds no character of the number 0.")
    return sql.Literal.string(text)
