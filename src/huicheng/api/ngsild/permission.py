"""Whether a subject may write what it sends: types that rooms keep to themselves, rows, columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from huicheng.access import Guard, allows, visible_columns
from huicheng.api.faults import ReadOnlyType
from huicheng.city import Entity
from huicheng.context import simplified_attributes
from huicheng.errors import Refused
from huicheng.stores import EntityQuery, Store, Stored

#: Type → where its entities are made instead.
READ_ONLY = {
    "Alert": "Alerts are made by rules; write the observations that the rule judges.",
    "Case": "Work on cases at the desk; citizens report on the portal.",
    "KeyPerformanceIndicator": "Indicators are reckoned from cases; close the case.",
}
#: Ids that the rooms give; nobody else may take one before them.
RESERVED = tuple(f"urn:ngsi-ld:{name}:" for name in READ_ONLY)
_CHUNK = 1_000


def refuse_read_only(type: str) -> None:
    """``ReadOnlyType`` for what only its own room writes."""
    if type in READ_ONLY:
        raise ReadOnlyType(place="/type", type=type, instead=READ_ONLY[type])


def whole_type(guard: Guard, type: str) -> bool:
    """Every row and column of the type is granted: nothing has to be looked up."""
    return any(grant.rows == "TRUE" and "*" in grant.columns for grant in guard.of(type))


class WritePermission:
    """The guards of one request, asked for each entity it writes. ``actions`` must all be granted."""

    def __init__(self, store: Store, guards: Mapping[str, Guard]) -> None:
        self._store = store
        self._guards = guards
        self._whole: dict[str, bool] = {}

    def plain(self, type: str) -> bool:
        """True when any entity of the type may be written without looking closer."""
        known = self._whole.get(type)
        if known is None:
            known = type not in READ_ONLY and all(whole_type(guard, type) for guard in self._guards.values())
            self._whole[type] = known
        return known

    async def stored(self, ids: Iterable[str]) -> dict[str, Stored]:
        """What stands there now, for those that have to be looked at closer."""
        wanted = [one for one in dict.fromkeys(ids) if "\0" not in one]  # nothing is stored under such an id
        if len(wanted) == 1:  # by far the most frequent; a query would cost ten times as much
            one = await self._store.get(wanted[0])
            return {} if one is None else {wanted[0]: one}
        found: dict[str, Stored] = {}
        for start in range(0, len(wanted), _CHUNK):
            part = wanted[start : start + _CHUNK]
            page = await self._store.query(EntityQuery(ids=part, limit=len(part)))
            found.update((one.entity.id, one) for one in page.entities)
        return found

    def check_any(self) -> None:
        """``Refused`` unless everything may be written: for entities whose type is not known here."""
        for action, guard in self._guards.items():
            if not guard.unlimited:
                raise Refused(action=action, resource="*")

    def check(self, entity: Entity, stored: Stored | None, *, replaces: bool = False) -> None:
        """``Refused`` unless the row may be touched as it is and as it will be, and each column written."""
        refuse_read_only(entity.type)
        if entity.id.startswith(RESERVED):
            refuse_read_only(entity.id.split(":")[2])
        if stored is not None:
            refuse_read_only(stored.entity.type)
        for action, guard in self._guards.items():
            if not _may(guard, entity, stored, replaces=replaces):
                raise Refused(action=action, resource=entity.type)


def _may(guard: Guard, entity: Entity, stored: Stored | None, *, replaces: bool) -> bool:
    before = values(stored.entity) if stored else {}
    after = values(entity) if replaces else {**before, **values(entity)}
    types = {entity.type, *([stored.entity.type] if stored else [])}
    if stored and not all(allows(guard, one, before) for one in types):
        return False
    if not all(allows(guard, one, after) for one in types):
        return False
    columns = visible_columns(guard, entity.type, after)
    written = {*entity.attributes, *(stored.entity.attributes if stored and replaces else ())}
    return columns is None or written <= columns


def values(entity: Entity) -> dict[str, Any]:
    """What row expressions read of an entity."""
    shown = simplified_attributes(entity)
    return {"id": entity.id, "type": entity.type, **{name: held for name, held in shown.items() if held is not None}}
