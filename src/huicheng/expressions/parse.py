"""From text, or from a tree built by code, to a checked expression."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

import sqlglot
from sqlglot import expressions as sql
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from huicheng.expressions.check import MEETS, Checker
from huicheng.expressions.expression import Expression, ExpressionError, Type
from huicheng.expressions.shape import HOLDS, MEMBER, SOME

#: An expression is a sentence, not a program; beyond these it is an attack or a mistake.
MAX_LENGTH = 4_000
MAX_TOKENS = 600
MAX_PARENTHESES = 24
MAX_DEPTH = 64


class OpenNames(dict[str, Type]):
    """Declared names, and every other name with a type that only its value will show."""

    def __missing__(self, name: str) -> Type:
        return "any"


def parse(
    text: str,
    names: Mapping[str, Type],
    *,
    place: str = "",
    expect: Type | None = None,
    tables: Collection[str] = (),
) -> Expression:
    """Check ``text`` against the declared ``names`` and ``tables``.

    ``place`` says where it stands (a file and line, a parameter) and leads the error's sentence.
    ``expect`` is the type that its value must have. Raises :class:`ExpressionError`.
    """
    _bound(text, place)
    try:
        tree = cast("sql.Expression", sqlglot.parse_one(text))
    except ParseError as fault:
        raise _syntax(fault, place) from None
    except (SqlglotError, RecursionError, ValueError):
        raise ExpressionError(why="This is not an expression.", place=place) from None
    return _checked(tree, Checker(text=text, names=names, tables=tables, place=place), expect)


def from_tree(  # noqa: PLR0913 - one option of the caller each, by name
    tree: sql.Expression,
    names: Mapping[str, Type] | None = None,
    *,
    place: str = "",
    expect: Type | None = None,
    tables: Collection[str] = (),
    patterns: bool = False,
    places: bool = False,
) -> Expression:
    """Check a tree built by code; without ``names`` every name is of type ``any``.

    ``patterns`` lets ``RegexpLike``, :func:`holds` and :func:`some` stand in it, ``places`` :func:`meets`: the caller
    has bounded what they cost.
    Names are made by :func:`name`, values by sqlglot's ``Literal`` and ``Boolean``, and :func:`moment`.
    """
    declared = OpenNames() if names is None else names
    _bound_depth(tree, place)
    checker = Checker(text=tree.sql(), names=declared, tables=tables, place=place)
    checker.patterns, checker.places = patterns, places
    return _checked(tree, checker, expect)


def name(path: str) -> sql.Expression:
    """The tree of a name, dotted or not (see :func:`steps_of`); nothing in it is interpreted."""
    return sql.column(sql.to_identifier(path, quoted=True))


def moment(rfc3339: str) -> sql.Expression:
    """The tree of an instant given as RFC 3339 text."""
    return sql.Cast(this=sql.Literal.string(rfc3339), to=sql.DataType.build("TIMESTAMP"))


def meets(path: str, geometry: str) -> sql.Expression:
    """The tree that is true where the place under a name has a point in common with a GeoJSON geometry."""
    return sql.Anonymous(this=MEETS, expressions=[name(path), sql.Literal.string(geometry)])


def holds(path: str, members: Sequence[sql.Expression]) -> sql.Expression:
    """The tree that is true where the list under a name has one of these members; false for anything but a list.

    Each is a ``Literal`` or a ``Boolean``.
    """
    return sql.Anonymous(this=HOLDS, expressions=[name(path), *members])


def some(path: str, condition: sql.Expression) -> sql.Expression:
    """The tree that is true where the condition holds of a member of the list under a name; false for anything else.

    In the condition, a comparison, :func:`member` stands for the member.
    """
    return sql.Anonymous(this=SOME, expressions=[name(path), condition])


def member() -> sql.Expression:
    """The tree of what :func:`some` asks about."""
    return name(MEMBER)


def _checked(tree: sql.Expression, checker: Checker, expect: Type | None) -> Expression:
    _bound_depth(tree, checker.place)
    checked, kind = checker.whole(tree, expect)
    return Expression(
        text=checker.text,
        tree=checked,
        names=frozenset(checker.read),
        type=kind,
        tables=frozenset(checker.read_tables),
    )


def _bound(text: str, place: str) -> None:
    """Refuse what would cost the parser its stack or its time, before it sees it."""
    if not text.strip():
        raise ExpressionError(why="The expression is empty.", place=place)
    if len(text) > MAX_LENGTH or "\0" in text:
        raise ExpressionError(
            why="It is longer than %(most)s characters, or holds a NUL.", most=MAX_LENGTH, place=place
        )
    try:
        tokens = sqlglot.tokenize(text)
    except SqlglotError:
        raise ExpressionError(why="A quotation mark is not closed.", place=place) from None
    if len(tokens) > MAX_TOKENS:
        raise ExpressionError(why="It has more than %(most)s words.", most=MAX_TOKENS, place=place)
    _bound_nesting(tokens, place)


#: Each of these makes the parser call itself.
_OPENS = {TokenType.L_PAREN, TokenType.CASE, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.NOT, TokenType.DASH}
_CLOSES = {TokenType.R_PAREN, TokenType.END, TokenType.R_BRACKET, TokenType.R_BRACE}
_PREFIXES = {TokenType.NOT, TokenType.DASH}


def _bound_nesting(tokens: list[Token], place: str) -> None:
    depth = prefixes = 0
    for token in tokens:
        if token.token_type == TokenType.SEMICOLON:
            raise ExpressionError(
                why="Only one expression may stand here.", line=token.line, column=token.col, place=place
            )
        prefixes = prefixes + 1 if token.token_type in _PREFIXES else 0
        depth += (token.token_type in _OPENS - _PREFIXES) - (token.token_type in _CLOSES)
        if depth > MAX_PARENTHESES or prefixes > MAX_PARENTHESES:
            raise ExpressionError(
                why="It is nested more than %(most)s deep.",
                most=MAX_PARENTHESES,
                line=token.line,
                column=token.col,
                place=place,
            )


def _syntax(fault: ParseError, place: str) -> ExpressionError:
    first = fault.errors[0] if fault.errors else {}
    return ExpressionError(
        why="Something is wrong at “%(words)s”." if first.get("highlight") else "Something is wrong at the end.",
        words=first.get("highlight"),
        line=first.get("line") or 1,
        column=first.get("col") or 1,
        place=place,
    )


def _bound_depth(tree: sql.Expression, place: str) -> None:
    """Without recursion: the tree may be deeper than the stack."""
    stack: list[tuple[Any, int]] = [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise ExpressionError(why="It is nested more than %(most)s deep.", most=MAX_DEPTH, place=place)
        stack.extend((child, depth + 1) for child in node.iter_expressions())
