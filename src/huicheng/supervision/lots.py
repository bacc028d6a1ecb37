"""Drawing lots that anybody can draw again (双随机): the same seed and register give the same result, on any machine.

Method, in words that another program can follow (docs/reference/supervision.md):

1. The seed is SHA-256 of 32 committed bytes, a zero byte, and words that somebody else says at the draw.
2. The chance of an object is u = (HMAC-SHA-256(seed, "object" 0x00 id) + 1) / 2**256, with 0 < u <= 1.
3. Its rank is -ln(u) / weight (Efraimidis and Spirakis, 2006: weighted, without replacement); the smallest come first.
4. Inspectors of an object: those without a conflict, fewest lots so far first, then by HMAC-SHA-256(seed,
   "inspector" 0x00 object 0x00 inspector).

Logarithms are taken by :mod:`decimal` at 50 digits, correctly rounded; floating point's are not, everywhere.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from decimal import Context, Decimal
from hashlib import sha256

import msgspec

_EXACTLY = Context(prec=50)
_SPACE = Decimal(2) ** 256


class Lot(msgspec.Struct, frozen=True, kw_only=True):
    """An object of the register and its weight (a positive decimal number as text)."""

    id: str
    weight: str


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """An object that was drawn, with who inspects it."""

    id: str
    inspectors: tuple[str, ...]


def commitment(secret: bytes) -> str:
    """What is published before the draw: SHA-256 of the committed bytes."""
    return sha256(secret).hexdigest()


def seed_of(secret: bytes, words: str) -> bytes:
    """The seed: nobody who knew only the secret, or only the words, could foresee it."""
    return sha256(secret + b"\0" + words.encode()).digest()


def choose(seed: bytes, lots: Sequence[Lot], number: int) -> list[str]:
    """Ids of the ``number`` objects drawn, the first drawn first; all of them when there are fewer."""
    ranked = sorted((_rank(seed, lot), lot.id) for lot in lots)
    return [chosen for _, chosen in ranked[:number]]


def _rank(seed: bytes, lot: Lot) -> Decimal:
    chance = _EXACTLY.divide(Decimal(_number(seed, "object", lot.id) + 1), _SPACE)
    return _EXACTLY.divide(-_EXACTLY.ln(chance), Decimal(lot.weight))


def _number(seed: bytes, *parts: str) -> int:
    message = b"\0".join(part.encode() for part in parts)
    return int.from_bytes(hmac.digest(seed, message, "sha256"), "big")


def assign(
    seed: bytes,
    objects: Sequence[str],
    inspectors: Collection[str],
    conflicts: Mapping[str, Collection[str]],
    each: int,
) -> list[Drawn]:
    """Who inspects what: ``each`` inspectors an object, work shared evenly.

    ``conflicts`` names, for an object, those who must not inspect it. An object with fewer than ``each``
    eligible ones gets those there are: the caller says so to people.
    """
    load = Counter[str]()
    drawn: list[Drawn] = []
    for one in objects:
        eligible = set(inspectors) - set(conflicts.get(one, ()))
        ranked = sorted(eligible, key=lambda who: (load[who], _number(seed, "inspector", one, who)))
        chosen = tuple(ranked[:each])
        load.update(chosen)
        drawn.append(Drawn(id=one, inspectors=chosen))
    return drawn
