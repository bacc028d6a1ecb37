"""Questions to other brokers about entities: by id, by query string, or by a body, as each was registered to answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from huicheng.api.ngsild.distribution.forwarding import Original, Speech, path_of
from huicheng.api.ngsild.distribution.parting import Party
from huicheng.api.ngsild.tools import Tools
from huicheng.context import Cover, Message, Names, Registration, Reply, listed

#: Parameters of a query that are passed on as they are.
_PASSED = ("idPattern", "q", "georel", "geometry", "coordinates", "geoproperty", "scopeQ", "datasetId")
_GEO = ("georel", "geometry", "coordinates", "geoproperty")
_SYSTEM = {"options": "sysAttrs"}


class _Want(msgspec.Struct, frozen=True, kw_only=True):
    """What one source is asked for."""

    ids: Sequence[str]
    types: Sequence[str]
    attributes: Sequence[str]
    passed: Mapping[str, Any]
    limit: int | None = None


class Operations(msgspec.Struct, frozen=True, kw_only=True):
    """By what names sources are registered to answer, and where."""

    retrieve: str
    query: str
    batch: str
    #: Segments before ``entities`` and ``entityOperations``.
    below: tuple[str, ...] = ()
    #: Parameters that go along beside those of every query.
    further: tuple[str, ...] = ()

    def can(self, registration: Registration) -> bool:
        """Whether the source was registered for any of them."""
        return not registration.offer.able.isdisjoint({self.retrieve, self.query, self.batch})


OF_ENTITIES = Operations(retrieve="retrieveEntity", query="queryEntity", batch="queryBatch")
OF_COURSES = Operations(
    retrieve="retrieveTemporal",
    query="queryTemporal",
    batch="queryBatchTemporal",
    below=("temporal",),
    further=("timerel", "timeAt", "endTimeAt", "timeproperty", "lastN"),
)


class Asker:
    """For one request."""

    def __init__(self, tools: Tools, original: Original, operations: Operations = OF_ENTITIES) -> None:
        self._tools = tools
        self._original = original
        self._operations = operations

    async def names_of(self, reply: Reply) -> Names:
        """The names that a source answered in."""
        return (await self._original.speech(reply.registration)).names

    async def retrieve(
        self, id: str, asked: Mapping[str, Any], parties: Sequence[Party], only: frozenset[str]
    ) -> list[Reply]:
        """One entity, from every source that can tell."""
        passed = self._further(asked)
        wants = [(party, msgspec.structs.replace(_want_of(party[1], [id], only), passed=passed)) for party in parties]
        return await self._ask(wants, (self._by_id, self._by_query, self._by_body))

    async def query(
        self, asked: Mapping[str, Any], parties: Sequence[Party], only: frozenset[str], limit: int
    ) -> list[Reply]:
        """Entities, from every source that can tell."""
        ids = listed(asked.get("id"), place="id")
        passed = {name: asked[name] for name in _PASSED if asked.get(name)}
        passed |= asked["geoQ"] if isinstance(asked.get("geoQ"), dict) else {}
        passed |= self._further(asked)
        wants = [
            (party, msgspec.structs.replace(_want_of(party[1], ids, only), passed=passed, limit=limit))
            for party in parties
        ]
        ways = (
            (self._by_body, self._by_query) if self._original.content is not None else (self._by_query, self._by_body)
        )
        return await self._ask([(party, self._typed(want, asked)) for party, want in wants], ways)

    def _further(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        return {name: asked[name] for name in self._operations.further if asked.get(name)}

    def _typed(self, want: _Want, asked: Mapping[str, Any]) -> _Want:
        """Types as they were asked for; those of the registration where none was."""
        said = asked.get("type")
        if not said:
            return want
        separated = said.replace("|", ",") if isinstance(said, str) else said
        types = [self._original.names.stored(one) for one in listed(separated, place="type")]
        return msgspec.structs.replace(want, types=types)

    async def _ask(
        self,
        wants: Sequence[tuple[Party, _Want]],
        ways: Sequence[Callable[[Registration, Speech, _Want], Message | None]],
    ) -> list[Reply]:
        messages = []
        for (registration, _), want in wants:
            speech = await self._original.speech(registration)
            found = (way(registration, speech, want) for way in ways)
            messages += [one for one in found if one is not None][:1]
        return await self._tools.federation.ask(messages)

    # -- three ways to ask the same

    def _by_id(self, registration: Registration, speech: Speech, want: _Want) -> Message | None:
        if self._operations.retrieve not in registration.offer.able:
            return None
        parameters = {"attrs": _said(want.attributes, speech), **_texts(want.passed), **_SYSTEM}
        path = path_of(*self._operations.below, "entities", want.ids[0], parameters=parameters)
        return self._original.message(registration, speech, "GET", path)

    def _by_query(self, registration: Registration, speech: Speech, want: _Want) -> Message | None:
        if self._operations.query not in registration.offer.able:
            return None
        parameters: dict[str, str] = {
            "id": ",".join(want.ids),
            "type": _said(want.types, speech),
            "attrs": _said(want.attributes, speech),
            **_texts(want.passed),
            "limit": str(want.limit or ""),
            **_SYSTEM,
        }
        path = path_of(*self._operations.below, "entities", parameters=parameters)
        return self._original.message(registration, speech, "GET", path)

    def _by_body(self, registration: Registration, speech: Speech, want: _Want) -> Message | None:
        if self._operations.batch not in registration.offer.able:
            return None
        types = [speech.name(one) for one in want.types] or [""]
        selectors = [
            {name: held for name, held in (("type", one), ("id", key)) if held}
            for one in types
            for key in want.ids or [""]
        ]
        body: dict[str, Any] = {"type": "Query", "entities": [one for one in selectors if one]}
        body |= {"attrs": [speech.name(one) for one in want.attributes]} if want.attributes else {}
        body |= {name: held for name, held in want.passed.items() if name in {"q", "scopeQ"}}
        geo = {name: held for name, held in want.passed.items() if name in _GEO}
        body |= {"geoQ": geo} if geo else {}
        body |= {"temporalQ": self._further(want.passed)}
        parameters = {"limit": str(want.limit or ""), **_SYSTEM}
        path = path_of(*self._operations.below, "entityOperations", "query", parameters=parameters)
        plain = Speech(names=speech.names, same=False)  # a body of ours has no @context: it goes in the Link
        return self._original.message(registration, plain, "POST", path, {k: v for k, v in body.items() if v})


def _want_of(cover: Cover, ids: Sequence[str], only: frozenset[str]) -> _Want:
    """No more than is registered."""
    attributes = cover.attributes if cover.attributes is not None else only
    return _Want(
        ids=[cover.id] if cover.id else ids, types=sorted(cover.types), attributes=sorted(attributes), passed={}
    )


def _said(names: Sequence[str], speech: Speech) -> str:
    return ",".join(speech.name(one) for one in names)


def _texts(passed: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: held if isinstance(held, str) else msgspec.json.encode(held).decode() for name, held in passed.items()
    }
