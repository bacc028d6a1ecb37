"""What somebody typed into a search field, as terms of an index."""

from __future__ import annotations

import re

import msgspec

from huicheng.fulltext.tokens import chinese, runs, tokens

#: More is cut off: nobody types it, and each term costs a look-up.
_MOST_TERMS, _MOST_RUNS = 8, 24

#: A phrase in quotation marks of either script, or what stands between spaces.
_PART = re.compile(r'"([^"]*)"|“([^”]*)”|「([^」]*)」|(\S+)')


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """Signs that stand one after another."""

    #: Folded runs, in order.
    runs: tuple[str, ...]

    @property
    def match(self) -> str:
        """As FTS5 writes it: a phrase of tokens, its last one perhaps only begun."""
        *before, last = self.runs
        phrase = [token for run in before for token in tokens(run)]
        phrase += tokens(last, ends=False)
        begun = not chinese(last) or len(last) == 1
        return f'"{" ".join(phrase)}"{"*" if begun else ""}'


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """All of these terms must stand in it."""

    terms: tuple[Term, ...]

    def __bool__(self) -> bool:
        return bool(self.terms)

    @property
    def match(self) -> str:
        """As FTS5 writes it."""
        return " AND ".join(term.match for term in self.terms)

    @property
    def loosely(self) -> str:
        """As FTS5 writes that any pair of signs, word or number of it stands there: for whole sentences."""
        every = (token for term in self.terms for run in term.runs for token in tokens(run, ends=False))
        return " OR ".join(f'"{token}"' for token in dict.fromkeys(every))

    def within(self, columns: tuple[str, ...]) -> str:
        """The same in some columns of the table only."""
        return f"{{{' '.join(columns)}}} : ({self.match})"


def sought(text: str) -> Sought:
    """What must be found. Only punctuation is nothing: it is false, and finds nothing."""
    parts = ("".join(groups) for groups in _PART.findall(text))
    found = [tuple(runs(part)[:_MOST_RUNS]) for part in parts]
    return Sought(terms=tuple(Term(runs=one) for one in dict.fromkeys(found) if one)[:_MOST_TERMS])
