"""Administrative divisions: district, town (or subdistrict), community (or village), by statistical code.

The code carries the tree (统计用区划代码): 6 digits a district (GB/T 2260), 9 a town, 12 a community.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from huicheng.errors import Invalid, NotFound

Level = Literal["district", "town", "community"]

_LEVELS: dict[int, Level] = {6: "district", 9: "town", 12: "community"}
_DIGITS = {level: digits for digits, level in _LEVELS.items()}


class Division(msgspec.Struct, frozen=True, kw_only=True):
    """One division."""

    code: str
    #: Official name, in Chinese; it has no official one in other languages.
    name: str

    @property
    def level(self) -> Level:
        """What it is."""
        return _LEVELS[len(self.code)]

    @property
    def parent(self) -> str | None:
        """Code of the division that it belongs to; ``None`` for a district."""
        return None if self.level == "district" else self.code[:-3]


class Divisions(Mapping[str, Division]):
    """The divisions of one or more districts, by code, in the order of codes."""

    def __init__(self, divisions: Iterable[Division]) -> None:
        self._all = {one.code: one for one in sorted(divisions, key=lambda one: one.code)}
        for one in self._all.values():
            self._check(one)

    def _check(self, one: Division) -> None:
        if not (one.code.isascii() and one.code.isdigit() and len(one.code) in _LEVELS):
            raise Invalid(place=one.name, why="“%(code)s” is not a division code of 6, 9 or 12 digits.", code=one.code)
        if one.parent is not None and one.parent not in self._all:
            raise Invalid(
                place=one.code,
                why="The division “%(parent)s” that “%(name)s” belongs to is missing.",
                parent=one.parent,
                name=one.name,
            )

    def __getitem__(self, code: str) -> Division:
        return self._all[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def at(self, level: Level) -> list[Division]:
        """All divisions of one level."""
        return [one for one in self._all.values() if one.level == level]

    def within(self, code: str) -> list[Division]:
        """The divisions directly below one."""
        return [one for one in self._all.values() if one.parent == code]

    def path(self, code: str) -> list[Division]:
        """From the district down to this division; ``NotFound`` for a code that is none."""
        if code not in self._all:
            raise NotFound(what="division", key=code)
        steps = (code[:digits] for digits in sorted(_LEVELS) if digits <= len(code))
        return [self._all[step] for step in steps]
