"""Forms of an answer: JSON, JSON-LD, GeoJSON; pages (CIM 009, 6.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Self, TypeVar
from urllib.parse import urlencode

import msgspec

from huicheng.api.faults import NotAcceptable, UnknownOption
from huicheng.api.http import Answer, Request
from huicheng.context import CORE, CORE_CONTEXT, FURTHEST, MOST_ON_A_PAGE, ON_A_PAGE, Names, flag, listed, number
from huicheng.stores import Written

Media = Literal["application/json", "application/ld+json", "application/geo+json"]

_JSON: Media = "application/json"
_MEDIA: dict[str, Media] = {
    "application/json": "application/json",
    "application/ld+json": "application/ld+json",
    "application/geo+json": "application/geo+json",
}
_GEOJSON = "application/geo+json"
#: Ranges of forms, the best first (RFC 9110, 12.5.1).
_ANY_OF = dict.fromkeys(("*/*", "application/*", ""), (*_MEDIA,))
NO_CONTENT = Answer(204)

_encode = msgspec.json.Encoder().encode
_Headers = Sequence[tuple[bytes, bytes]]
T = TypeVar("T")


def options_of(request: Request) -> tuple[str, ...]:
    """The words of ``options``."""
    return listed(request.parameters.get("options"), place="options")


def system_of(request: Request) -> bool:
    """Whether the times of the platform are asked for of a subscription or a registration."""
    options = options_of(request)
    refuse_unknown(options, frozenset({"sysAttrs", "count"}))
    return "sysAttrs" in options or flag(request.parameters.get("sysAttrs"), place="sysAttrs")


def media_of(accept: str, *, places: bool = True) -> Media:
    """The first form in ``Accept`` that can be given, ``places`` in GeoJSON, too; ``NotAcceptable`` when none can."""
    ranges = [part.strip() for part in accept.lower().split(",")]
    refused = {_name(one) for one in ranges if not _quality(one)}
    for one in sorted(ranges, key=_quality, reverse=True):
        if not _quality(one):
            break
        for media in _ANY_OF.get(_name(one), (_name(one),)):
            if media in _MEDIA and media not in refused and (places or media != _GEOJSON):
                return _MEDIA[media]
    raise NotAcceptable(media=accept[:100])


def plain_media(request: Request) -> Media:
    """JSON or JSON-LD: for what has no place."""
    return media_of(request.header(b"accept"), places=False)


def _name(media_range: str) -> str:
    return media_range.partition(";")[0].strip()


def _quality(media_range: str) -> float:
    _, _, parameters = media_range.partition(";")
    for one in parameters.split(";"):
        name, _, value = one.strip().partition("=")
        if name == "q":
            return float(value) if value.replace(".", "", 1).isascii() and value.replace(".", "", 1).isdigit() else 0.0
    return 1.0


# -- bodies ----------------------------------------------------------------------------------------


def list_answer(shown: list[dict[str, Any]], media: Media, headers: _Headers = (), *, names: Names = CORE) -> Answer:
    """An array; in JSON-LD every member carries the @context."""
    if media == "application/ld+json":
        shown = [{**one, "@context": names.context} for one in shown]
    return _answer(_encode(shown), media, headers, names)


def json_answer(
    shown: dict[str, Any],
    media: Media = _JSON,
    *,
    status: int = 200,
    headers: _Headers = (),
    names: Names = CORE,
) -> Answer:
    """One object."""
    if media == "application/ld+json":
        shown = {**shown, "@context": names.context}
    return _answer(_encode(shown), media, headers, names, status)


def _answer(body: bytes, media: Media, headers: _Headers, names: Names, status: int = 200) -> Answer:
    link = () if media == "application/ld+json" else ((b"link", link_to(names).encode()),)
    return Answer(status, body, ((b"content-type", media.encode()), *link, *headers))


def in_version(answer: Answer, version: int | None, *, altered: bool) -> Answer:
    """An answer to who prefers the words of a version: 203 where they are not those of what is stored (6.3.6)."""
    if version is None:
        return answer
    status = 203 if altered and answer.status == 200 else answer.status
    return Answer(status, answer.body, (*answer.headers, (b"preference-applied", f"ngsi-ld=1.{version}".encode())))


def plain_json(shown: Any) -> Answer:
    """JSON that is no entity and speaks in no @context."""
    return Answer(200, _encode(shown), ((b"content-type", b"application/json"),))


def link_to(names: Names) -> str:
    """The ``Link`` header that names the @context of a JSON answer."""
    return f'<{names.link}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'


def spliced(one: Written, media: Media) -> Answer:
    """One normalized entity from its stored text, which is not decoded."""
    return _answer(_spliced(one, media), media, (), CORE)


def spliced_list(shown: Iterable[Written | dict[str, Any]], media: Media, headers: _Headers) -> Answer:
    """An array of normalized entities; of those that are written their text is taken."""
    linked_data = {"@context": CORE_CONTEXT} if media == "application/ld+json" else {}
    parts = [_spliced(one, media) if isinstance(one, Written) else _encode({**one, **linked_data}) for one in shown]
    return _answer(b"[%b]" % b",".join(parts), media, headers, CORE)


def _spliced(one: Written, media: Media) -> bytes:
    context = f',"@context":"{CORE_CONTEXT}"' if media == "application/ld+json" else ""
    inside = one.document[1:-1]
    head = f'{{"id":{_encode(one.id).decode()},"type":{_encode(one.type).decode()}'
    return f"{head}{',' if inside else ''}{inside}{context}}}".encode()


def created(location: str) -> Answer:
    """201 with the address of what was made."""
    return Answer(201, b"", ((b"location", location.encode("ascii", "backslashreplace")),))


# -- pages -----------------------------------------------------------------------------------------


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Which page of what is found, and whether all of it is to be counted."""

    limit: int
    offset: int
    count: bool

    @classmethod
    def of(cls, asked: Mapping[str, Any], *, count: bool) -> Self:
        """By ``limit`` and ``offset``."""
        return cls(
            limit=number(asked.get("limit"), place="limit", most=MOST_ON_A_PAGE, default=ON_A_PAGE),
            offset=number(asked.get("offset"), place="offset", most=FURTHEST, default=0),
            count=count,
        )

    @classmethod
    def said(cls, request: Request) -> Self:
        """By its parameters alone."""
        count = "count" in options_of(request) or flag(request.parameters.get("count"), place="count")
        return cls.of(request.parameters, count=count)

    def page(self, found: Sequence[T]) -> Sequence[T]:
        return found[self.offset : self.offset + self.limit]

    def headers(self, request: Request, total: int, *, more: bool = False) -> tuple[tuple[bytes, bytes], ...]:
        """Of so many that were found; ``more``: and of some that nobody has counted."""
        follows = more or self.offset + self.limit < total
        count = total if self.count else None
        return paging(request, limit=self.limit, offset=self.offset, more=follows, count=count)


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
    path = request.scope["path"].rstrip("/")
    return f'<{path}?{urlencode(parameters)}>;rel="{relation}";type="application/ld+json"'


def refuse_unknown(options: Sequence[str], known: frozenset[str]) -> None:
    """An option that would be ignored is better refused."""
    surplus = [one for one in options if one not in known]
    if surplus:
        raise UnknownOption(place="options", option=surplus[0][:40])
