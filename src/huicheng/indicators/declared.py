"""Indicators and evaluation schemes that the packs declare: ``pack/indicator``, ``pack/kind/scheme``."""

from __future__ import annotations

import msgspec

from huicheng.errors import NotFound
from huicheng.packs import CaseKind, Category, Indicator, Scheme
from huicheng.platform import current


def indicators() -> dict[str, Indicator]:
    """Every indicator by its name, in the packs' order."""
    return {f"{pack.id}/{key}": one for pack in current().packs for key, one in pack.indicators.items()}


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """A scheme with the kinds that it counts."""

    #: ``pack/kind/scheme``.
    key: str
    scheme: Scheme
    #: ``pack/kind`` → the kind.
    kinds: dict[str, CaseKind]

    @property
    def categories(self) -> dict[str, Category]:
        """Those of every kind that it counts."""
        return {name: one for kind in self.kinds.values() for name, one in kind.categories.items()}


def kinds() -> dict[str, CaseKind]:
    """Every kind of case by its name."""
    return {f"{pack.id}/{key}": kind for pack in current().packs for key, kind in pack.kinds.items()}


def schemes() -> dict[str, Declared]:
    """Every scheme by its name, in the packs' order."""
    known = kinds()
    return {
        f"{name}/{key}": Declared(
            key=f"{name}/{key}", scheme=scheme, kinds={one: known[one] for one in scheme.kinds or [name]}
        )
        for name, kind in known.items()
        for key, scheme in kind.evaluation.items()
    }


def scheme_of(key: str) -> Declared:
    """One scheme; ``NotFound``."""
    found = schemes().get(key)
    if found is None:
        raise NotFound(what="evaluation scheme", key=key)
    return found
