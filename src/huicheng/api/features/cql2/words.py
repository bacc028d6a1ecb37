"""The words of a filter."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from huicheng.errors import Invalid

PLACE = "filter"
#: A filter longer than this, or of more words, is refused: its reader must stay quick.
_LONGEST = 20_000
_MOST = 4_000

_WORD = re.compile(
    r"""\s*(?:
    (?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<text>'(?:[^'\\]|\\'|''|\\)*')
  | (?P<quoted>"(?:[^"]|"")+")
  | (?P<name>[^\W\d][\w:.]*)
  | (?P<sign><=|>=|<>|[=<>(),])
)""",
    re.VERBOSE,
)


class Word(msgspec.Struct, frozen=True):
    """One word, its kind, and where it begins and ends."""

    kind: str
    text: str
    at: int
    end: int

    def says(self, *words: str) -> bool:
        """Whether it is one of these words of the language, in whichever case."""
        return self.kind == "name" and self.text.upper() in words


def words(text: str) -> list[Word]:
    """All of them, and one of kind ``end``."""
    if len(text) > _LONGEST:
        raise Invalid(place=PLACE, why="It is longer than %(most)s characters.", most=_LONGEST)
    found = list(_words(text))
    if len(found) > _MOST:
        raise Invalid(place=PLACE, why="It has more than %(most)s words.", most=_MOST)
    return found


def _words(text: str) -> Iterator[Word]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _WORD.match(text, at)
        if match is None:
            raise Invalid(
                place=PLACE,
                why="It cannot be read from character %(at)s: “%(text)s”.",
                at=at + 1,
                text=text[at : at + 20],
            )
        kind = match.lastgroup or ""
        yield Word(kind, match[kind], match.start(kind), match.end())
        at = match.end()
    yield Word("end", "", end, end)
