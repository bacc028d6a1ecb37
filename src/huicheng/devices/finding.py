"""Finding devices in the register: by words, kind, owner, and what is wrong with them (W1.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import msgspec
from sqlglot import expressions as sql

from huicheng import expressions
from huicheng.devices.register import DEVICE, limit_of, sensing, silent_after
from huicheng.expressions import Expression
from huicheng.platform import current
from huicheng.stores import Blocking, EntityQuery, Page, Stored
from huicheng.web.reading import Reader

PAGE_SIZE = 40
#: What the search looks into; ``name.zh`` where the name is in several languages.
_SOUGHT = ("id", "name", "name.zh", "name.en", "serialNumber", "modelName", "address")
#: What may be wrong: silent, weak battery, sends too much.
TROUBLES = ("silent", "weak", "flooding")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which devices; empty means any."""

    text: str = ""
    category: str = ""
    #: ``controlledProperty``.
    senses: str = ""
    state: str = ""
    #: Code of the owner unit.
    owner: str = ""
    #: Identifier of the network that they are on.
    network: str = ""
    #: One of :data:`TROUBLES`.
    trouble: str = ""

    @property
    def condition(self) -> Expression | None:
        """As a condition on attributes; ``None`` when every device is wanted."""
        equal = {
            "category": self.category,
            "deviceState": self.state,
            "ownerCode": self.owner,
            "refNetwork": self.network,
        }
        parts: list[sql.Expression] = [
            expressions.name(name).eq(sql.Literal.string(value)) for name, value in equal.items() if value
        ]
        if self.senses.isalpha():
            parts.append(sensing(self.senses))
        if self.trouble in TROUBLES:
            parts.append(_trouble(self.trouble))
        if _plain(self.text):
            sought = sql.or_(*(_like(name, _plain(self.text)) for name in _SOUGHT))
            parts.append(cast("sql.Expression", sought))
        if not parts:
            return None
        return expressions.from_tree(cast("sql.Expression", sql.and_(*parts)), expect="boolean")


def _trouble(name: str) -> sql.Expression:
    """By the limits of the pack's rules."""
    if name == "silent":
        return sql.GTE(this=expressions.name("silence"), expression=sql.Literal.number(silent_after()))
    if name == "weak":
        low = limit_of("battery", "battery_low") or 0.0
        return sql.LT(this=expressions.name("batteryLevel"), expression=sql.Literal.number(low))
    return sql.GT(this=expressions.name("flooding"), expression=sql.Literal.number(0))


def _like(name: str, text: str) -> sql.Expression:
    return sql.Like(this=expressions.name(name), expression=sql.Literal.string(f"%{text}%"))


def _plain(text: str) -> str:
    """Signs that stand for others are left out: nothing escapes in LIKE."""
    return text.strip().replace("%", "").replace("_", "").replace("\0", "")


def find_devices(reader: Reader, wanted: Wanted, number: int = 1, size: int = PAGE_SIZE) -> Page:
    """One page of what the reader may see, by identifier; ``number`` counts from 1."""
    query = EntityQuery(
        guard=reader.guard,
        types=(DEVICE,),
        where=wanted.condition,
        limit=size,
        offset=(number - 1) * size,
        count=True,
    )
    return Blocking(current().store).query(query)


def all_devices(reader: Reader, wanted: Wanted, size: int = 500) -> Iterator[list[Stored]]:
    """Every device that is wanted, page by page."""
    number, more = 1, True
    while more:
        found = find_devices(reader, wanted, number, size).entities
        yield found
        number, more = number + 1, len(found) == size
