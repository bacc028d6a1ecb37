"""A text made of columns: ``{year}-{month:0>2}-{day:0>2}`` (``made`` in ``sources.yaml``).

``[{lon}, {lat}]`` is a place of two columns, ``{trip}-{stop}`` a key of two; a text without places is the same in
every row (the one station that a file is about). ``{{`` and ``}}`` are braces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter
from typing import Any, NamedTuple

#: Filling sign, alignment and width: all that a key, a time or a place can want.
_SPEC = re.compile(r"(?:.?[<>^])?0?\d{0,3}")


class _Part(NamedTuple):
    before: str
    #: "" at the end of the text.
    column: str
    spec: str


class Template:
    """One text with places. Raises ``ValueError`` for one that cannot be read."""

    def __init__(self, text: str) -> None:
        self._parts = [_part(*found) for found in Formatter().parse(text)]
        #: The columns that it is made of.
        self.columns = tuple(dict.fromkeys(part.column for part in self._parts if part.column))

    def fill(self, cells: Mapping[str, Any]) -> str:
        """The text with the value of each column in its places."""
        return "".join(before + (format(cells[column], spec) if column else "") for before, column, spec in self._parts)


def _part(before: str, column: str | None, spec: str | None, conversion: str | None) -> _Part:
    if column == "":
        raise ValueError("a place names no column")
    if conversion is not None or _SPEC.fullmatch(spec or "") is None:
        raise ValueError(
            f"after “{column}” there may be a filling sign, an alignment and a width, such as {{month:0>2}}"
        )
    return _Part(before, column or "", spec or "")
