"""Planning a draw: the register, the inspectors and the seed are fixed before anybody can know the result."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from huicheng.access import Subject, demand
from huicheng.accounts.guards import guard_for
from huicheng.accounts.models import Account
from huicheng.cases.kinds import category_of
from huicheng.cases.times import case_now
from huicheng.city import Entity
from huicheng.errors import Invalid
from huicheng.files import kept_secret
from huicheng.platform import current
from huicheng.stores import Blocking, EntityQuery
from huicheng.supervision import lots
from huicheng.supervision.conflicts import standing
from huicheng.supervision.errors import EmptyRegister, NobodyEligible, NoInspectors
from huicheng.supervision.models import Draw

RESOURCE = "Draw"
OBJECT = "InspectionObject"
KIND = "supervision/inspection"
ROLE = "inspector"

#: Riskier objects are drawn more often. A parameter of the district, unverified; the page that plans offers it.
WEIGHTS: Mapping[str, float] = {"A": 1.0, "B": 2.0, "C": 4.0, "D": 8.0}

_PAGE = 2_000
_MOST_DRAWN = 500
_HEAVIEST = 1000
_encode = msgspec.json.Encoder(order="sorted").encode


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be drawn."""

    title: str
    unit: str
    category: str
    number: int
    each: int = 2
    #: Empty = every field, area or risk class.
    fields: Sequence[str] = ()
    divisions: Sequence[str] = ()
    risks: Sequence[str] = ()
    #: Risk class → weight; a class that is not named weighs 1.
    weights: Mapping[str, float] = msgspec.field(default_factory=lambda: WEIGHTS)


class Register(msgspec.Struct, frozen=True, kw_only=True):
    """All that the draw depends on, beside the seed."""

    objects: list[lots.Lot]
    #: Risk class of each object, as it was.
    risks: dict[str, str]
    inspectors: list[str]
    #: Object → inspectors who must not go there.
    conflicts: dict[str, list[str]]

    @property
    def digest(self) -> str:
        return sha256(_encode(self)).hexdigest()


def plan(wish: Wish, actor: Subject) -> Draw:
    """Fix the register and commit to a seed. Policy: ``create`` on ``Draw``.

    Raises ``Refused``, ``Invalid``, ``EmptyRegister``, ``NoInspectors``, ``NobodyEligible``; then nothing was written.
    """
    demand(guard_for(actor, "create"), "create", RESOURCE, {"unit": wish.unit})
    _check(wish)
    register = register_of(wish)
    key = secrets.token_hex(6)
    return Draw.objects.create(
        id=key,
        title=wish.title.strip(),
        unit=wish.unit,
        category=wish.category,
        number=wish.number,
        each=wish.each,
        register=msgspec.to_builtins(register),
        register_digest=register.digest,
        commitment=lots.commitment(secret_of(key)),
        planned_by=actor.id,
        planned_at=case_now(),
    )


def secret_of(id: str) -> bytes:
    """The committed bytes of a draw: told to nobody before it is drawn, and needing no place of their own."""
    return hmac.digest(kept_secret(current().data / "keys" / "draws.key"), id.encode(), "sha256")


def _check(wish: Wish) -> None:
    category_of(KIND, wish.category)
    if not 0 < len(wish.title.strip()) <= 100:
        raise Invalid(place="title", why="Give the draw a name of at most 100 characters.")
    if not 0 < wish.number <= _MOST_DRAWN:
        raise Invalid(place="number", why="Draw between 1 and %(most)s objects.", most=_MOST_DRAWN)
    if not 0 < wish.each <= 5:
        raise Invalid(place="each", why="An object has between 1 and 5 inspectors.")
    if not all(0 < weight <= _HEAVIEST for weight in wish.weights.values()):
        raise Invalid(place="weights", why="A weight lies above 0 and at most at %(most)s.", most=_HEAVIEST)


def register_of(wish: Wish) -> Register:
    """Objects and inspectors that the wish takes in."""
    found = [one for one in _objects() if _wanted(one, wish)]
    if not found:
        raise EmptyRegister
    inspectors = sorted(
        account.subject
        for account in Account.objects.filter(is_active=True, unit_id=wish.unit)
        if ROLE in account.roles
    )
    if not inspectors:
        raise NoInspectors
    risks = {one.id: str(content(one, "riskClass") or "") for one in found}
    register = Register(
        objects=[lots.Lot(id=one.id, weight=f"{wish.weights.get(risks[one.id], 1.0):g}") for one in found],
        risks=risks,
        inspectors=inspectors,
        conflicts=standing(risks),
    )
    _enough(register, wish)
    return register


def _objects() -> Iterator[Entity]:
    """Every object of the register, in order of its id."""
    store, offset = Blocking(current().store), 0
    while True:
        page = store.query(EntityQuery(types=[OBJECT], limit=_PAGE, offset=offset))
        yield from (stored.entity for stored in page.entities)
        offset += _PAGE
        if len(page.entities) < _PAGE:
            return


def _wanted(one: Entity, wish: Wish) -> bool:
    division = str(content(one, "division") or "")
    return (
        content(one, "status") != "closed"
        and (not wish.fields or content(one, "field") in wish.fields)
        and (not wish.risks or content(one, "riskClass") in wish.risks)
        and (not wish.divisions or any(division.startswith(area) for area in wish.divisions))
    )


def _enough(register: Register, wish: Wish) -> None:
    """Whichever objects are drawn, each must have enough inspectors."""
    short = [
        lot.id
        for lot in register.objects
        if len(register.inspectors) - len(register.conflicts.get(lot.id, ())) < wish.each
    ]
    if short:
        names = ", ".join(short[:3])
        raise NobodyEligible(objects=len(short), each=wish.each, names=names)


def content(one: Entity, name: str) -> Any:
    """The content of an attribute; ``None`` when the entity has none."""
    held = one.attributes.get(name)
    return None if held is None or isinstance(held, list) else held.content
