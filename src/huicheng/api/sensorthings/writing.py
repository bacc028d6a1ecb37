"""POST, PATCH, PUT and DELETE, of entities and of links."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from huicheng.access import Subject
from huicheng.api.faults import MethodNotAllowed, UnsupportedMedia
from huicheng.api.http import Answer, Request
from huicheng.api.json_text import decode
from huicheng.api.sensorthings.address import Address, address_of
from huicheng.api.sensorthings.answers import json_answer, value_of
from huicheng.api.sensorthings.bodies import reference_of
from huicheng.api.sensorthings.changing import Changing
from huicheng.api.sensorthings.creating import Creating
from huicheng.api.sensorthings.draft import ChangeSet, Draft
from huicheng.api.sensorthings.json_patch import patched
from huicheng.api.sensorthings.plain import Plain
from huicheng.api.sensorthings.removing import Removing
from huicheng.api.sensorthings.tools import Tools
from huicheng.api.sensorthings.urls import base_of, entity_url
from huicheng.city import Instant, micros
from huicheng.errors import Invalid
from huicheng.stores import sensing

_PATCH = "application/json-patch+json"
_TYPES = frozenset({"application/json", "application/merge-patch+json", _PATCH})
_READS = "GET, HEAD, OPTIONS"


class Writing:
    """Handlers that change something. Each is one commit."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._plain = Plain(tools)

    async def post(self, request: Request, address: Address) -> Answer:
        """A new entity of a set, or behind a link; or (``$ref``) a link to one that is there."""
        if address.single or address.inside:
            raise MethodNotAllowed(method="POST", allowed=allowed_at(address))
        subject = await self._tools.subject(request)
        raw = await self._raw(request)
        plain = request.scope.get(ChangeSet.KEY) is None and address.set == "Observations"
        if plain and (one := await self._plain.taken(subject, address, raw)) is not None:
            url = entity_url(base_of(request), address.set, one.series).removesuffix("')")
            return _created(f"{one.series}@{one.at}", f"{url}@{one.at}')")
        body = decode(raw)
        draft = self._draft(request, subject)
        if address.ending:
            return await self._link(address, subject, draft, body, replace=False)
        id_ = await self.create(subject, address, body, draft)
        return _created(id_, entity_url(base_of(request), address.set, id_))

    async def create(self, subject: Subject, address: Address, body: Any, draft: Draft | None = None) -> str:
        """The id of a new entity, once it is kept."""
        draft = draft or Draft(self._tools, subject)
        creating = Creating(draft, now())
        linked, together = await self._linked(address, subject, draft)
        id_ = await creating.create(address.set, body, linked)
        if together is not None:
            await creating.link_location(*(together, id_) if address.set == "Locations" else (id_, together))
        await draft.commit()
        return id_

    async def _linked(self, address: Address, subject: Subject, draft: Draft) -> tuple[dict[str, str], str | None]:
        """The link back to the entity whose link was posted to, or the other end where both have several."""
        parent = address.parent
        if parent is None:
            return {}, None
        id_ = parent.steps[0].key or ""
        if len(parent.steps) > 1 or not draft.is_new(id_):
            id_ = (await self._tools.sense(subject, *parent.steps)).rows[0]["@iot.id"]
        links = sensing.SETS[address.set].links
        back = next(name for name, leads in links.items() if leads.target == parent.set)
        if not links[back].many:
            return {back: id_}, None
        if {parent.set, address.set} != {"Things", "Locations"}:
            raise Invalid(place=back, why="Create %(set)s by their own address.", set=address.set)
        return {}, id_

    async def patch(self, request: Request, address: Address) -> Answer:
        """Some properties and links; or a JSON Patch."""
        subject, row = await self._row(request, address)
        body = await self._body(request)
        draft = self._draft(request, subject)
        changing = Changing(draft, now())
        if _media(request) == _PATCH:
            document = {name: value_of(address.set, row, name) for name in sensing.SETS[address.set].properties}
            document = {name: held for name, held in document.items() if held is not None}
            await changing.put(address.set, row, patched(document, body))
        else:
            await changing.patch(address.set, row, body)
        await draft.commit()
        return Answer(200, b"{}", ((b"content-type", b"application/json"),))

    async def put(self, request: Request, address: Address) -> Answer:
        """The whole entity; or (``$ref``) a link."""
        if address.ending == "$ref":
            subject = await self._tools.subject(request)
            body = await self._body(request)
            return await self._link(address, subject, self._draft(request, subject), body, replace=True)
        subject, row = await self._row(request, address)
        body = await self._body(request)
        draft = self._draft(request, subject)
        await Changing(draft, now()).put(address.set, row, body)
        await draft.commit()
        return Answer(200, b"{}", ((b"content-type", b"application/json"),))

    async def delete(self, request: Request, address: Address) -> Answer:
        """The entity; or (``$ref``) a link."""
        if address.ending == "$ref":
            return await self._unlink(request, address)
        subject, row = await self._row(request, address)
        draft = self._draft(request, subject)
        await Removing(draft, now()).remove(address.set, row)
        await draft.commit()
        return Answer(204)

    # -- links

    async def _link(self, address: Address, subject: Subject, draft: Draft, body: Any, *, replace: bool) -> Answer:
        parent = address.parent
        id_ = reference_of(body) if isinstance(body, dict) else None
        if parent is None or address.ending != "$ref" or id_ is None:
            raise Invalid(place="/", why="A link is written as {“@iot.id”: …} to the $ref of an entity's link.")
        [row] = (await self._tools.sense(subject, *parent.steps)).rows
        changing = Changing(draft, now())
        await changing.refer(parent.set, row, address.steps[-1].name, id_, replace=replace)
        await draft.commit()
        return Answer(204)

    async def _unlink(self, request: Request, address: Address) -> Answer:
        parent = address.parent
        id_ = address.steps[-1].key or _key_of(request.parameters.get("$id", ""))
        if parent is None or id_ is None:
            raise Invalid(place="$id", why="Which link is to go stands in the address or in $id.")
        subject = await self._tools.subject(request)
        [row] = (await self._tools.sense(subject, *parent.steps)).rows
        draft = self._draft(request, subject)
        await Changing(draft, now()).unlink(parent.set, row, address.steps[-1].name, id_)
        await draft.commit()
        return Answer(204)

    # -- requests

    def _draft(self, request: Request, subject: Subject) -> Draft:
        """What the request writes, by itself or as part of a change set."""
        shared: Draft | None = request.scope.get(ChangeSet.KEY)
        return shared or Draft(self._tools, subject)

    async def _row(self, request: Request, address: Address) -> tuple[Subject, dict[str, Any]]:
        """The entity that is meant, as the subject sees it."""
        if not address.single or address.inside or address.ending:
            raise MethodNotAllowed(method=request.method, allowed=allowed_at(address))
        subject = await self._tools.subject(request)
        [row] = (await self._tools.sense(subject, *address.steps)).rows
        return subject, row

    async def _body(self, request: Request) -> Any:
        return decode(await self._raw(request))

    async def _raw(self, request: Request) -> bytes:
        media = _media(request)
        if media not in _TYPES:
            raise UnsupportedMedia(media=media[:80] or "nothing")
        return await request.body(self._tools.body_bytes)


def allowed_at(address: Address) -> str:
    """The methods of an address, as ``Allow`` tells them."""
    if address.ending == "$ref":
        return f"DELETE, {_READS}, POST, PUT"
    if address.inside or address.ending:
        return _READS
    return f"DELETE, {_READS}, PATCH, PUT" if address.single else f"{_READS}, POST"


def _created(id_: str, url: str) -> Answer:
    return json_answer({"@iot.id": id_, "@iot.selfLink": url}, 201, [(b"location", url.encode())])


def now() -> Instant:
    """The wall clock."""
    return micros(datetime.now(UTC))


def _media(request: Request) -> str:
    return request.header(b"content-type").partition(";")[0].strip().lower()


def _key_of(text: str) -> str | None:
    """The key in a selfLink, absolute or below the root."""
    return address_of(text.rpartition("/v1.1/")[2]).steps[-1].key if text else None
