"""The query language of NGSI-LD (ETSI GS CIM 009, 4.9) → a tree of our expression language.

``;`` is and, ``|`` is or, ``;`` binds closer. Values: numbers, text in double quotes, times; after ``==`` and ``!=``
also true, false, URIs; lists ``1,2`` and ranges ``1..5`` after ``==`` and ``!=``; ``~=`` and ``!~=`` take a
pattern. An attribute alone asks that it exists. ``attr.sub`` (a sub-attribute or a member) and
``attr[a.b]`` (a path inside the value) become one dotted name of the expression. Of an attribute with several
instances, and of a text in several languages (``attr`` or ``attr[*]``), any value may fit. ``attr{name}`` and
``attr{Type:name}`` ask of what a relationship points to: whoever asks gives the ids of what fits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, time
from typing import NamedTuple, cast

from sqlglot import expressions as sql

from huicheng.city import parse_instant
from huicheng.context.faults import BadCondition, TooMuch
from huicheng.context.patterns import safe_pattern
from huicheng.errors import Invalid
from huicheng.expressions import holds, member, moment, name, some, step, steps_of

LONGEST = 4_000
_DEEPEST = 16
_MOST_TERMS = 100
_MOST_LISTED = 200

_NAME = re.compile(
    r"[a-z][a-z0-9+.-]*://[^\s;|()\[\]=!<>~\"]+|[^\W\d][\w:/#@-]*(?:\.[\w@][\w:/#@-]*)*(?:\[(?:\*|[\w@:/#-]+(?:\.[\w@:/#-]+)*)\])?"
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
_WORD = re.compile(rf"[^\W\d]\w*{_END}")
#: What stands in braces, which stand in one another at most so deep.
_BRACES = re.compile(r"\{((?:[^{}]|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})+)\}")
_HINT = re.compile(r"([^\W\d]\w*(?:,[^\W\d]\w*)*):(?!//)")
#: What every entity has in one way only, and the times of attributes.
_OF_ENTITY = frozenset({"id", "type", "scope"})
_TIMES = frozenset({"createdAt", "modifiedAt"})

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


def parse_condition(
    q: str,
    *,
    place: str = "q",
    stored: Callable[[str], str] = str,
    expanded: frozenset[str] = frozenset(),
    linked: Sequence[Sequence[str]] | None = None,
) -> sql.Expression:
    """The tree of a condition; ``BadCondition`` names the character (from 1) where it breaks off.

    ``stored`` gives the stored name of an attribute as it stands there, and of a value that an attribute among
    ``expanded`` is compared with; ``linked`` what fits each of :func:`links_of`.
    """
    if len(q) > LONGEST:
        raise TooMuch(place=place, what="q", size=len(q), limit=LONGEST)
    reader = _Reader(q, place, stored, expanded)
    reader.linked = linked
    return reader.all()


class Linked(NamedTuple):
    """A condition on what a relationship points to."""

    #: As the client says them; none: any.
    types: tuple[str, ...]
    q: str


def links_of(q: str, *, place: str = "q", expanded: frozenset[str] = frozenset()) -> list[Linked]:
    """The conditions on other entities, in order; each may hold further ones."""
    if len(q) > LONGEST:
        raise TooMuch(place=place, what="q", size=len(q), limit=LONGEST)
    reader = _Reader(q, place, str, expanded)
    reader.linked = ()
    reader.collects = True
    reader.all()
    return reader.links


def parse_name(text: str, *, place: str, stored: Callable[[str], str] = str) -> str:
    """The name of an expression for ``attr``, ``attr.sub`` or ``attr[a.b]`` alone."""
    if len(text) > LONGEST or _NAME.fullmatch(text) is None:
        raise Invalid(place=place, why="“%(text)s” is no name of an attribute.", text=text[:80])
    return _Reader(text, place, stored).named(text).name


class _Reader:
    """A cursor over the text. Each method reads one rule of the grammar and stands behind it."""

    def __init__(
        self, text: str, place: str, stored: Callable[[str], str], expanded: frozenset[str] = frozenset()
    ) -> None:
        self.text = text
        self.expanded = expanded
        #: Whether the values of the attribute that is read are terms.
        self.of_terms = False
        #: Ids of what fits each condition on other entities; ``None``: there may be none.
        self.linked: Sequence[Sequence[str]] | None = None
        self.links: list[Linked] = []
        self.collects = False
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
        if self.linked is not None and self.text.startswith("{", self.at):
            return self.link(column)
        self.of_terms = found.group() in self.expanded
        return self.compared(column)

    def compared(self, column: sql.Expression) -> sql.Expression:
        operator = self.match(_OPERATOR)
        if operator is None:
            return _there(column)
        if operator.group() in {"~=", "!~="}:
            return self.pattern(column, negated=operator.group() == "!~=")
        return self.against(column, operator.group())

    def link(self, column: sql.Expression) -> sql.Expression:
        """``{Type:name}`` and the comparison behind it: one of what fits is pointed to."""
        path = self.match(_BRACES)
        if path is None:
            raise self.fault("a name of what it points to, and }")
        start = self.at
        self.compared(name("of_what_it_points_to"))
        hint = _HINT.match(path.group(1))
        types = tuple(hint.group(1).split(",")) if hint else ()
        self.links.append(Linked(types, path.group(1)[hint.end() if hint else 0 :] + self.text[start : self.at]))
        ids = () if self.collects else (self.linked or ())[len(self.links) - 1]
        return _one_of(column, [sql.Literal.string(one) for one in ids]) if ids else sql.false()

    def named(self, text: str) -> sql.Expression:
        """``a.b[c.d]``: an attribute, a sub-attribute, a path inside the value."""
        outside, _, path = text.removesuffix("[*]").removesuffix("]").partition("[")
        parts = [outside] if "://" in outside else outside.split(".")
        inside = [path] if path else []
        return name(".".join([*(step(self.stored(one)) for one in parts), *inside]))

    def pattern(self, column: sql.Expression, *, negated: bool) -> sql.Expression:
        quoted = self.match(_QUOTED)
        text = _ESCAPE.sub(_unescape_quote, quoted.group(1)) if quoted else self.bare_pattern()
        if not text:
            raise self.fault("a pattern")
        safe = safe_pattern(text, place=self.place)
        return _unlike(column, safe) if negated else _any(column, lambda one: _like(one, safe))

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
            bound = self.ordered()
            return _any(column, lambda one: _COMPARE[operator](this=one, expression=bound.copy()))
        word = _TRUTH.match(self.text, self.at) or _URI.match(self.text, self.at)
        first = self.value()
        if word is None and self.skip(".."):
            return self.within(column, operator, first)
        listed = [first]
        while self.skip(","):
            listed.append(self.value())
        if len(listed) > _MOST_LISTED:
            raise TooMuch(place=self.place, what="q", size=len(listed), limit=_MOST_LISTED)
        return _one_of(column, listed) if operator == "==" else _none_of(column, listed)

    def within(self, column: sql.Expression, operator: str, low: sql.Expression) -> sql.Expression:
        high = self.ordered()

        def inside(one: sql.Expression) -> sql.Expression:
            return sql.Between(this=one, low=low.copy(), high=high.copy())

        return _any(column, inside) if operator == "==" else _none(column, [inside])

    def value(self) -> sql.Expression:
        """What may be equal: anything."""
        if self.of_terms:
            return self.expanded_term()
        if truth := self.match(_TRUTH):
            return sql.Boolean(this=truth.group() == "true")
        if uri := self.match(_URI):
            return sql.Literal.string(uri.group())
        return self.ordered("a number, a time, true, false, a URI or a text in double quotes")

    def expanded_term(self) -> sql.Expression:
        """``Male`` or ``"Male"``: the term that it is in the words of who asks (4.9, ``expandValues``)."""
        if quoted := self.match(_QUOTED):
            return sql.Literal.string(self.stored(_ESCAPE.sub(_unescape, quoted.group(1))))
        if found := self.match(_URI) or self.match(_WORD):
            return sql.Literal.string(self.stored(found.group()))
        raise self.fault("a term")

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
    same = _any(column, lambda one: _same(one, listed))
    return sql.Paren(this=_balanced(sql.Or, [same, *_members(column, listed)]))


def _none_of(column: sql.Expression, listed: list[sql.Expression]) -> sql.Expression:
    """Neither the value nor any member of it, nor of another type. What is not there is neither this nor that."""
    return _none(column, [lambda one: _same(one, listed)], *_members(column, listed))


def _same(one: sql.Expression, listed: list[sql.Expression]) -> sql.Expression:
    copies = [value.copy() for value in listed]
    return sql.In(this=one, expressions=copies) if len(copies) > 1 else sql.EQ(this=one, expression=copies[0])


def _members(column: sql.Expression, listed: list[sql.Expression]) -> list[sql.Expression]:
    plain = [one.copy() for one in listed if isinstance(one, sql.Literal | sql.Boolean)]
    return [holds(column.name, plain)] if plain else []


Test = Callable[[sql.Expression], sql.Expression]


def _any(column: sql.Expression, test: Test) -> sql.Expression:
    """The value fits, or one of several."""
    found = test(column)
    beside = _beside(column, test)
    return found if beside is None else sql.Paren(this=sql.Or(this=found, expression=beside))


def _none(column: sql.Expression, tests: list[Test], *more: sql.Expression) -> sql.Expression:
    """There is something, and of all that it may be none fits."""
    fits = [sql.Coalesce(this=test(column.copy()), expressions=[sql.Boolean(this=False)]) for test in tests]
    several = [found for found in (_beside(column, test) for test in tests) if found is not None]
    others = [sql.Not(this=sql.Paren(this=one)) for one in (*fits, *several, *more)]
    return sql.Paren(this=_balanced(sql.And, [_there(column), *others]))


def _beside(column: sql.Expression, test: Test) -> sql.Expression | None:
    """One of several fits; ``None`` for what there is one of only."""
    if column.name in _OF_ENTITY or steps_of(column.name)[-1] in _TIMES:
        return None
    return some(f"{column.name}.*", test(member()))


def _there(column: sql.Expression) -> sql.Expression:
    last = column.name.rpartition(".")[2]
    asked = column if column.name in _OF_ENTITY or last in _TIMES else name(f"{column.name}.?")
    return sql.Not(this=sql.Is(this=asked.copy(), expression=sql.Null()))


def _like(one: sql.Expression, pattern: str) -> sql.Expression:
    return sql.RegexpLike(this=one, expression=sql.Literal.string(pattern))


def _unlike(column: sql.Expression, pattern: str) -> sql.Expression:
    """A text that the pattern does not match, or several of which it matches none."""

    def unlike(one: sql.Expression) -> sql.Expression:
        return sql.Not(this=_like(one, pattern))

    one, several = unlike(column), _beside(column, unlike)
    if several is None:
        return one
    none = sql.Not(this=_beside(column, lambda each: _like(each, pattern)))
    return sql.Paren(this=sql.And(this=sql.Paren(this=sql.Or(this=one, expression=several)), expression=none))


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
