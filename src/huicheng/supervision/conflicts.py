"""Conflicts of interest (回避): declared by the inspector or for them, ended but never removed."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import IntegrityError, transaction

from huicheng.access import Subject, demand
from huicheng.accounts.guards import audit, guard_for
from huicheng.accounts.models import Account
from huicheng.cases.times import case_now
from huicheng.errors import AlreadyExists, Invalid, NotFound
from huicheng.platform import current
from huicheng.stores import Blocking
from huicheng.supervision.models import Conflict

RESOURCE = "conflict-of-interest"


def declare(inspector: str, object: str, ground: str, actor: Subject) -> Conflict:
    """Policy: ``create`` on ``conflict-of-interest``. ``Refused``, ``Invalid``, ``NotFound``, ``AlreadyExists``."""
    demand(guard_for(actor, "create"), "create", RESOURCE, {"inspector": inspector})
    ground = ground.replace("\0", "").strip()
    if not ground or len(ground) > 200:
        raise Invalid(place="ground", why="Say in at most 200 characters what the conflict is.")
    if not Account.objects.filter(subject=inspector).exists():
        raise NotFound(what="inspector", key=inspector)
    if Blocking(current().store).get(object) is None:
        raise NotFound(what="object", key=object)
    facts = {"inspector": inspector, "object": object, "ground": ground}
    try:
        with transaction.atomic():
            made = Conflict.objects.create(**facts, declared_by=actor.id, declared_at=case_now())
    except IntegrityError:
        raise AlreadyExists(place="object", key=object) from None
    audit(actor, "create", RESOURCE, facts)
    return made


def end(id: int, actor: Subject) -> None:
    """It holds no more for draws that are planned from now on."""
    found = Conflict.objects.filter(pk=id, ended_at=None).first()
    if found is None:
        raise NotFound(what="conflict", key=id)
    demand(guard_for(actor, "delete"), "delete", RESOURCE, {"inspector": found.inspector})
    Conflict.objects.filter(pk=id).update(ended_at=case_now())
    audit(actor, "delete", RESOURCE, {"conflict": id})


def standing(objects: Iterable[str]) -> dict[str, list[str]]:
    """Object → inspectors who must not go there."""
    wanted, found = set(objects), dict[str, list[str]]()
    for row in Conflict.objects.filter(ended_at=None).order_by("object", "inspector"):
        if row.object in wanted:
            found.setdefault(row.object, []).append(row.inspector)
    return found
