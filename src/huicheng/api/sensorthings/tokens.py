"""The words of a ``$filter`` or ``$orderby``."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from huicheng.errors import Invalid

#: An option longer than this, or of more words, is refused: its reader must stay quick.
_LONGEST = 20_000
_MOST = 4_000

_INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+\- ]\d\d:?\d\d)"
_TOKEN = re.compile(
    rf"""\s*(?:
    (?P<interval>{_INSTANT}/{_INSTANT})
  | (?P<instant>{_INSTANT})
  | (?P<date>\d{{4}}-\d\d-\d\d)
  | (?P<clock>\d\d:\d\d(?::\d\d(?:\.\d{{1,9}})?)?)
  | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
  | (?P<geography>geography'[^']*')
  | (?P<duration>duration'[^']*')
  | (?P<text>'(?:[^']|'')*')
  | (?P<path>[@A-Za-z_][\w.@\-]*(?:/[@A-Za-z_][\w.@\-]*)*)
  | (?P<sign>[(),])
)""",
    re.VERBOSE,
)


class Token(msgspec.Struct, frozen=True):
    """One word, its kind, and where it begins."""

    kind: str
    text: str
    at: int


def tokens(text: str, place: str) -> list[Token]:
    """All of them, and one of kind ``end``."""
    if len(text) > _LONGEST:
        raise Invalid(place=place, why="It is longer than %(most)s characters.", most=_LONGEST)
    found = list(_tokens(text, place))
    if len(found) > _MOST:
        raise Invalid(place=place, why="It has more than %(most)s words.", most=_MOST)
    return found


def _tokens(text: str, place: str) -> Iterator[Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.end() == at:
            raise Invalid(
                place=place,
                why="It cannot be read from character %(at)s: “%(text)s”.",
                at=at + 1,
                text=text[at : at + 20],
            )
        kind = match.lastgroup or ""
        yield Token(kind, match[kind], match.start(kind))
        at = match.end()
    yield Token("end", "", end)
