"""An attribute of an entity (ETSI GS CIM 009, 4.5): property, relationship or geo-property.

The struct *is* the normalized NGSI-LD JSON of an attribute, so the wire is decoded straight into
the model (1.6 µs an entity of five attributes). Sub-attributes are kept under ``sub`` and stand
flattened beside the fields on the wire; :mod:`huicheng.city.entity` folds and unfolds them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

#: A GeoJSON geometry (RFC 7946), WGS 84, longitude first.
Geometry = dict[str, Any]

Kind = Literal[
    "Property",
    "Relationship",
    "GeoProperty",
    "LanguageProperty",
    "JsonProperty",
    "VocabProperty",
    "ListProperty",
    "ListRelationship",
]


class Attribute(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel", forbid_unknown_fields=True
):
    """One attribute instance. Exactly one of the value fields is set, as ``type`` says."""

    #: Always written, so that a stored document is normalized NGSI-LD as it stands.
    type: Kind
    #: Property, GeoProperty: the value.
    value: Any | msgspec.UnsetType = msgspec.UNSET
    #: Relationship: URI, or several.
    object: str | list[str] | msgspec.UnsetType = msgspec.UNSET
    #: LanguageProperty: text by BCP 47 tag.
    language_map: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    #: JsonProperty: any JSON, never interpreted.
    json: Any | msgspec.UnsetType = msgspec.UNSET
    #: VocabProperty: a term or several.
    vocab: str | list[str] | msgspec.UnsetType = msgspec.UNSET
    #: ListProperty: values in order.
    value_list: list[Any] | msgspec.UnsetType = msgspec.UNSET
    #: ListRelationship: objects ``{"object": URI}`` in order.
    object_list: list[Any] | msgspec.UnsetType = msgspec.UNSET
    #: Relationship, ListRelationship: type of what it points to, or several.
    object_type: str | list[str] | None = None
    #: UN/CEFACT Recommendation 20 common code, e.g. ``GQ`` = µg/m³.
    unit_code: str | None = None
    #: When the value held in the city; required for history.
    observed_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    #: Tells apart several instances of one attribute.
    dataset_id: str | None = None
    #: Sub-attributes by name, in normalized form.
    sub: dict[str, Any] | None = None

    @property
    def content(self) -> Any:
        """The value under whichever field the type puts it; ``None`` when there is none."""
        for held in (self.value, self.object, self.language_map, self.json, self.vocab):
            if held is not msgspec.UNSET:
                return held
        return self.objects if self.value_list is msgspec.UNSET else self.value_list

    @property
    def objects(self) -> list[str] | None:
        """What a relationship of either kind points to, in order; ``None`` for anything else."""
        if self.object is not msgspec.UNSET:
            return [self.object] if isinstance(self.object, str) else self.object
        if self.object_list is msgspec.UNSET:
            return None
        return [one["object"] if isinstance(one, dict) else one for one in self.object_list]
