"""Where in a text something was found, for people to see."""

from __future__ import annotations

import re

import msgspec

from huicheng.fulltext.sought import Sought, Term
from huicheng.fulltext.tokens import folded_with_origins

#: Signs before the first hit, and in all.
_BEFORE, _LONGEST = 18, 90
_MORE = "…"


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the text as it was written; a page escapes it."""

    text: str
    hit: bool = False


def excerpt(text: str, sought: Sought, longest: int = _LONGEST) -> list[Piece]:
    """The stretch around the first hit, hits apart from the rest; empty when nothing is found in it."""
    hits = _hits(text, sought)
    if not hits:
        return []
    start = max(0, hits[0][0] - _BEFORE) if len(text) > longest else 0
    end = min(len(text), start + longest)
    pieces = [Piece(text=_MORE)] if start else []
    pieces += _cut(text, start, end, hits)
    return [*pieces, Piece(text=_MORE)] if end < len(text) else pieces


def _cut(text: str, start: int, end: int, hits: list[tuple[int, int]]) -> list[Piece]:
    pieces, at = list[Piece](), start
    for first, after in hits:
        if first >= end or after <= at:
            continue
        pieces += [Piece(text=text[at:first])] if first > at else []
        at_hit, at = max(at, first), min(after, end)
        pieces.append(Piece(text=text[at_hit:at], hit=True))
    return [*pieces, Piece(text=text[at:end])] if at < end else pieces


def _hits(text: str, sought: Sought) -> list[tuple[int, int]]:
    """Where hits begin and end in the text as it was written: in order, without overlap."""
    read, origins = folded_with_origins(text)
    found = sorted(
        (origins[match.start()], origins[match.end() - 1] + 1)
        for term in sought.terms
        for match in _pattern(term).finditer(read)
    )
    apart: list[tuple[int, int]] = []
    for start, end in found:
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def _pattern(term: Term) -> re.Pattern[str]:
    """Runs with anything but letters between them."""
    return re.compile(r"[\W_]*".join(map(re.escape, term.runs)))
