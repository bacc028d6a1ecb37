"""Which types and scopes are asked for (ETSI GS CIM 009, 4.17 and 4.19): small languages of names, ``;`` and ``,``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import cast

import msgspec
from sqlglot import expressions as sql

from huicheng.city import FURTHER_TYPES
from huicheng.context.faults import TooMuch
from huicheng.errors import Invalid
from huicheng.expressions import Expression, from_tree, name

_MOST_TERMS = 100
_DEEPEST = 16
_SCOPE_PART = re.compile(r"[\w.\-~%]+|\+")

Leaf = Callable[[str], sql.Expression]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Types that are asked for."""

    #: Every one that is named.
    named: tuple[str, ...]
    #: How they are combined; ``None``: any of them will do.
    tree: sql.Expression | None

    def where(self) -> Expression:
        """The condition on an entity's types, whichever of them leads."""
        tree = self.tree
        if tree is None:
            leaves = [_has_type(one) for one in self.named]
            tree = cast("sql.Expression", sql.Paren(this=sql.or_(*leaves)))
        return from_tree(tree.copy(), place="type", expect="boolean", patterns=True)


def asked_types(text: str, stored: Callable[[str], str], *, place: str = "type") -> Asked:
    """``A,B``, ``A|B``, ``A;B`` (both), parentheses."""
    named: dict[str, None] = {}

    def leaf(word: str) -> sql.Expression:
        named[stored(word)] = None
        return _has_type(stored(word))

    tree = _Reader(text, place, re.compile(r"[^\s,;|()\x00]+"), leaf).all()
    plain = not any(sign in text for sign in ";()")
    return Asked(named=tuple(named), tree=None if plain else tree)


def types_named(text: str, stored: Callable[[str], str]) -> frozenset[str]:
    """Every one that is named, however they are combined; none in a text without any."""
    return frozenset(asked_types(text, stored).named) if text else frozenset()


def _has_type(type: str) -> sql.Expression:
    first = sql.EQ(this=name("type"), expression=sql.Literal.string(type))
    further = sql.RegexpLike(this=name(FURTHER_TYPES), expression=sql.Literal.string(f'"{re.escape(type)}"'))
    return sql.Paren(this=sql.Or(this=first, expression=further))


def scope_condition(text: str, *, place: str = "scopeQ") -> sql.Expression:
    """``/A/B``, ``/A/+``, ``/A/#``; ``;`` is and, ``,`` and ``|`` are or."""
    return _Reader(text, place, re.compile(r"/[^\s,;|()\x00]*"), lambda word: _in_scope(word, place)).all()


def scope_pattern(word: str, place: str = "scopeQ") -> str:
    """The regular expression that a scope of JSON text must match."""
    steps = word.removeprefix("/").split("/")
    open_end = steps[-1] == "#"
    parts = steps[:-1] if open_end else steps
    if not all(_SCOPE_PART.fullmatch(one) for one in parts):
        raise Invalid(place=place, why="“%(scope)s” is no scope.", scope=word[:80])
    fixed = "".join("/" + ('[^/"]+' if one == "+" else re.escape(one)) for one in parts)
    return f'"{fixed}(/[^"]*)?"' if open_end else f'"{fixed}"'


def _in_scope(word: str, place: str) -> sql.Expression:
    return sql.RegexpLike(this=name("scope"), expression=sql.Literal.string(scope_pattern(word, place)))


class _Reader:
    """A cursor over the text; ``;`` binds closer than ``,`` and ``|``."""

    def __init__(self, text: str, place: str, word: re.Pattern[str], leaf: Leaf) -> None:
        self.text, self.place, self.word, self.leaf = text, place, word, leaf
        self.at = self.terms = 0

    def all(self) -> sql.Expression:
        tree = self.alternatives(0)
        if self.at < len(self.text):
            raise self.fault()
        return tree

    def alternatives(self, depth: int) -> sql.Expression:
        return self.joined(",|", sql.Or, lambda: self.joined(";", sql.And, lambda: self.term(depth)))

    def joined(self, marks: str, kind: type[sql.Connector], read: Callable[[], sql.Expression]) -> sql.Expression:
        tree: sql.Expression = read()
        while self.skip(marks):
            tree = cast("sql.Expression", kind(this=tree, expression=read()))
        return tree

    def term(self, depth: int) -> sql.Expression:
        self.terms += 1
        if self.terms > _MOST_TERMS or depth > _DEEPEST:
            raise TooMuch(place=self.place, what=self.place, size=f"> {_MOST_TERMS}", limit=_MOST_TERMS)
        if self.skip("("):
            inner = self.alternatives(depth + 1)
            if not self.skip(")"):
                raise self.fault()
            return sql.Paren(this=inner)
        found = self.word.match(self.text, self.at)
        if found is None:
            raise self.fault()
        self.at = found.end()
        return self.leaf(found.group())

    def skip(self, marks: str) -> bool:
        there = self.at < len(self.text) and self.text[self.at] in marks
        self.at += there
        return there

    def fault(self) -> Invalid:
        return Invalid(
            place=self.place, why="%(name)s cannot be read at character %(at)s.", name=self.place, at=self.at + 1
        )


def both(conditions: Iterable[Expression | None]) -> Expression | None:
    """All of them as one."""
    there = [one for one in conditions if one is not None]
    if len(there) < 2:
        return there[0] if there else None
    tree = cast("sql.Expression", sql.and_(*(one.tree.copy() for one in there)))
    names = frozenset[str]().union(*(one.names for one in there))
    return Expression(text=" AND ".join(one.text for one in there), tree=tree, names=names)
