"""The Alert entity of an episode (Smart Data Models ``Alert``, and ours; docs/reference/alerts.md)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from huicheng.city import Attribute, Attributes, Entity, Instant, entity_urn, from_micros, rfc3339
from huicheng.packs import Limit, Text
from huicheng.rules.episode import Episode, Step
from huicheng.rules.limits import row_on
from huicheng.rules.periods import local_date
from huicheng.rules.program import Program
from huicheng.rules.sentence import fill
from huicheng.rules.verdicts import SEVERITIES
from huicheng.stores import Mode, Removal, Write

ALERT = "Alert"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What an alert takes over from the entity that it is about."""

    name: Text
    location: Attribute | None


def alert_id(rule: str, entity: str, started: Instant) -> str:
    """The same for the same episode, whoever judges it and how often."""
    identity = "\n".join((rule, entity, rfc3339(started)))
    return entity_urn(ALERT, hashlib.sha256(identity.encode()).hexdigest()[:32])


#: Step → attributes that it writes; a step that is not here writes nothing.
WRITTEN: dict[Step, tuple[str, ...]] = {
    Step.CONTINUE: ("description", "data", "evidence"),
    Step.WORSEN: ("severity", "description", "data", "evidence"),
    Step.END: ("status", "validTo", "description", "data", "evidence"),
    Step.LOSE: ("status", "validTo", "description", "data", "evidence"),
    Step.RESUME: ("status", "severity", "description", "data", "evidence"),
}


def writes(step: Step, episode: Episode, program: Program, place: Place, zone: ZoneInfo) -> list[Write | Removal]:
    """What a step does to the Alert entity."""
    names = _MADE if step is Step.OPEN else WRITTEN.get(step, ())
    if not names:
        return []
    told = _Told(episode=episode, program=program, place=place, zone=zone)
    made: Attributes = {name: held for name in names if (held := _MADE[name](told)) is not None}
    alert = alert_id(episode.rule, episode.entity, episode.started)
    gone = [Removal(id=alert, attribute="validTo")] if step is Step.RESUME else []
    mode = Mode.REPLACE if step is Step.OPEN else Mode.UPDATE
    return [*gone, Write(entity=Entity(id=alert, type=ALERT, attributes=made), mode=mode)]


def place_of(entity: Entity | None, id: str) -> Place:
    """Name and location of the entity judged; its id is its name where it has none."""
    held = entity.attributes if entity else {}
    location = held.get("location")
    return Place(name=_name(held.get("name"), id), location=location if isinstance(location, Attribute) else None)


def _name(held: Attribute | list[Attribute] | None, id: str) -> Text:
    content = held.content if isinstance(held, Attribute) else None
    if isinstance(content, dict):
        first = str(next(iter(content.values()), id))
        return {language: str(content.get(language, first)) for language in ("zh-hans", "en")}
    name = content if isinstance(content, str) else id.rpartition(":")[2]
    return dict.fromkeys(("zh-hans", "en"), name)


@dataclass(frozen=True, kw_only=True)
class _Told:
    """What an attribute of the alert is made of."""

    episode: Episode
    program: Program
    place: Place
    zone: ZoneInfo

    def plain(self, value: Any) -> Attribute | None:
        """A Property; none where there is no value."""
        if value is None:
            return None
        return Attribute(type="Property", value=value, observed_at=from_micros(self.episode.told))

    def json(self, value: Any) -> Attribute:
        """A JsonProperty."""
        return Attribute(type="JsonProperty", json=value, observed_at=from_micros(self.episode.told))


def _source(told: _Told) -> Attribute:
    return Attribute(type="Relationship", object=told.episode.entity, observed_at=from_micros(told.episode.told))


def _description(told: _Told) -> Attribute:
    words = fill(told.program.rule.says, told.episode.evidence.worst.figures, told.place.name)
    return Attribute(type="LanguageProperty", language_map=words, observed_at=from_micros(told.episode.told))


def _location(told: _Told) -> Attribute | None:
    held = told.place.location
    return held and msgspec.structs.replace(held, observed_at=from_micros(told.episode.told))


def _opens(told: _Told, part: str) -> Attribute | None:
    return told.plain(getattr(told.program.rule.opens, part, None))


#: Attribute → how it is made; ``None`` where the alert has none.
_MADE: dict[str, Callable[[_Told], Attribute | None]] = {
    "category": lambda told: told.plain(told.program.pack),
    "subCategory": lambda told: told.plain(told.program.id.rpartition("/")[2]),
    "rule": lambda told: told.plain(told.program.id),
    "severity": lambda told: told.plain(SEVERITIES[told.episode.severity]),
    "status": lambda told: told.plain(_status(told.episode)),
    "dateIssued": lambda told: told.plain(_time(told.episode.issued)),
    "validFrom": lambda told: told.plain(_time(told.episode.started)),
    "validTo": lambda told: told.plain(_time(told.episode.ended)),
    "alertSource": _source,
    "description": _description,
    "data": lambda told: told.json(_data(told.episode, told.program)),
    "evidence": lambda told: told.json(msgspec.to_builtins(told.episode.evidence.items)),
    "limit": lambda told: told.json(limit_shown(told.program, local_date(told.episode.started, told.zone))),
    "caseKind": lambda told: _opens(told, "kind"),
    "caseCategory": lambda told: _opens(told, "category"),
    "location": _location,
}


def _status(episode: Episode) -> str:
    if episode.ended is None:
        return "active"
    return "no-data" if episode.lost else "ended"


def _time(instant: Instant | None) -> str | None:
    return None if instant is None else rfc3339(instant)


def _data(episode: Episode, program: Program) -> dict[str, Any]:
    """Figures of the worst row, and how much there is beside what ``evidence`` lists."""
    evidence = episode.evidence
    figures = {name: value for name, value in evidence.worst.figures.items() if name not in program.rule.limits}
    return {
        **figures,
        "worstAt": rfc3339(evidence.worst.at),
        "firings": evidence.firings,
        "further": evidence.further,
    }


def limit_shown(program: Program, day: date) -> dict[str, Any] | None:
    """The limit row that holds on a day, as alerts and pages show it."""
    row = row_on(program.limit_rows(), day) if program.limit else None
    return None if row is None else {"name": program.limit, **limit_json(row)}


def limit_json(row: Limit) -> dict[str, Any]:
    """A limit with all that makes it trustworthy."""
    return {
        "value": row.value,
        "unit": row.unit,
        "averaging": row.averaging,
        "class": row.class_,
        "validFrom": row.valid_from.isoformat(),
        "validUntil": row.valid_until.isoformat() if row.valid_until else None,
        "source": row.source,
        "verified": row.verified,
    }
