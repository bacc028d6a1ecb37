"""Indicators that the packs declare. The name of one is ``pack/indicator``."""

from __future__ import annotations

from huicheng.packs import Indicator
from huicheng.platform import current


def indicators() -> dict[str, Indicator]:
    """Every indicator by its name, in the packs' order."""
    return {f"{pack.id}/{key}": one for pack in current().packs for key, one in pack.indicators.items()}
