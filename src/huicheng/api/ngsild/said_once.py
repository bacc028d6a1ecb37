"""What a merge says once for all attributes: in which form and language they stand, and when they held.

ETSI GS CIM 009, 5.5.12, 5.6.17 and 6.5.3.4.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from huicheng.api.faults import UnknownOption
from huicheng.api.http import Request
from huicheng.api.ngsild.answers import options_of, refuse_unknown
from huicheng.api.ngsild.fragments import NULL, instances
from huicheng.city import Attribute, Attributes, Entity, from_micros, parse_instant

_SIMPLIFIED = frozenset({"keyValues", "simplified"})
_FORMS = _SIMPLIFIED | {"concise", "normalized"}
#: Kind of attribute → where a bare value stands, where it would else be taken for a property's.
_FIELD = {"Relationship": "object", "ListProperty": "valueList", "ListRelationship": "objectList"}


class SaidOnce(msgspec.Struct, frozen=True, kw_only=True):
    """By the parameters of a request."""

    simplified: bool
    lang: str
    observed_at: datetime | None

    @classmethod
    def of(cls, request: Request) -> SaidOnce:
        """``options`` or ``format``, ``lang``, ``observedAt``."""
        options, form = options_of(request), request.parameters.get("format")
        refuse_unknown(options, _FORMS)
        if form and form not in _FORMS:
            raise UnknownOption(place="format", option=form[:40])
        at = request.parameters.get("observedAt", "").replace(" ", "+")  # of a zone, in an unescaped query string
        return cls(
            simplified=not _SIMPLIFIED.isdisjoint({form} if form else options),
            lang=request.parameters.get("lang", ""),
            observed_at=from_micros(parse_instant(at, place="observedAt")) if at else None,
        )

    def read(self, raw: Any, stored: Entity) -> Any:
        """The fragment with bare values as what stands there: a text in the language is one of several."""
        if not self.simplified or not isinstance(raw, dict):
            return raw
        return {name: self._in_kind(held, _default(stored.attributes, name)) for name, held in raw.items()}

    def _in_kind(self, held: Any, before: Attribute | None) -> Any:
        if before is None or held == NULL or isinstance(held, dict):
            return held
        if before.type == "LanguageProperty" and self.lang and isinstance(held, str):
            return {"type": before.type, "languageMap": {self.lang: held}}
        field = _FIELD.get(before.type)
        return {"type": before.type, field: held} if field else held

    def timed(self, entity: Entity, stored: Entity) -> Entity:
        """What had a time and says no new one has that of all."""
        if self.observed_at is None:
            return entity
        timed: Attributes = {
            name: [self._at(one, stored, name) for one in held]
            if isinstance(held, list)
            else self._at(held, stored, name)
            for name, held in entity.attributes.items()
        }
        return msgspec.structs.replace(entity, attributes=timed)

    def _at(self, one: Attribute, stored: Entity, name: str) -> Attribute:
        before = {each.dataset_id: each for each in instances(stored.attributes.get(name))}.get(one.dataset_id)
        if one.observed_at is not None or before is None or before.observed_at is None:
            return one
        return msgspec.structs.replace(one, observed_at=self.observed_at)


def _default(attributes: Attributes, name: str) -> Attribute | None:
    return next((one for one in instances(attributes.get(name)) if one.dataset_id is None), None)
