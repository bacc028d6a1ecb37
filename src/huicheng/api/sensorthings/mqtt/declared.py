"""What an installation says of SensorThings by MQTT: whose sight is published, in which selections, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

import msgspec

from huicheng.access import Subject
from huicheng.api.sensorthings.options import Options, options_of
from huicheng.errors import Invalid
from huicheng.stores import sensing

#: Asks as whoever the topics are for; no account or key has this id.
_READER = "sensorthings-topics"


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """A ``$select`` that has topics of its own."""

    #: As subscribers write it after the question mark.
    text: str
    options: Options


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """What is published."""

    #: The one whose policies decide: what it may not see is on no topic.
    reader: Subject
    #: The service root in selfLinks.
    base: str
    #: Entity set → its selections.
    selections: Mapping[str, tuple[Selection, ...]] = {}


class Endpoints(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses of brokers, as clients reach them; none: it is not offered."""

    #: Where Observations may be published.
    create: tuple[str, ...] = ()
    #: Where news may be subscribed to.
    receive: tuple[str, ...] = ()


def declared(grantee: str, base: str, selections: Iterable[str] = ()) -> Declared:
    """``grantee`` as in policies; selections as ``Observations?$select=result``. ``Invalid`` for what means nothing."""
    found: dict[str, tuple[Selection, ...]] = {}
    for one in selections:
        name, selection = _selection(one)
        found[name] = (*found.get(name, ()), selection)
    return Declared(reader=_reader(grantee), base=base.rstrip("/"), selections=found)


def _reader(grantee: str) -> Subject:
    kind, _, name = grantee.partition(":")
    if grantee == "anyone":
        return Subject(id="anonymous", roles=())
    if kind == "role" and name:
        return Subject(id=_READER, roles=(name,))
    if kind == "unit" and name:
        return Subject(id=_READER, roles=(), unit=name)
    if kind == "subject" and name:
        return Subject(id=name, roles=())
    raise Invalid(place=grantee, why="It is none of anyone, role:NAME, unit:CODE, subject:ID.")


def _selection(text: str) -> tuple[str, Selection]:
    name, _, query = text.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    if name not in sensing.SETS or [key for key, _ in pairs] != ["$select"]:
        raise Invalid(place=text, why="It is not written as Observations?$select=result.")
    return name, Selection(text=query, options=options_of(dict(pairs), name))
