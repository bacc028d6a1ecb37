"""Rules for tests of the room ``rules``: one type, and rules of every sort over it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from huicheng.city import Attribute, Entity, Instant, entity_urn, micros
from huicheng.packs import AttributeType, CaseRef, EntityType, Limit, Manifest, OnArrival, OnSchedule, Pack, Rule
from huicheng.stores import Transaction, Write

TYPE = "AirQualityObserved"
HOUR = 3600 * 1_000_000
DAY = 24 * HOUR
#: 2013-03-01T00:00+08:00.
START = micros(datetime(2013, 2, 28, 16, tzinfo=UTC))


_KINDS: dict[str, Any] = {"pm25": "number", "pm10": "number", "wind": "text", "open": "boolean", "seen": "time"}


def text(words: str) -> dict[str, str]:
    return {"zh-hans": words, "en": words}


def limit(value: float | None, since: date = date(2000, 1, 1), until: date | None = None) -> Limit:
    return Limit(
        value=value, unit="GQ", averaging="PT1H", valid_from=since, valid_until=until, source="a test", verified=False
    )


def hourly(**changes: Any) -> Rule:
    """Above 300 it fires, below 250 it clears, after six hours of nothing it is lost."""
    given: dict[str, Any] = {
        "name": text("hourly"),
        "entity_type": TYPE,
        "on": OnArrival(attributes=["pm25"]),
        "limits": {"high": [limit(300.0)], "low": [limit(250.0)]},
        "fires": "pm25 > high",
        "clears": "pm25 < low",
        "missing_after": "PT6H",
        "severity": "CASE WHEN pm25 > 400 THEN 'extreme' ELSE 'severe' END",
        "opens": CaseRef(kind="air/event", category="hourly"),
        "says": text("{entity}: {pm25} above {high}"),
    }
    return Rule(**{**given, **changes})


def daily(**changes: Any) -> Rule:
    """A day's mean above 75, of at least 20 values."""
    given: dict[str, Any] = {
        "name": text("daily"),
        "entity_type": TYPE,
        "on": OnSchedule(attribute="pm25", aggregate="avg", period="day", at_least=20),
        "limits": {"mean": [limit(75.0)]},
        "fires": "value > mean",
        "missing_after": "P3D",
        "says": text("{value} above {mean}"),
    }
    return Rule(**{**given, **changes})


def pack(**rules: Rule) -> Pack:
    attributes = {
        name: AttributeType(name=text(name), unit="GQ" if name.startswith("pm") else None, kind=kind)
        for name, kind in _KINDS.items()
    }
    return Pack(
        manifest=Manifest(id="air", name=text("air"), version="1", owner_unit="eeb"),
        entities={TYPE: EntityType(name=text(TYPE), source="a test", attributes=attributes)},
        rules=rules,
    )


def station(key: str) -> str:
    return entity_urn(TYPE, key)


def reading(key: str, at: Instant, **values: Any) -> Write:
    """One station's values at one instant."""
    observed = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
    attributes: dict[str, Any] = {
        name: Attribute(
            type="Property", value=value, unit_code="GQ" if name.startswith("pm") else None, observed_at=observed
        )
        for name, value in values.items()
    }
    return Write(entity=Entity(id=station(key), type=TYPE, attributes=attributes))


def received(*writes: Write, at: Instant | None = None, judged: bool = True) -> Transaction:
    """They arrive together; by default at the newest of their instants."""
    held = [one for write in writes for one in write.entity.attributes.values()]
    newest = max(micros(one.observed_at) for one in held if isinstance(one, Attribute) and one.observed_at)
    return Transaction(writes=list(writes), received_at=newest if at is None else at, judged=judged)
