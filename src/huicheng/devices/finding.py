"""Finding devices in the register: by words, kind, owner, and what is wrong with them (W1.1)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from sqlglot import expressions as sql

from huicheng import expressions
from huicheng.devices.register import DEVICE, limit_of, sensing, silent_after
from huicheng.expressions import Expression
from huicheng.stores import Page, Stored
from huicheng.web.reading import Reader
from huicheng.web.sought import all_of, contains, equals

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
        conditions = [*equals(equal), *contains(_SOUGHT, self.text)]
        if self.senses.isalpha():
            conditions.append(sensing(self.senses))
        if self.trouble in TROUBLES:
            conditions.append(_trouble(self.trouble))
        return all_of(conditions)


def _trouble(name: str) -> sql.Expression:
    """By the limits of the pack's rules."""
    if name == "silent":
        return sql.GTE(this=expressions.name("silence"), expression=sql.Literal.number(silent_after()))
    if name == "weak":
        low = limit_of("battery", "battery_low") or 0.0
        return sql.LT(this=expressions.name("batteryLevel"), expression=sql.Literal.number(low))
    return sql.GT(this=expressions.name("flooding"), expression=sql.Literal.number(0))


def find_devices(reader: Reader, wanted: Wanted, number: int = 1, size: int = PAGE_SIZE) -> Page:
    """One page of what the reader may see."""
    return reader.page((DEVICE,), wanted.condition, number, size)


def all_devices(reader: Reader, wanted: Wanted) -> Iterator[list[Stored]]:
    """Every device that is wanted, some at a time."""
    return reader.every(DEVICE, wanted.condition, size=500)
