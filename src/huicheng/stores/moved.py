"""What came of moving a table from one engine to another: counted and summed on both sides."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

_encode = msgspec.json.Encoder(order="sorted").encode


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """One table: the same here and there."""

    table: str
    rows: int
    #: Sum of the rows' SHA-256 (the first eight bytes of each), as hex.
    checksum: str


class Sum:
    """Rows of one side, in whatever order."""

    def __init__(self) -> None:
        self.rows = 0
        self._total = 0

    def add(self, values: list[Any]) -> None:
        """One more; what was JSON has gone through :func:`plain`."""
        self.rows += 1
        self._total += int.from_bytes(hashlib.sha256(_encode(values)).digest()[:8], "big")

    @property
    def checksum(self) -> str:
        """See :class:`Moved`."""
        return f"{self._total % (1 << 64):016x}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sum) and (self.rows, self.checksum) == (other.rows, other.checksum)

    __hash__ = None  # type: ignore[assignment]  # it grows


def plain(value: Any) -> Any:
    """JSON's whole numbers as texts: one engine writes 1e22 as it came, the other with all its digits."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return str(int(value)) if value == int(value) else value
