"""What can be ordered because of a case: the things that its thing leads to, where its kind has orders as parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from huicheng.cases.kinds import kind_of
from huicheng.cases.models import Case
from huicheng.cases.ordering import orderables
from huicheng.city import Entity
from huicheng.desk.things import name_of, type_words
from huicheng.errors import NotFound
from huicheng.web.reading import Reader, attribute


def things_to_order(reader: Reader, case: Case) -> dict[str, Any] | None:
    """Its own thing and those that it leads to, as far as this person may order them about.

    ``None`` for a case that has no orders as parts.
    """
    parts = kind_of(case.kind).parts
    if not parts or case.closed_at is not None:
        return None
    subject = reader.guard.subject
    near = {one.id: one for one in _near(reader, case.entity_ref)}
    orders = [one for one in near.values() if any(o.kind in parts for o in orderables(one.type, subject))]
    return {"things": [{"id": one.id, "name": name_of(one), "type": type_words(one)} for one in orders]}


def _near(reader: Reader, entity: str) -> Iterator[Entity]:
    own = _seen(reader, entity)
    if own is None:
        return
    yield own
    for name in own.attributes:
        held = attribute(own, name)
        leads = _seen(reader, held.object) if held and isinstance(held.object, str) else None
        if leads is not None:
            yield leads


def _seen(reader: Reader, entity: str) -> Entity | None:
    try:
        return reader.get(entity) if entity else None
    except NotFound:
        return None
