"""Drawing: in public, once, by somebody else than the planner; each object drawn becomes a case."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from django.db import transaction

from huicheng.access import Subject, demand
from huicheng.accounts.guards import audit, guard_for
from huicheng.cases.engine import Filing, open_case
from huicheng.cases.models import Case, Source
from huicheng.cases.times import case_now
from huicheng.city import Entity
from huicheng.errors import Invalid, NotFound
from huicheng.platform import current
from huicheng.stores import Blocking
from huicheng.supervision import lots
from huicheng.supervision.errors import AlreadyDrawn, OwnDraw
from huicheng.supervision.models import Draw
from huicheng.supervision.planning import KIND, RESOURCE, Register, content, secret_of

_LONGEST_WORDS = 200


def draw(id: str, words: str, actor: Subject) -> Draw:
    """Draw it with words said in public. Policy: ``draw`` on ``Draw``.

    Result and cases commit together. ``Refused``, ``NotFound``, ``AlreadyDrawn``, ``OwnDraw``, ``Invalid``.
    """
    said = " ".join(words.replace("\0", "").split())
    if not 0 < len(said) <= _LONGEST_WORDS:
        raise Invalid(
            place="words", why="Let somebody present say something: at most %(most)s signs.", most=_LONGEST_WORDS
        )
    with transaction.atomic():
        one = _open(id, actor)
        one.words, one.secret = said, secret_of(id).hex()
        one.drawn_by, one.drawn_at = actor.id, case_now()
        result = drawn(register_of(one), one)
        one.result = msgspec.to_builtins(result)
        one.save()
        for each in result:
            _open_case(one, each, actor)
    audit(actor, "draw", RESOURCE, {"draw": id, "words": said, "objects": [each.id for each in result]})
    return one


def register_of(one: Draw) -> Register:
    """The register as it was fixed at planning."""
    return msgspec.convert(one.register, Register)


def drawn(register: Register, one: Draw) -> list[lots.Drawn]:
    """What the method gives for this seed and register."""
    seed = lots.seed_of(bytes.fromhex(one.secret), one.words)
    chosen = lots.choose(seed, register.objects, one.number)
    return lots.assign(seed, chosen, register.inspectors, register.conflicts, one.each)


def _open(id: str, actor: Subject) -> Draw:
    """The draw, locked; refused where it may not be drawn."""
    one = Draw.objects.select_for_update().filter(pk=id).first()
    if one is None:
        raise NotFound(what="draw", key=id)
    demand(guard_for(actor, "draw"), "draw", RESOURCE, {"unit": one.unit})
    if one.drawn_at is not None:
        raise AlreadyDrawn(title=one.title)
    if one.planned_by == actor.id:
        raise OwnDraw(title=one.title)
    return one


def _open_case(one: Draw, each: lots.Drawn, actor: Subject) -> Case:
    stored = Blocking(current().store).get(each.id)
    thing = stored.entity if stored else Entity(id=each.id, type="", attributes={})
    return open_case(
        Filing(
            kind=KIND,
            category=one.category,
            source=str(Source.DESK),
            title=name_of(thing),
            description=one.title,
            place=_place(thing),
            address=str(content(thing, "address") or ""),
            division=str(content(thing, "division") or ""),
            entity_ref=each.id,
            owner_unit=one.unit,
            assignee=each.inspectors[0],
            answers={"draw": one.id, "inspectors": list(each.inspectors)},
            client_key=f"draw:{one.id}:{each.id}",
        ),
        actor,
    )


def name_of(thing: Entity) -> str:
    """Its Chinese name, or the end of its id."""
    held = content(thing, "name")
    words = held.get("zh-hans") or held.get("zh") if isinstance(held, Mapping) else held
    return str(words or thing.id.rpartition(":")[2])[:200]


def _place(thing: Entity) -> tuple[float, float] | None:
    held = content(thing, "location")
    if not isinstance(held, Mapping) or held.get("type") != "Point":
        return None
    longitude, latitude = held["coordinates"][:2]
    return float(longitude), float(latitude)
