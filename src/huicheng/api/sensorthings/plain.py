"""One plain reading of a Datastream that is there: by far the most frequent POST, in a third of its time.

Nothing is decided here that the long way would decide otherwise. Whatever is not plain (a feature of its own, a time
that may be taken already, a type of which the subject may not write all, a value that a check refuses) is left to it;
it alone knows the words of problems.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from huicheng.access import Subject
from huicheng.api.ngsild.permission import whole_type
from huicheng.api.sensorthings.address import Address
from huicheng.api.sensorthings.draft import judge
from huicheng.api.sensorthings.tools import Tools
from huicheng.city import Attribute, Entity, Instant, from_micros, micros, parse_instant
from huicheng.errors import Invalid
from huicheng.stores import Stored, Transaction, Write, sensing

_VALUES = frozenset({int, float, str, bool})
_SET = (sensing.Step("Observations"),)


class _Reference(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="@iot.id")


class _Sent(msgspec.Struct, forbid_unknown_fields=True):
    """A body that says nothing but this."""

    phenomenon_time: str = msgspec.field(name="phenomenonTime")
    #: Read as any JSON is, so that numbers are those of the long way.
    result: Any
    stream: _Reference | UnsetType = msgspec.field(name="Datastream", default=UNSET)


_sent = msgspec.json.Decoder(_Sent).decode


class Reading(msgspec.Struct, frozen=True):
    """A new observation: the first of its moment, of no feature of its own."""

    series: str
    at: Instant


class Plain:
    """Takes what is plain."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def taken(self, subject: Subject, address: Address, body: bytes) -> Reading | None:
        """The observation, once it is kept; ``None`` where it has to go the long way."""
        told = _told(address, body)
        if told is None:
            return None
        reading, value = told
        id_, _, attribute = reading.series.rpartition("!")
        stored = await self._tools.store.get(id_) if id_ and attribute else None
        held = stored.entity.attributes.get(attribute) if stored else None
        if stored is None or not isinstance(held, Attribute) or not _is_later(reading.at, held):
            return None
        if not await self._may(subject, stored, attribute):
            return None
        new = Attribute(type="Property", value=value, unit_code=held.unit_code, observed_at=from_micros(reading.at))
        return reading if await self._kept(stored, attribute, new) else None

    async def _may(self, subject: Subject, stored: Stored, attribute: str) -> bool:
        """Whether the subject sees the Datastream for certain, and may write all of its Thing."""
        kind, tools = stored.entity.type, self._tools
        if kind in sensing.AUXILIARY or attribute in tools.naming.personal.get(kind, ()):
            return False
        if not whole_type(await tools.context.guard(subject), kind):
            return False
        return (await tools.permission(subject, "update")).plain(kind)

    async def _kept(self, stored: Stored, attribute: str, new: Attribute) -> bool:
        kind = stored.entity.type
        good = self._tools.ingest.sieve.course(kind, attribute, [new])
        if good is None:
            return False
        entity = Entity(id=stored.entity.id, type=kind, attributes={attribute: good[0]})
        writes = [Write(entity=entity, newest=True, must_exist=True)]
        committed = await self._tools.store.commit(Transaction(writes=[*writes]))
        judge(committed.outcomes, writes)
        return True


def _told(address: Address, body: bytes) -> tuple[Reading, Any] | None:
    """Datastream, moment and value, where a body or its address says nothing else."""
    try:
        sent = _sent(body)
        at = parse_instant(sent.phenomenon_time)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, Invalid, OverflowError):
        return None
    if type(sent.result) not in _VALUES:
        return None
    stream = _stream(address, sent)
    return (Reading(stream, at), sent.result) if stream else None


def _stream(address: Address, sent: _Sent) -> str | None:
    """Named by the body, or by ``Datastreams('x')/Observations``."""
    if address.ending:
        return None
    if address.steps == _SET:
        return sent.stream.id if isinstance(sent.stream, _Reference) else None
    match address.steps:
        case (sensing.Step("Datastreams", key), sensing.Step("Observations", None)) if sent.stream is UNSET:
            return key
    return None


def _is_later(at: Instant, held: Attribute) -> bool:
    """Whether nothing can have been observed at that moment yet."""
    return held.observed_at is not None and micros(held.observed_at) < at
