"""The Alert entity of an episode (Smart Data Models ``Alert``, and ours; docs/reference/alerts.md)."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from huicheng.city import Attribute, Entity, Instant, entity_urn, from_micros, rfc3339
from huicheng.city.entity import Attributes
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
    Step.CONTINUE: ("data", "evidence"),
    Step.WORSEN: ("severity", "description", "data", "evidence"),
    Step.END: ("status", "validTo", "data", "evidence"),
    Step.LOSE: ("status", "validTo", "data", "evidence"),
    Step.RESUME: ("status", "severity", "description", "data", "evidence"),
}


def writes(step: Step, episode: Episode, program: Program, place: Place, zone: ZoneInfo) -> list[Write | Removal]:
    """What a step does to the Alert entity."""
    alert = alert_id(episode.rule, episode.entity, episode.started)
    every = _attributes(episode, program, place, zone)
    if step is Step.OPEN:
        return [Write(entity=Entity(id=alert, type=ALERT, attributes=every), mode=Mode.REPLACE)]
    if step not in WRITTEN:
        return []
    changed = Entity(id=alert, type=ALERT, attributes={name: every[name] for name in WRITTEN[step]})
    gone = [Removal(id=alert, attribute="validTo")] if step is Step.RESUME else []
    return [*gone, Write(entity=changed)]


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


def _attributes(episode: Episode, program: Program, place: Place, zone: ZoneInfo) -> Attributes:
    rule = program.rule
    told = from_micros(episode.told)

    def plain(value: Any) -> Attribute:
        return Attribute(type="Property", value=value, observed_at=told)

    def json(value: Any) -> Attribute:
        return Attribute(type="JsonProperty", json=value, observed_at=told)

    figures = episode.evidence.worst.figures
    made: Attributes = {
        "category": plain(program.pack),
        "subCategory": plain(program.id.rpartition("/")[2]),
        "rule": plain(program.id),
        "severity": plain(SEVERITIES[episode.severity]),
        "status": plain(_status(episode)),
        "dateIssued": plain(_time(episode.issued)),
        "validFrom": plain(_time(episode.started)),
        "alertSource": Attribute(type="Relationship", object=episode.entity, observed_at=told),
        "description": Attribute(
            type="LanguageProperty", language_map=fill(rule.says, figures, place.name), observed_at=told
        ),
        "data": json(_data(episode, program)),
        "evidence": json(msgspec.to_builtins(episode.evidence.items)),
        "limit": json(limit_shown(program, local_date(episode.started, zone))),
    }
    if episode.ended is not None:
        made["validTo"] = plain(_time(episode.ended))
    if rule.opens:
        made |= {"caseKind": plain(rule.opens.kind), "caseCategory": plain(rule.opens.category)}
    if place.location:
        made["location"] = msgspec.structs.replace(place.location, observed_at=told)
    return made


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
