"""What a case makes must be clear of others: in plan, in height and in time at once (``packs.ClearOf``; W1.2).

Compared is with the city as it stands, and with what cases have made that the projector has not written yet: two
approvals within one moment see each other, since each is decided while nobody else can write.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from huicheng.cases.kinds import kind_of
from huicheng.cases.making import body_of, entity_of, made_id
from huicheng.cases.models import Case, Outbox
from huicheng.city import SPACE_ATTRIBUTES, Attribute, Entity, Meeting, Space, meeting, space_of
from huicheng.expressions import Expression, OpenNames, evaluate, parse
from huicheng.packs import ClearOf, Makes
from huicheng.platform import current
from huicheng.stores import Blocking, EntityQuery

_PAGE = 1_000


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """An entity that the case's own would meet."""

    #: Its id and type.
    entity: str
    type: str
    #: GeoJSON, where it has a place.
    geometry: dict[str, Any] | None
    meeting: Meeting

    @property
    def short(self) -> str:
        """The last piece of its id."""
        return self.entity.rpartition(":")[2]


def conflicts(case: Case) -> list[Conflict]:
    """What it would meet, the type that is declared first before the others; of a kind that makes nothing, nothing."""
    kind = kind_of(case.kind)
    if kind.makes is None or not kind.clear_of:
        return []
    own = space_of({name: asked_of(case, kind.makes).get(name) for name in SPACE_ATTRIBUTES})
    itself = made_id(kind.makes, case)
    return [met for one in kind.clear_of for met in _met(one, own, _others(one, case, kind.makes), itself)]


def asked_of(case: Case, makes: Makes) -> dict[str, Any]:
    """Attribute → what was asked for at the opening."""
    form = case.events.earliest("seq").form
    return {name: form.get(field) for name, field in makes.attributes.items()}


def _met(rule: ClearOf, own: Space, others: Iterable[Entity], itself: str) -> Iterator[Conflict]:
    for other in others:
        values = _values(other)
        met = meeting(own, space_of(values), apart=rule.apart, above=rule.above) if other.id != itself else None
        if met is not None:
            place = values.get("location")
            geometry = place if isinstance(place, dict) else None
            yield Conflict(entity=other.id, type=other.type, geometry=geometry, meeting=met)


def _others(rule: ClearOf, case: Case, makes: Makes) -> Iterator[Entity]:
    """Those that count, each once and as it is newest."""
    where = parse(rule.where, OpenNames({}), place="clear_of", expect="boolean")
    coming = {one.id: one for one in _coming(case, makes)} if rule.type == makes.type else {}
    for entity in coming.values():
        if evaluate(where, _values(entity)) is True:
            yield entity
    for entity in _stored(rule.type, where):
        if entity.id not in coming:
            yield entity


def _coming(case: Case, makes: Makes) -> Iterator[Entity]:
    """What other cases of the kind have made and the projector has not written yet."""
    waiting = Outbox.objects.filter(done=False).values("case")
    for other in Case.objects.filter(kind=case.kind, state__in=makes.states, pk__in=waiting).exclude(pk=case.pk):
        body = body_of(other, other.opened_at)
        if body is not None:
            yield entity_of(body)


def _stored(type: str, where: Expression) -> Iterator[Entity]:
    store, offset = Blocking(current().store), 0
    while page := store.query(EntityQuery(types=[type], where=where, limit=_PAGE, offset=offset)).entities:
        yield from (one.entity for one in page)
        offset += len(page)


def _values(entity: Entity) -> Mapping[str, Any]:
    return {name: held.content for name, held in entity.attributes.items() if isinstance(held, Attribute)}
