"""The query language of NGSI-LD (ETSI GS CIM 009, 4.9) → a tree of our expression language.

``;`` is and, ``|`` is or, ``;`` binds closer. Values: numbers, text in double quotes, times; after ``==`` and ``!=``
also true, false, URIs; lists ``1,2`` and ranges ``1..5`` after ``==`` and ``!=``; ``~=`` and ``!~=`` take a
pattern. An attribute alone asks that it exists. ``attr.sub`` (a sub-attribute or a member) and
``attr[a.b]`` (a path inside the value) become one dotted name of the expression.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time
from typing import cast

from sqlglot import expressions as sql

from huicheng.city import parse_instant
from huicheng.context.faults import BadCondition, TooMuch
from huicheng.context.patterns import safe_pattern
from huicheng.errors import Invalid
from huicheng.expressions import holds, moment, name, step

LONGEST = 4_000
_DEEPEST = 16
_MOST_TERMS = 100
_MOST_LISTED = 200

_NAME = re.compile(
    r"[a-z][a-z0-9+.-]*://[^\s;|()\[\]=!<>~\"]+|[^\W\d][\w:/#@-]*(?:\.[\w@][\w:/#@-]*)*(?:\[[\w@:/#-]+(?:\.[\w@:/#-]+)*\])?"
)
_OPERATOR = re.compile(r"==|!=|>=|<=|!~=|~=|>|<")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
#: Where a value ends.
_END = r"(?=$|\.\.|[;|),])"
_NUMBER = re.compile(rf"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?{_END}", re.ASCII)
_CLOCK = r"\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?"
#: A date, a time with a zone, a time of day: its own colons and dots do not end it, two dots do.
_TIME = re.compile(rf"(?:\d{{4}}-\d\d-\d\d(?:T{_CLOCK}(?:Z|[+-]\d\d:?\d\d))?|{_CLOCK}Z?){_END}", re.ASCII)
_TRUTH = re.compile(rf"(?:true|false){_END}")
_URI = re.compile(rf'[A-Za-z][A-Za-z0-9+.-]*:(?:(?!\.\.)[^\s;|(),"<>])+{_END}')
_ESCAPE = re.compile(r"\\(.)")

_COMPARE: dict[str, Callable[..., sql.Expression]] = {
    ">": sql.GT,
    ">=": sql.GTE,
    "<": sql.LT,
    "<=": sql.LTE,
    "==": sql.EQ,
    "!=": sql.NEQ,
}


#: Whether it has a time, and a date → what reads it.
_CHECKS: dict[tuple[bool, bool], Callable[[str], object]] = {
    (True, True): parse_instant,
    (False, True): date.fromisoformat,
    (False, False): time.fromisoformat,
}


def parse_condition(q: str, *, place: str = "q", stored: Callable[[str], str] = str) -> sql.Expression:
    """The tree of a condition; ``BadCondition`` names the character (from 1) where it breaks off.

    ``stored`` gives the stored name of an attribute as it stands there.
    """
    if len(q) > LONGEST:
        raise TooMuch(place=place, what="q", size=len(q), limit=LONGEST)
    return _Reader(q, place, stored).all()


def parse_name(text: str, *, place: str, stored: Callable[[str], str] = str) -> str:
    """The name of an expression for ``attr``, ``attr.sub`` or ``attr[a.b]`` alone."""
    if len(text) > LONGEST or _NAME.fullmatch(text) is None:
        raise Invalid(place=place, why=f"“{text[:80]}” is no name of an attribute.")
    return _Reader(text, place, stored).named(text).name


class _Reader:
    """A cursor over the text. Each method reads one rule of the grammar and stands behind it."""

    def __init__(self, text: str, place: str, stored: Callable[[str], str]) -> None:
        self.text = text
        self.place = place
        self.stored = stored
        self.at = 0
        self.terms = 0

    def all(self) -> sql.Expression:
        tree = self.alternatives(0)
        if self.at < len(self.text):
            raise self.fault("; or | or the end")
        return tree

    def alternatives(self, depth: int) -> sql.Expression:
        return self.joined("|", sql.Or, lambda: self.conjunction(depth))

    def conjunction(self, depth: int) -> sql.Expression:
        return self.joined(";", sql.And, lambda: self.term(depth))

    def joined(self, mark: str, kind: type[sql.Connector], read: Callable[[], sql.Expression]) -> sql.Expression:
        """Balanced, so that a long chain makes a shallow tree."""
        parts = [read()]
        while self.skip(mark):
            parts.append(read())
        return _balanced(kind, parts)

    def term(self, depth: int) -> sql.Expression:
        self.terms += 1
        if self.terms > _MOST_TERMS or depth > _DEEPEST:
            raise TooMuch(place=self.place, what="q", size=f"> {_MOST_TERMS}", limit=f"{_MOST_TERMS} / {_DEEPEST}")
        if not self.skip("("):
            return self.comparison()
        inner = self.alternatives(depth + 1)
        if not self.skip(")"):
            raise self.fault(")")
        return sql.Paren(this=inner)

    def comparison(self) -> sql.Expression:
        found = self.match(_NAME)
        if found is None:
            raise self.fault("the name of an attribute or (")
        column = self.named(found.group())
        operator = self.match(_OPERATOR)
        if operator is None:
            return sql.Not(this=sql.Is(this=column, expression=sql.Null()))
        if operator.group() in {"~=", "!~="}:
            return self.pattern(column, negated=operator.group() == "!~=")
        return self.against(column, operator.group())

    def named(self, text: str) -> sql.Expression:
        """``a.b[c.d]``: an attribute, a sub-attribute, a path inside the value."""
        outside, _, path = text.removesuffix("]").partition("[")
        parts = [outside] if "://" in outside else outside.split(".")
        inside = [path] if path else []
        return name(".".join([*(step(self.stored(one)) for one in parts), *inside]))

    def pattern(self, column: sql.Expression, *, negated: bool) -> sql.Expression:
        quoted = self.match(_QUOTED)
        text = _ESCAPE.sub(_unescape_quote, quoted.group(1)) if quoted else self.bare_pattern()
        if not text:
            raise self.fault("a pattern")
        safe = safe_pattern(text, place=self.place)
        like = sql.RegexpLike(this=column, expression=sql.Literal.string(safe))
        return sql.Not(this=like) if negated else like

    def bare_pattern(self) -> str:
        """Up to the ``;``, ``|`` or ``)`` that stands outside every bracket of the pattern."""
        start, depth = self.at, 0
        while self.at < len(self.text):
            char = self.text[self.at]
            if depth == 0 and char in ";|)":
                break
            depth += (char in "([") - (char in ")]")
            self.at += 2 if char == "\\" else 1
        self.at = min(self.at, len(self.text))
        return self.text[start : self.at]

    def against(self, column: sql.Expression, operator: str) -> sql.Expression:
        if operator not in {"==", "!="}:
            return _COMPARE[operator](this=column, expression=self.ordered())
        word = _TRUTH.match(self.text, self.at) or _URI.match(self.text, self.at)
        first = self.value()
        if word is None and self.skip(".."):
            inside: sql.Expression = sql.Between(this=column, low=first, high=self.ordered())
            return inside if operator == "==" else sql.Not(this=inside)
        listed = [first]
        while self.skip(","):
            listed.append(self.value())
        if len(listed) > _MOST_LISTED:
            raise TooMuch(place=self.place, what="q", size=len(listed), limit=_MOST_LISTED)
        return _one_of(column, listed) if operator == "==" else _none_of(column, listed)

    def value(self) -> sql.Expression:
        """What may be equal: anything."""
        if truth := self.match(_TRUTH):
            return sql.Boolean(this=truth.group() == "true")
        if uri := self.match(_URI):
            return sql.Literal.string(uri.group())
        return self.ordered("a number, a time, true, false, a URI or a text in double quotes")

    def ordered(self, expected: str = "a number, a time or a text in double quotes") -> sql.Expression:
        """What may be more or less."""
        if quoted := self.match(_QUOTED):
            return sql.Literal.string(_ESCAPE.sub(_unescape, quoted.group(1)))
        if found := self.match(_TIME):
            return self.time(found.group())
        if number := self.match(_NUMBER):
            return _number(number.group())
        raise self.fault(expected)

    def time(self, text: str) -> sql.Expression:
        """An instant; a date or a time of day alone is compared as the text that it is."""
        plain = text.replace(",", ".")
        try:
            _CHECKS["T" in text, "-" in text](plain)
        except (Invalid, OverflowError, ValueError):
            raise self.fault("a time that exists") from None
        return moment(plain) if "T" in text else sql.Literal.string(text)

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def skip(self, mark: str) -> bool:
        if not self.text.startswith(mark, self.at):
            return False
        self.at += len(mark)
        return True

    def fault(self, expected: str) -> BadCondition:
        return BadCondition(place=self.place, at=self.at + 1, expected=expected)


def _one_of(column: sql.Expression, listed: list[sql.Expression]) -> sql.Expression:
    """The value, or a member of it where it is a list (4.9)."""
    same = sql.In(this=column, expressions=listed) if len(listed) > 1 else sql.EQ(this=column, expression=listed[0])
    return sql.Paren(this=_balanced(sql.Or, [same, *_members(column, listed)]))


def _none_of(column: sql.Expression, listed: list[sql.Expression]) -> sql.Expression:
    """Neither the value nor any member of it. What is not there is neither this nor that."""
    other: sql.Expression = sql.NEQ(this=column, expression=listed[0])
    if len(listed) > 1:
        other = sql.Not(this=sql.In(this=column, expressions=listed))
    return sql.Paren(this=_balanced(sql.And, [other, *(sql.Not(this=one) for one in _members(column, listed))]))


def _members(column: sql.Expression, listed: list[sql.Expression]) -> list[sql.Expression]:
    plain = [one.copy() for one in listed if isinstance(one, sql.Literal | sql.Boolean)]
    return [holds(column.name, plain)] if plain else []


def _balanced(kind: type[sql.Connector], parts: list[sql.Expression]) -> sql.Expression:
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    left, right = _balanced(kind, parts[:middle]), _balanced(kind, parts[middle:])
    return cast("sql.Expression", kind(this=left, expression=right))


def _number(text: str) -> sql.Expression:
    return sql.Neg(this=sql.Literal.number(text[1:])) if text[0] == "-" else sql.Literal.number(text)


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


def _unescape(escape: re.Match[str]) -> str:
    return _ESCAPES.get(escape.group(1), escape.group(1))


def _unescape_quote(escape: re.Match[str]) -> str:
    return '"' if escape.group(1) == '"' else escape.group()
