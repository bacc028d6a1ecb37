"""Forms of an answer: JSON, JSON-LD, GeoJSON; representations; pages (CIM 009, 6.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlencode

import msgspec

from huicheng.api.faults import NotAcceptable
from huicheng.api.http import Answer, Request
from huicheng.context import CONTEXT_LINK, CORE_CONTEXT, Format, feature, flag, listed, represent
from huicheng.errors import Invalid
from huicheng.stores import Page, Stored

Media = Literal["application/json", "application/ld+json", "application/geo+json"]

_JSON: Media = "application/json"
_WILD = {"*/*": _JSON, "application/*": _JSON, "": _JSON}
_MEDIA: dict[str, Media] = {
    "application/json": "application/json",
    "application/ld+json": "application/ld+json",
    "application/geo+json": "application/geo+json",
}
_FORMATS = {
    "keyValues": Format.SIMPLIFIED,
    "simplified": Format.SIMPLIFIED,
    "concise": Format.CONCISE,
    "normalized": Format.NORMALIZED,
}
_LINK = (b"link", CONTEXT_LINK.encode())
NO_CONTENT = Answer(204)

_encode = msgspec.json.Encoder().encode


class Wanted(msgspec.Struct, frozen=True):
    """How the asker wants entities shown."""

    media: Media
    format: Format
    #: With createdAt and modifiedAt.
    system: bool
    count: bool
    #: Attribute whose value is the place of a GeoJSON feature.
    geometry: str = "location"


def wanted(request: Request) -> Wanted:
    """From ``Accept``, ``options``, ``format`` and ``count``."""
    options = options_of(request)
    named = [*options, *listed(request.parameters.get("format"), place="format")]
    formats = [_FORMATS[one] for one in named if one in _FORMATS]
    return Wanted(
        media=media_of(request.header(b"accept")),
        format=formats[-1] if formats else Format.NORMALIZED,
        system="sysAttrs" in options,
        count="count" in options or flag(request.parameters.get("count"), place="count"),
        geometry=request.parameters.get("geometryProperty") or "location",
    )


def options_of(request: Request) -> tuple[str, ...]:
    """The words of ``options``."""
    return listed(request.parameters.get("options"), place="options")


def media_of(accept: str) -> Media:
    """The first form in ``Accept`` that can be given; ``NotAcceptable`` when none can."""
    ranges = [part.strip() for part in accept.lower().split(",")]
    weighted = sorted(ranges, key=_quality, reverse=True)
    for one in weighted:
        name = one.partition(";")[0].strip()
        media = _MEDIA.get(name) or _WILD.get(name)
        if media and _quality(one) > 0:
            return media
    raise NotAcceptable(media=accept[:100])


def _quality(media_range: str) -> float:
    _, _, parameters = media_range.partition(";")
    for one in parameters.split(";"):
        name, _, value = one.strip().partition("=")
        if name == "q":
            return float(value) if value.replace(".", "", 1).isascii() and value.replace(".", "", 1).isdigit() else 0.0
    return 1.0


# -- bodies ----------------------------------------------------------------------------------------


def entity_answer(stored: Stored, how: Wanted, only: Sequence[str] = ()) -> Answer:
    """One entity."""
    shown = represent(stored, how.format, system=how.system, only=only)
    if how.media == "application/geo+json":
        shown = feature(shown, stored.entity, geometry=how.geometry)
    return json_answer(shown, how.media)


def page_answer(page: Page, how: Wanted, only: Sequence[str], headers: Sequence[tuple[bytes, bytes]] = ()) -> Answer:
    """A page of entities: an array, or a feature collection."""
    shown = [represent(one, how.format, system=how.system, only=only) for one in page.entities]
    if how.media != "application/geo+json":
        return list_answer(shown, how.media, headers)
    pairs = zip(shown, page.entities, strict=True)
    features = [feature(one, stored.entity, geometry=how.geometry) for one, stored in pairs]
    return json_answer({"type": "FeatureCollection", "features": features}, how.media, headers=headers)


def list_answer(shown: list[dict[str, Any]], media: Media, headers: Sequence[tuple[bytes, bytes]] = ()) -> Answer:
    """An array; in JSON-LD every member carries the @context."""
    if media == "application/ld+json":
        shown = [{**one, "@context": CORE_CONTEXT} for one in shown]
    return _answer(_encode(shown), media, headers)


def json_answer(
    shown: dict[str, Any],
    media: Media = _JSON,
    *,
    status: int = 200,
    headers: Sequence[tuple[bytes, bytes]] = (),
) -> Answer:
    """One object."""
    if media == "application/ld+json":
        shown = {**shown, "@context": CORE_CONTEXT}
    return _answer(_encode(shown), media, headers, status)


def _answer(body: bytes, media: Media, headers: Sequence[tuple[bytes, bytes]], status: int = 200) -> Answer:
    link = () if media == "application/ld+json" else (_LINK,)
    return Answer(status, body, ((b"content-type", media.encode()), *link, *headers))


def spliced(id: str, type: str, document: str, media: Media) -> Answer:
    """One normalized entity from its stored text, which is not decoded."""
    context = f',"@context":"{CORE_CONTEXT}"' if media == "application/ld+json" else ""
    inside = document[1:-1]
    head = f'{{"id":{_encode(id).decode()},"type":{_encode(type).decode()}'
    return _answer(f"{head}{',' if inside else ''}{inside}{context}}}".encode(), media, ())


def created(location: str) -> Answer:
    """201 with the address of what was made."""
    return Answer(201, b"", ((b"location", location.encode("ascii", "backslashreplace")),))


# -- pages -----------------------------------------------------------------------------------------


def paging(
    request: Request, *, limit: int, offset: int, more: bool, count: int | None
) -> tuple[tuple[bytes, bytes], ...]:
    """``Link`` to the pages beside this one, and ``NGSILD-Results-Count``."""
    links = []
    if offset > 0:
        links.append(_page_link(request, "prev", limit, max(0, offset - limit)))
    if more and limit:
        links.append(_page_link(request, "next", limit, offset + limit))
    headers = [(b"link", link.encode()) for link in links]
    return (*headers, *([(b"ngsild-results-count", str(count).encode())] if count is not None else []))


def _page_link(request: Request, relation: str, limit: int, offset: int) -> str:
    parameters: Mapping[str, Any] = {**request.parameters, "limit": limit, "offset": offset}
    return f'<{request.scope["path"]}?{urlencode(parameters)}>; rel="{relation}"; type="application/ld+json"'


def refuse_unknown(options: Sequence[str], known: frozenset[str]) -> None:
    """An option that would be ignored is better refused."""
    surplus = [one for one in options if one not in known]
    if surplus:
        raise Invalid(place="options", why=f"There is no option “{surplus[0][:40]}” here.")
