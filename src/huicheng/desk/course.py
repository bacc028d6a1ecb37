"""The course of a case in words: what was done, by whom, and what was said; machines by their names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from huicheng.cases.reading import Entry
from huicheng.city import parse_instant
from huicheng.desk.things import name_of
from huicheng.devices.register import DEVICE
from huicheng.errors import Invalid, NotFound
from huicheng.stores import device_urn
from huicheng.web.figures import figure
from huicheng.web.moments import moment
from huicheng.web.reading import Reader
from huicheng.web.texts import in_language

_URN = "urn:"
#: What a field of kind ``time`` keeps.
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.]*([+-]\d\d:\d\d|Z)")


class Named:
    """Entities that a course speaks of, each read once: a device that answers is an actor by its id."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[str, tuple[str, str]] = {}

    def of(self, id: str) -> tuple[str, str]:
        """Name and address; without an address the last piece of the id, for what the reader may not see."""
        if id not in self._known:
            self._known[id] = self._read(id)
        return self._known[id]

    def _read(self, id: str) -> tuple[str, str]:
        try:
            entity = self._reader.get(id)
        except NotFound:
            return id.rpartition(":")[2], ""
        if entity.type == DEVICE:
            return name_of(entity), reverse("desk:device", args=[id.removeprefix(device_urn(""))])
        return name_of(entity), reverse("desk:thing", args=[id])


def steps_of(reader: Reader, course: Sequence[Entry], *, full: bool) -> list[dict[str, Any]]:
    """What the page lists; whom the policies show only parts of the case is not shown who did and wrote what."""
    named = Named(reader)
    return [_step(entry, named if full else None) for entry in course]


def _step(entry: Entry, named: Named | None) -> dict[str, Any]:
    changed = in_language(entry.to_state) if entry.to_state and entry.from_state != entry.to_state else ""
    name = in_language(entry.name) or entry.action
    who, address = _who(entry, named) if named else ("", "")
    return {
        "words": f"{name} → {changed}" if changed and entry.seq > 1 else name,
        "at": entry.at,
        "who": who,
        "address": address,
        "said": [said for said in (_said(field, named) for field in entry.form) if said] if named else [],
        "photos": len(entry.photographs) if named else 0,
    }


def _who(entry: Entry, named: Named) -> tuple[str, str]:
    """Who did it, and where to look at it if it is a thing."""
    if entry.actor.startswith(_URN):
        return named.of(entry.actor)
    who = {"": _("the public"), "platform": _("automatic")}.get(entry.actor, entry.actor)
    if entry.behalf:
        who = _("%(deputy)s for %(absent)s") % {"deputy": who, "absent": entry.behalf}
    return (f"{who} · {entry.unit}" if entry.unit else who), ""


def _said(field: tuple[Mapping[str, str], Any], named: Named) -> str:
    label, value = field
    words = in_language(value) if isinstance(value, dict) else value
    if isinstance(words, str):
        words = named.of(words)[0] if words.startswith(_URN) else _time(words)
    elif isinstance(words, float):
        words = figure(words)
    # Digests of photographs are not for reading; the photographs are shown.
    return "" if isinstance(words, list) else f"{in_language(dict(label))}: {words}"


def _time(words: str) -> str:
    """A time as people read it; any other text as it is."""
    if not _TIME.fullmatch(words):
        return words
    try:
        return moment(parse_instant(words))
    except Invalid:
        return words
