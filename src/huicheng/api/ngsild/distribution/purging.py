"""``DELETE /entities`` here and at other brokers (CIM 009, 5.6.21): each deletes what it finds by the same query."""

from __future__ import annotations

import asyncio

from huicheng.api.http import Answer, Request
from huicheng.api.ngsild.answers import NO_CONTENT, json_answer
from huicheng.api.ngsild.distribution.forwarding import Original, attempt, path_of
from huicheng.api.ngsild.distribution.parting import Party
from huicheng.api.ngsild.distribution.results import Result, counted, of_answer, of_reply, refused
from huicheng.api.ngsild.distribution.wrapping import Wrap
from huicheng.api.ngsild.permission import refuse_read_only
from huicheng.context import Message, Sought, listed
from huicheng.errors import Refused

_NOTHING = frozenset[str]()
_OPERATION = "purgeEntity"


class Purging(Wrap):
    """A purge that may concern others."""

    async def _beyond(self, request: Request) -> Answer:
        names = await self._tools.spoken.names(request)
        asked = request.parameters
        types = frozenset(names.stored(one) for one in listed(asked.get("type"), place="type"))
        sought = Sought(
            types=types, ids=frozenset(listed(asked.get("id"), place="id")), id_pattern=asked.get("idPattern") or None
        )
        found = await self._tools.federation.parties(sought, request.header(b"via"))
        parties = [one for one in found if one[0].offer.mode != "auxiliary" and _OPERATION in one[0].offer.able]
        if not parties:
            return await self._local(request)
        await self._permit(request, types)
        return _answer(await self._carried_out(request, parties, Original(request, None, names, self._tools.contexts)))

    async def _permit(self, request: Request, types: frozenset[str]) -> None:
        """Which rows another broker finds is not known here: the types as a whole must be granted."""
        permission = await self._tools.permission(await self._tools.subject(request), "delete")
        if not types:
            permission.check_any()
        for name in types:
            refuse_read_only(name)
            if not permission.plain(name):
                raise Refused(action="delete", resource=name)

    async def _carried_out(self, request: Request, parties: list[Party], original: Original) -> list[Result]:
        messages = [await self._message(one, request, original) for one in parties]
        replies, here = await asyncio.gather(self._tools.federation.ask(messages), attempt(self._local, request))
        results = [of_reply(one, _NOTHING, original.language) for one in replies]
        return counted([of_answer(here, _NOTHING, original.language), *results])

    async def _message(self, party: Party, request: Request, original: Original) -> Message:
        speech = await original.speech(party[0])
        passed = {name: held for name, held in request.parameters.items() if name != "local"}
        if not speech.same:
            for name in passed.keys() & {"type", "attrs", "keep", "drop"}:
                stored = [original.names.stored(one) for one in listed(passed[name], place=name)]
                passed[name] = ",".join(speech.name(one) for one in stored)
        return original.message(party[0], speech, "DELETE", path_of("entities", parameters=passed))


def _answer(results: list[Result]) -> Answer:
    failed = [one for one in results if one.error is not None]
    if not failed:
        return NO_CONTENT
    if len(results) == 1:
        return refused(failed[0])
    errors = [
        {"error": dict(one.error or {}), **({"registrationId": one.registration} if one.registration else {})}
        for one in failed
    ]
    return json_answer({"success": [], "errors": errors}, status=207)
