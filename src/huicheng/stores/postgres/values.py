"""Values as every engine's readers have them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any


def plain(value: Any) -> Any:
    """Numbers as SQLite has them."""
    return float(value) if isinstance(value, Decimal) else value
