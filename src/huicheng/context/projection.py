"""``pick`` and ``omit``: which members of an entity, and of those that it points to, are shown (CIM 009, 4.21)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from huicheng.context.names import Names
from huicheng.errors import Invalid

_WORD = re.compile(r"[\w@][^\s,;|{}\"'<>()\[\]=&?!]*")
_MOST_DEEP = 10
_CORE = frozenset({"id", "type", "scope", "createdAt", "modifiedAt", "expiresAt"})

#: Member → what is picked or omitted of the entity that it points to; ``None`` stops at the member.
Tree = Mapping[str, "Tree | None"]


def read_tree(text: str | None, names: Names, *, place: str) -> Tree | None:
    """``id,locatedAt{id,name}``; ``None`` when it is not asked for, ``Invalid`` where it breaks off."""
    if not text:
        return None
    reader = _Reader(text, names, place)
    tree = reader.members(0)
    if reader.at < len(text):
        raise reader.fault()
    return tree


class _Reader:
    """A cursor over the text."""

    def __init__(self, text: str, names: Names, place: str) -> None:
        self.text, self.names, self.place = text, names, place
        self.at = 0

    def members(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while True:
            word = _WORD.match(self.text, self.at)
            if word is None or depth > _MOST_DEEP:
                raise self.fault()
            self.at = word.end()
            name = word.group() if word.group() in _CORE else self.names.stored(word.group())
            found[name] = self.inner(depth) if self.skip("{") else None
            if not self.skip(","):
                return found

    def inner(self, depth: int) -> dict[str, Any]:
        found = self.members(depth + 1)
        if not self.skip("}"):
            raise self.fault()
        return found

    def skip(self, mark: str) -> bool:
        if not self.text.startswith(mark, self.at):
            return False
        self.at += 1
        return True

    def fault(self) -> Invalid:
        return Invalid(
            place=self.place,
            why="%(name)s cannot be read at character %(at)s: names with commas between them are expected.",
            name=self.place,
            at=self.at + 1,
        )


def projected(shown: dict[str, Any], pick: Tree | None, omit: Tree | None) -> dict[str, Any]:
    """What is left of an entity."""
    if pick is not None:
        shown = {name: held for name, held in shown.items() if name in pick}
    if omit is not None:
        shown = {name: held for name, held in shown.items() if name not in omit or omit[name] is not None}
    return shown


def below(tree: Tree | None, name: str) -> Tree | None:
    """What is said of the entity that a member points to."""
    return None if tree is None else tree.get(name)


def refuse_contradiction(pick: Tree | None, omit: Tree | None, *, attributes: bool) -> None:
    """``pick`` and ``omit`` do not name the same, and neither stands beside ``attrs``."""
    if attributes and (pick is not None or omit is not None):
        raise Invalid(place="attrs", why="attrs cannot stand beside pick or omit.")
    both = (pick or {}).keys() & (omit or {}).keys()
    if any(pick and omit and pick[name] is None and omit[name] is None for name in both):
        raise Invalid(place="omit", why="The same member is picked and omitted.")
