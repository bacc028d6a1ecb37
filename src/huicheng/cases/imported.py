"""A row of a file as a case that happened elsewhere: what its columns say, or what is wrong with them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from huicheng.city import Instant, micros
from huicheng.ingest import Reject, Row
from huicheng.packs import CaseImport, Delivered

_LONGEST_TITLE, _LONGEST_ADDRESS = 200, 200
#: Longer texts are cut, as the form of a report would refuse them.
_LONGEST_TEXT = 4_000


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What a row says."""

    line: int
    #: The sender's own number.
    key: str
    opened: Instant
    #: ``None`` = still open.
    closed: Instant | None
    category: str
    title: str
    description: str
    address: str
    place: tuple[float, float] | None
    answers: dict[str, str]
    closing: dict[str, str]


class Unusable(Exception):
    """A row that is no case; who reads the file knows its line. No user sees it: it becomes a Reject."""

    def __init__(self, column: str, value: str, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.column, self.value, self.reason, self.remedy = column, value, reason, remedy

    def at(self, line: int) -> Reject:
        """The reject of that line."""
        return Reject(line=line, column=self.column, value=self.value, reason=self.reason, remedy=self.remedy)


class RowReader:
    """Reads the rows of one file by its declaration."""

    def __init__(self, declared: CaseImport) -> None:
        self.declared = declared
        self.columns = declared.columns()
        self._zone = ZoneInfo(declared.zone) if declared.zone else None
        self._missing = frozenset(declared.missing)

    def read(self, row: Row) -> Imported:
        """What the row says; ``Unusable``."""
        if row.flawed is not None:
            problem, remedy = row.flawed.sentence
            raise Unusable("", "", problem % row.flawed.details, remedy % row.flawed.details)
        one = self.declared
        cells = {name: self._text(cell) for name, cell in zip(self.columns, row.cells, strict=True)}
        opened, closed = self._needed(cells, one.opened, self._instant), self._closed(cells)
        if closed is not None and closed < opened:
            raise Unusable(one.closed, cells[one.closed], "It was closed before it was opened.", "Correct one.")
        return Imported(
            line=row.line,
            key=self._needed(cells, one.key, lambda _, text: text),
            opened=opened,
            closed=closed,
            category=_ours(one.category, cells),
            title=_joined(cells, one.title, " · ")[:_LONGEST_TITLE] or one.name["zh-hans"],
            description=_joined(cells, one.description, "\n")[:_LONGEST_TEXT],
            address=cells.get(one.address, "")[:_LONGEST_ADDRESS],
            place=self._place(cells),
            answers=_known(one.answers, cells),
            closing=_known(one.closing, cells),
        )

    def _text(self, cell: Any) -> str:
        text = cell.isoformat() if isinstance(cell, datetime) else "" if cell is None else str(cell)
        text = text.replace("\0", "").strip()
        return "" if text in self._missing else text

    def _needed(self, cells: Mapping[str, str], column: str, read: Callable[[str, str], Any]) -> Any:
        if not cells[column]:
            raise Unusable(column, "", "The cell is empty.", "Every row needs it.")
        return read(column, cells[column])

    def _closed(self, cells: Mapping[str, str]) -> Instant | None:
        column = self.declared.closed
        return self._instant(column, cells[column]) if column and cells[column] else None

    def _instant(self, column: str, text: str) -> Instant:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise Unusable(column, text, "This is not a time.", "Write it as 2026-03-01T09:00:00+08:00.") from None
        moment = moment.replace(tzinfo=moment.tzinfo or self._zone)
        if moment.tzinfo is None:
            raise Unusable(column, text, "The time has no zone.", "Say “zone” in imports.yaml.")
        return micros(moment)

    def _place(self, cells: Mapping[str, str]) -> tuple[float, float] | None:
        """``None`` where there is none; a position that is none is a flaw, and not silently away."""
        names = (self.declared.longitude, self.declared.latitude)
        texts = [cells.get(name, "") for name in names]
        if not all(texts):
            return None
        longitude, latitude = (_degrees(name, text) for name, text in zip(names, texts, strict=True))
        if longitude == latitude == 0:
            return None
        if abs(longitude) > 180 or abs(latitude) > 90:
            raise Unusable(names[1], texts[1], "This is no place on the earth.", "Longitude and latitude, WGS 84.")
        return longitude, latitude


def _degrees(column: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Unusable(column, text, "This is not a number.", "Degrees with a point: 109.19")
    return value


def _joined(cells: Mapping[str, str], columns: list[str], between: str) -> str:
    return between.join(text for text in dict.fromkeys(cells[name] for name in columns) if text)


def _ours(delivered: Delivered, cells: Mapping[str, str]) -> str:
    """The value in our words; ``Unusable`` where nobody said what it is."""
    text = cells[delivered.column]
    found = delivered.values.get(text, delivered.otherwise) if delivered.values else text or delivered.otherwise
    if not found:
        remedy = "Add it to “values” in imports.yaml, or say “otherwise”."
        raise Unusable(delivered.column, text, "Nobody said what this value is here.", remedy)
    return found


def _known(fields: Mapping[str, Delivered], cells: Mapping[str, str]) -> dict[str, str]:
    """The answers that the row gives; an empty cell gives none."""
    return {name: _ours(one, cells) for name, one in fields.items() if cells[one.column]}
