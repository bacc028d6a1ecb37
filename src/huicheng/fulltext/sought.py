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
    def phrase(self) -> list[str]:
        """The tokens that stand one after another."""
        *before, last = self.runs
        return [*(token for run in before for token in tokens(run)), *tokens(last, ends=False)]

    @property
    def begun(self) -> bool:
        """Whether the last token may go on: a word that is still being typed, or one Chinese sign alone."""
        last = self.runs[-1]
        return not chinese(last) or len(last) == 1


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """All of these terms must stand in it."""

    terms: tuple[Term, ...]

    def __bool__(self) -> bool:
        return bool(self.terms)

    @property
    def parts(self) -> list[str]:
        """Every pair of signs, word or number of it, each once."""
        every = (token for term in self.terms for run in term.runs for token in tokens(run, ends=False))
        return list(dict.fromkeys(every))


def sought(text: str) -> Sought:
    """What must be found. Only punctuation is nothing: it is false, and finds nothing."""
    parts = ("".join(groups) for groups in _PART.findall(text))
    found = [tuple(runs(part)[:_MOST_RUNS]) for part in parts]
    return Sought(terms=tuple(Term(runs=one) for one in dict.fromkeys(found) if one)[:_MOST_TERMS])
