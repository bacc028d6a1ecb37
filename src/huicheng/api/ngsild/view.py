"""How somebody wants entities shown, as the query string and headers say (CIM 009, 6.3.4–6.3.15)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from huicheng.api.faults import UnknownOption
from huicheng.api.http import Request
from huicheng.api.ngsild.answers import Media, media_of, options_of, refuse_unknown
from huicheng.context import (
    MOST_LEVELS,
    Format,
    Manner,
    Names,
    Tree,
    flag,
    listed,
    number,
    preferred_version,
    read_tree,
    refuse_contradiction,
)
from huicheng.errors import Invalid

_FORMATS = {
    "keyValues": Format.SIMPLIFIED,
    "simplified": Format.SIMPLIFIED,
    "concise": Format.CONCISE,
    "normalized": Format.NORMALIZED,
}
#: What may stand in ``options`` of a reading.
OPTIONS = frozenset({*_FORMATS, "sysAttrs", "count", "splitEntities"})
_JOINS = frozenset({"flat", "inline", "@none"})
#: Parameters that say how entities are shown.
PARAMETERS = frozenset({
    *("options", "format", "attrs", "pick", "omit", "lang", "datasetId", "geometryProperty", "sysAttrs", "count"),
    *("join", "joinLevel", "containedBy", "local", "jsonKeys", "expandValues", "splitEntities", "entityMap"),
    "entityMapLifetime",
})  # fmt: skip


class View(msgspec.Struct, frozen=True, kw_only=True):
    """How the asker wants entities shown."""

    media: Media
    manner: Manner
    names: Names
    count: bool = False
    #: Attribute whose value is the place of a GeoJSON feature.
    geometry: str = "location"
    #: Whether GeoJSON says its @context itself, beside the ``Link`` (6.3.6).
    context_inside: bool = True
    pick: Tree | None = None
    omit: Tree | None = None
    #: Entities that relationships point to: inside them (``inline``), beside them (``flat``), or not.
    join: str = ""
    levels: int = 0
    #: Entities that the asker has already.
    contained: frozenset[str] = frozenset()

    @property
    def plain(self) -> bool:
        """Whether a stored document can be handed out as it is."""
        return (
            self.names.core
            and self.manner == Manner()
            and self.pick is self.omit is None
            and not self.join
            and self.media != "application/geo+json"
        )


def view_of(request: Request, names: Names, said: Mapping[str, Any] | None = None) -> View:
    """The view of a request; ``said`` are members of a body that stand for parameters."""
    accept = request.header(b"accept")
    if not said and not request.parameters:
        found = _usual(accept, names)
    else:
        found = _view(accept, names, {**request.parameters, **(said or {})}, options_of(request))
    return _preferred(found, request.header(b"prefer")) if b"prefer" in request.headers else found


def _preferred(view: View, prefer: str) -> View:
    """What else the asker would like (RFC 7240): GeoJSON without a @context, the words of an older version."""
    manner = msgspec.structs.replace(view.manner, version=preferred_version(prefer))
    inside = view.media != "application/geo+json" or "body=json" not in prefer.lower().replace(" ", "")
    return msgspec.structs.replace(view, manner=manner, context_inside=inside)


@lru_cache(maxsize=256)
def _usual(accept: str, names: Names) -> View:
    """Of who says nothing about it, as of nearly all that ask for one entity."""
    return _view(accept, names, {}, ())


def _view(accept: str, names: Names, asked: Mapping[str, Any], options: tuple[str, ...]) -> View:
    refuse_unknown(options, OPTIONS)
    only = tuple(names.stored(one) for one in listed(asked.get("attrs"), place="attrs"))
    pick = _tree(asked, "pick", names)
    omit = _tree(asked, "omit", names)
    refuse_contradiction(pick, omit, attributes=bool(only))
    flag(asked.get("splitEntities"), place="splitEntities")
    join, levels = _join(asked)
    return View(
        media=media_of(accept),
        manner=_manner(asked, options, frozenset(only)),
        names=names,
        count="count" in options or flag(asked.get("count"), place="count"),
        geometry=names.stored(str(asked.get("geometryProperty") or "location")),
        pick=pick,
        omit=omit,
        join=join,
        levels=levels,
        contained=frozenset(listed(asked.get("containedBy"), place="containedBy")),
    )


def _tree(asked: Mapping[str, Any], name: str, names: Names) -> Tree | None:
    held = asked.get(name)
    return read_tree(",".join(held) if isinstance(held, list) else held, names, place=name)


def _manner(asked: Mapping[str, Any], options: tuple[str, ...], only: frozenset[str]) -> Manner:
    formats = [_FORMATS[one] for one in options if one in _FORMATS]
    named = asked.get("format")
    if named and named not in _FORMATS:
        raise UnknownOption(place="format", option=str(named)[:40])
    return Manner(
        format=_FORMATS[named] if named else formats[-1] if formats else Format.NORMALIZED,
        system="sysAttrs" in options or flag(asked.get("sysAttrs"), place="sysAttrs"),
        only=only,
        lang=str(asked.get("lang") or ""),
        datasets=frozenset(listed(asked.get("datasetId"), place="datasetId")),
    )


def _join(asked: Mapping[str, Any]) -> tuple[str, int]:
    join = asked.get("join") or ""
    if join and join not in _JOINS:
        raise Invalid(place="join", why="join must be among flat, inline, @none.")
    levels = number(asked.get("joinLevel"), place="joinLevel", most=MOST_LEVELS, default=1, least=1)
    return ("", 0) if join in {"", "@none"} else (join, levels)
