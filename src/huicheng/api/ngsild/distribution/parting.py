"""Who gets which part of a write (CIM 009, 4.3.6): exclusive sources first, then redirect, the rest stays here.

Inclusive sources get what stays here, too; auxiliary ones are never written to.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from huicheng.context import Cover, Registration

Party = tuple[Registration, Cover]


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """What one source gets."""

    registration: Registration
    #: Attributes, by stored names.
    attributes: frozenset[str]
    #: Everything, so that the body goes as it came.
    whole: bool
    #: Whether it was registered for the operation. One that is not, and holds the data alone, is a failure.
    able: bool


class Division(msgspec.Struct, frozen=True, kw_only=True):
    """All shares of one write."""

    shares: list[Share]
    #: What is written here; ``None``: nothing happens here.
    here: frozenset[str] | None


def divide(parties: Sequence[Party], attributes: frozenset[str], operations: Collection[str]) -> Division:
    """``operations``: any of them will do. Without attributes the write is about the entity as such."""
    shares: list[Share] = []
    left, gone = attributes, False
    for mode in ("exclusive", "redirect"):
        taken: frozenset[str] = frozenset()
        for registration, held in _of_mode(parties, mode):
            part = held.of(left)
            if part or not attributes:
                shares.append(_share(registration, part, attributes, operations))
                taken |= part
                # A redirect of whole entities leaves nothing of them here.
                gone = gone or (mode == "redirect" and held.attributes is None)
        left -= taken
    gone = gone if not attributes else not left
    if not gone:
        shares += _inclusive(parties, left, attributes, operations)
    return Division(shares=shares, here=None if gone else left)


def _inclusive(
    parties: Sequence[Party], left: frozenset[str], attributes: frozenset[str], operations: Collection[str]
) -> list[Share]:
    found = [(one, held.of(left)) for one, held in _of_mode(parties, "inclusive")]
    shares = [_share(one, part, attributes, operations) for one, part in found if part or not attributes]
    return [one for one in shares if one.able]


def _of_mode(parties: Sequence[Party], mode: str) -> list[Party]:
    return [one for one in parties if one[0].offer.mode == mode]


def _share(
    registration: Registration, part: frozenset[str], attributes: frozenset[str], operations: Collection[str]
) -> Share:
    able = not registration.offer.able.isdisjoint(operations)
    return Share(registration=registration, attributes=part, whole=part == attributes, able=able)
