"""From the text of a filter to a checked expression: a recursive reader, bounded in depth and in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import cast

import msgspec
from sqlglot import expressions as sql

from huicheng.api.features import times
from huicheng.api.features.conditions import joined, number_tree
from huicheng.api.features.cql2.words import PLACE, Word, words
from huicheng.api.features.places import box, geometry_of_wkt
from huicheng.api.features.times import Span, span, whole_day
from huicheng.city import Geometry
from huicheng.errors import Invalid
from huicheng.expressions import Expression, from_tree, meets, name

_DEEPEST = 20
_MOST_LISTED = 500
#: Each costs a millisecond before a store has seen it.
_MOST_PREDICATES = 100
#: Time grows with the length of a text to this power at most.
_MOST_WILD = 3
_GEOMETRIES = (
    *("POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION"),
    *("POINTZ", "LINESTRINGZ", "POLYGONZ"),
)
_COMPARE: Mapping[str, type[sql.Binary]] = {
    "=": sql.EQ,
    "<>": sql.NEQ,
    "<": sql.LT,
    "<=": sql.LTE,
    ">": sql.GT,
    ">=": sql.GTE,
}
_TEMPORAL: Mapping[str, Callable[[sql.Expression, Span], sql.Expression]] = {
    "T_AFTER": times.after,
    "T_BEFORE": times.before,
    "T_DURING": times.during,
    "T_EQUALS": times.equals,
    "T_INTERSECTS": times.intersects,
}
#: From a name as the client says it to its name in an expression, or ``None``.
Known = Callable[[str], str | None]


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """A condition, and a geometry of its outermost AND, if there is one: an index can find what meets that."""

    where: Expression
    place: tuple[str, Geometry] | None


def read(text: str, known: Known) -> Filter:
    """A condition. ``Invalid`` names the character where it breaks off."""
    reader = _Reader(text, known)
    tree = reader.whole()
    where = from_tree(tree, place=PLACE, expect="boolean", patterns=True, places=True)
    return Filter(where=where, place=reader.outermost)


class _Reader:
    def __init__(self, text: str, known: Known) -> None:
        self._text = text
        self._words = words(text)
        self._known = known
        self._next = 0
        self._depth = self._predicates = 0
        #: Inside NOT, OR or parentheses nothing must hold of every feature.
        self._inner = 0
        self.outermost: tuple[str, Geometry] | None = None

    def whole(self) -> sql.Expression:
        at_or = any(one.says("OR") for one in self._words)
        self._inner = int(at_or)
        tree = self._either()
        if self._word.kind != "end":
            raise self._fault()
        return tree

    # -- from the loosest to the tightest

    def _either(self) -> sql.Expression:
        parts = [self._both()]
        while self._taken("OR"):
            parts.append(self._both())
        return joined(sql.Or, parts)

    def _both(self) -> sql.Expression:
        parts = [self._negated()]
        while self._taken("AND"):
            parts.append(self._negated())
        return joined(sql.And, parts)

    def _negated(self) -> sql.Expression:
        if not self._taken("NOT"):
            return self._single()
        return sql.Not(this=self._deeper(self._negated))

    def _single(self) -> sql.Expression:
        if self._sign("("):
            tree = self._deeper(self._either)
            self._expect(")")
            return tree
        self._predicates += 1
        if self._predicates > _MOST_PREDICATES:
            raise Invalid(place=PLACE, why="It has more than %(most)s comparisons.", most=_MOST_PREDICATES)
        if self._word.says("TRUE", "FALSE"):
            return self._truth()
        if self._follows("("):
            name_of = self._word.text.upper()
            if name_of == "S_INTERSECTS":
                return self._met()
            if name_of == "S_DISJOINT":
                return sql.Not(this=self._deeper(self._met))
            if name_of in _TEMPORAL:
                return self._timed(_TEMPORAL[name_of])
        return self._compared()

    def _truth(self) -> sql.Expression:
        said = self._take()
        return sql.Boolean(this=said.says("TRUE"))

    def _deeper(self, inner: Callable[[], sql.Expression]) -> sql.Expression:
        self._depth += 1
        self._inner += 1
        if self._depth > _DEEPEST:
            raise Invalid(place=PLACE, why="It is nested deeper than %(most)s levels.", most=_DEEPEST)
        tree = inner()
        self._depth -= 1
        self._inner -= 1
        return tree

    # -- predicates

    def _compared(self) -> sql.Expression:
        left = self._scalar()
        sign = self._word
        if sign.kind == "sign" and sign.text in _COMPARE:
            self._next += 1
            return cast("sql.Expression", _COMPARE[sign.text](this=left, expression=self._scalar()))
        if self._taken("IS"):
            return self._null(left)
        negated = self._taken("NOT")
        if self._taken("LIKE"):
            tree = self._like(left)
        elif self._taken("BETWEEN"):
            tree = self._between(left)
        elif self._taken("IN"):
            tree = self._in(left)
        else:
            raise self._fault()
        return sql.Not(this=tree) if negated else tree

    def _null(self, left: sql.Expression) -> sql.Expression:
        negated = self._taken("NOT")
        if not self._taken("NULL"):
            raise self._fault()
        tree = sql.Is(this=left, expression=sql.Null())
        return sql.Not(this=tree) if negated else tree

    def _between(self, left: sql.Expression) -> sql.Expression:
        low = self._scalar()
        if not self._taken("AND"):
            raise self._fault()
        return sql.Between(this=left, low=low, high=self._scalar())

    def _in(self, left: sql.Expression) -> sql.Expression:
        self._expect("(")
        members = [self._scalar()]
        while self._sign(","):
            members.append(self._scalar())
        self._expect(")")
        if len(members) > _MOST_LISTED:
            raise Invalid(place=PLACE, why="A list has more than %(most)s members.", most=_MOST_LISTED)
        return sql.In(this=left, expressions=members)

    def _like(self, left: sql.Expression) -> sql.Expression:
        said = self._word
        if said.kind != "text":
            raise self._fault()
        self._next += 1
        pattern = said.text[1:-1].replace("''", "'")
        if len(re.findall(r"(?<!\\)%", pattern)) > _MOST_WILD:
            raise Invalid(place=PLACE, why="A pattern has at most %(most)s signs %.", most=_MOST_WILD)
        if "\\" not in pattern:
            return sql.Like(this=left, expression=sql.Literal.string(pattern))
        return sql.RegexpLike(this=left, expression=sql.Literal.string(_regular(pattern)))

    def _timed(self, compare: Callable[[sql.Expression, Span], sql.Expression]) -> sql.Expression:
        self._next += 1
        self._expect("(")
        column = self._property()
        self._expect(",")
        tree = compare(column, self._moments())
        self._expect(")")
        return tree

    def _met(self) -> sql.Expression:
        self._next += 1
        self._expect("(")
        if self._word.says(*_GEOMETRIES, "BBOX") and self._follows("("):
            geometry = self._geometry()
            self._expect(",")
            path = self._path()
        else:
            path = self._path()
            self._expect(",")
            geometry = self._geometry()
        self._expect(")")
        if not self._inner and self.outermost is None:
            self.outermost = (path, geometry)
        return meets(path, msgspec.json.encode(geometry).decode())

    # -- values

    def _scalar(self) -> sql.Expression:
        word = self._word
        if word.kind == "number":
            self._next += 1
            return self._number(word)
        if word.kind == "text":
            self._next += 1
            return sql.Literal.string(_plain(word))
        if word.says("TRUE", "FALSE"):
            return self._truth()
        if word.says("TIMESTAMP", "DATE") and self._follows("("):
            return self._moments().begin
        return self._property()

    def _number(self, word: Word) -> sql.Expression:
        value = float(word.text)
        if value in {float("inf"), float("-inf")}:
            raise Invalid(place=PLACE, why="The number “%(number)s” is too large.", number=word.text[:40])
        return number_tree(value)

    def _property(self) -> sql.Expression:
        return name(self._path())

    def _path(self) -> str:
        word = self._word
        if word.kind not in {"name", "quoted"}:
            raise self._fault()
        said = word.text if word.kind == "name" else word.text[1:-1].replace('""', '"')
        if word.kind == "name" and self._follows("("):
            raise Invalid(place=PLACE, why="There is no function “%(function)s” here.", function=said[:80])
        path = self._known(said)
        if path is None:
            raise Invalid(
                place=PLACE, why="There is no property “%(property)s”; see the queryables.", property=said[:80]
            )
        self._next += 1
        return path

    def _moments(self) -> Span:
        """``TIMESTAMP('…')``, ``DATE('…')`` (the whole day in Asia/Shanghai), ``INTERVAL('…', '…')``."""
        word = self._take()
        if not word.says("TIMESTAMP", "DATE", "INTERVAL"):
            raise self._fault(word)
        self._expect("(")
        texts = [self._quoted()]
        if word.says("INTERVAL"):
            self._expect(",")
            texts.append(self._quoted())
        self._expect(")")
        return whole_day(texts[0]) if word.says("DATE") else span(*texts)

    def _quoted(self) -> str:
        word = self._take()
        if word.kind != "text":
            raise self._fault(word)
        return _plain(word)

    def _geometry(self) -> Geometry:
        word = self._word
        if not word.says(*_GEOMETRIES, "BBOX"):
            raise self._fault()
        inside = self._bracketed()
        if not word.says("BBOX"):
            return geometry_of_wkt(self._text[word.at : inside[-1].end], PLACE)
        numbers = [float(one.text) for one in inside if one.kind == "number"]
        if len(numbers) not in {4, 6}:
            raise Invalid(place=PLACE, why="BBOX takes four numbers, or six with heights.")
        return box(numbers, PLACE)

    def _bracketed(self) -> list[Word]:
        """The words from here to where the parentheses that open here are closed."""
        start, depth = self._next, 0
        while True:
            word = self._take()
            depth += (word.text == "(") - (word.text == ")") if word.kind == "sign" else 0
            if depth == 0 and self._next > start + 1:
                return self._words[start : self._next]

    # -- words

    @property
    def _word(self) -> Word:
        return self._words[self._next]

    def _take(self) -> Word:
        word = self._word
        if word.kind == "end":
            raise self._fault()
        self._next += 1
        return word

    def _taken(self, word: str) -> bool:
        found = self._word.says(word)
        self._next += found
        return found

    def _sign(self, sign: str) -> bool:
        found = self._word.kind == "sign" and self._word.text == sign
        self._next += found
        return found

    def _follows(self, sign: str) -> bool:
        """Whether a name is followed by a sign."""
        return self._word.kind == "name" and self._words[self._next + 1].text == sign

    def _expect(self, sign: str) -> None:
        if not self._sign(sign):
            raise self._fault()

    def _fault(self, word: Word | None = None) -> Invalid:
        word = word or self._word
        return Invalid(
            place=PLACE,
            why="“%(word)s” is not expected at character %(at)s."
            if word.text
            else "Its end is not expected at character %(at)s.",
            word=word.text[:40],
            at=word.at + 1,
        )


def _plain(word: Word) -> str:
    return word.text[1:-1].replace("''", "'").replace("\\'", "'")


def _regular(pattern: str) -> str:
    """A pattern with escaped signs as a regular expression; a backslash makes the next sign stand for itself."""
    wild = {"%": ".*", "_": "."}
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    return "^" + "".join(wild.get(one) or re.escape(one[-1]) for one in parts) + "$"
