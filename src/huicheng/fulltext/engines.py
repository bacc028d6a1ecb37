"""How a database writes what its full-text index keeps, and what is sought in it: two engines, one meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol
from unicodedata import combining, normalize

from huicheng.fulltext.sought import Sought, Term
from huicheng.fulltext.tokens import indexed

#: A tsvector's own bounds: positions, and bytes of a lexeme. What goes beyond is cut off and not found.
_LAST, _LONGEST = 16_383, 2_046
#: Positions between two columns, so that no phrase goes across.
_APART = 2
#: A tsvector's weights; a column each.
_WEIGHTS = "ABCD"
_QUOTED = re.compile(r"(['\\])")


class Engine(Protocol):
    """Words of one database for a table of some text columns."""

    def kept(self, texts: Sequence[str]) -> tuple[str, ...]:
        """What a row keeps of its texts, one for each column: parameters of its statement."""

    def match(self, sought: Sought, columns: Sequence[str], within: Sequence[str]) -> str:
        """All terms stand in the row, each in some column of ``within``; ``columns`` are all, in order."""

    def loosely(self, sought: Sought) -> str:
        """Any pair of signs, word or number of it stands there: for whole sentences."""


class Fts5:
    """SQLite's FTS5 with ``unicode61``; a table has a column for each text."""

    def kept(self, texts: Sequence[str]) -> tuple[str, ...]:
        """See :meth:`Engine.kept`."""
        return tuple(map(indexed, texts))

    def match(self, sought: Sought, columns: Sequence[str], within: Sequence[str]) -> str:
        """See :meth:`Engine.match`."""
        asked = " AND ".join(f'"{" ".join(one.phrase)}"{"*" if one.begun else ""}' for one in sought.terms)
        return asked if set(within) == set(columns) else f"{{{' '.join(within)}}} : ({asked})"

    def loosely(self, sought: Sought) -> str:
        """See :meth:`Engine.loosely`."""
        return " OR ".join(f'"{token}"' for token in sought.parts)


class TsVector:
    """PostgreSQL's ``tsvector``, written by us: its own parsers know no Chinese. A weight tells a column."""

    def kept(self, texts: Sequence[str]) -> tuple[str, ...]:
        """See :meth:`Engine.kept`: one vector, at most four texts."""
        return (" ".join(_lexemes(texts)),)

    def match(self, sought: Sought, columns: Sequence[str], within: Sequence[str]) -> str:
        """See :meth:`Engine.match`."""
        all_of_them = set(within) == set(columns)
        weights = "" if all_of_them else "".join(_WEIGHTS[columns.index(name)] for name in within)
        return " & ".join(_phrase(one, weights) for one in sought.terms)

    def loosely(self, sought: Sought) -> str:
        """See :meth:`Engine.loosely`."""
        return " | ".join(map(_lexeme, sought.parts))


def engine(vendor: str) -> Engine:
    """Of a database, by Django's word for it."""
    return _ENGINES[vendor]


_ENGINES: dict[str, Engine] = {"sqlite": Fts5(), "postgresql": TsVector()}


def _lexemes(texts: Sequence[str]) -> Iterator[str]:
    at = 0
    for weight, text in zip(_WEIGHTS, texts, strict=False):
        for token in indexed(text).split():
            at += 1
            if at > _LAST:
                return
            yield f"{_lexeme(token)}:{at}{weight}"
        at += _APART


def _phrase(term: Term, weights: str) -> str:
    *before, last = (_lexeme(token) for token in term.phrase)
    ends = ("*" if term.begun else "") + weights
    parts = [*(f"{one}:{weights}" if weights else one for one in before), f"{last}:{ends}" if ends else last]
    return f"({' <-> '.join(parts)})"


def _lexeme(token: str) -> str:
    """In quotation marks. Without accents, as SQLite's tokenizer compares."""
    bare = "".join(sign for sign in normalize("NFD", token) if not combining(sign))
    cut = bare.encode()[:_LONGEST].decode("utf-8", "ignore") if len(bare) > _LONGEST // 4 else bare
    return "'" + _QUOTED.sub(r"\1\1", cut) + "'"
