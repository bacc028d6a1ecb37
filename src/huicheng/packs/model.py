"""What a pack declares, file by file. Pure data: rooms give it meaning (docs/reference/packs.md).

Every struct refuses unknown keys, so a slip of the pen is a fault with file, line and remedy.
A :class:`Text` is a sentence in each language; ``zh-hans`` and ``en`` are required.
Days: ``valid_from`` is the first day on which something holds, ``valid_until`` the first on which
it holds no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from huicheng.packs.courses import Course
from huicheng.packs.declared import Declared, Text
from huicheng.packs.imports import CaseImport
from huicheng.packs.kinds import CaseKind, CaseRef, Opens
from huicheng.packs.shown import Demo, Screens

# -- pack.yaml


class Manifest(Declared, frozen=True, kw_only=True):
    id: str
    name: Text
    version: str
    #: Code of the unit that answers for the domain.
    owner_unit: str
    requires: list[str] = []
    #: Rung of the maturity ladder → ``done``, ``todo``, or ``exempt: reason``.
    maturity: dict[str, str] = {}


# -- entities.yaml


class AttributeType(Declared, frozen=True, kw_only=True):
    name: Text
    kind: Literal["number", "text", "boolean", "time", "geometry", "reference", "json"] = "number"
    #: Canonical UN/CEFACT code; values in a compatible unit are converted on ingest.
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    #: Code list: value → words.
    codes: dict[str, Text] = {}
    #: The list names the values that are known, and others may come: of makers, say.
    codes_open: bool = False
    #: Form that a whole text must have (``packs.pattern``), e.g. ``\\d{16}``.
    pattern: str | None = None
    #: Whether it is a list of such texts, at least one.
    several: bool = False
    #: Personal data: never in history, never projected.
    personal: bool = False


class EntityType(Declared, frozen=True, kw_only=True):
    name: Text
    #: Where the type's definition comes from (Smart Data Models address, standard, ours).
    source: str
    attributes: dict[str, AttributeType]


# -- sources.yaml


class FieldMapping(Declared, frozen=True, kw_only=True):
    """One column of the source → one attribute."""

    attribute: str
    #: Unit of the column as delivered.
    unit: str | None = None
    #: What a number is multiplied by first: counts of five minutes into those of an hour.
    factor: float = 1
    #: Delivered value → ours, for codes.
    values: dict[str, Any] = {}


class Piece(Declared, frozen=True, kw_only=True):
    """Signs ``start`` to ``end`` (from 0, the last not included) of a column's text: an attribute of its own."""

    column: str
    start: int
    end: int


class Source(Declared, frozen=True, kw_only=True):
    """How rows of a file, table or message become observations."""

    name: Text
    entity_type: str
    #: Column with the station's key, and the entity's id it stands for: key → id suffix; an empty
    #: table means the key itself.
    key: str
    keys: dict[str, str] = {}
    #: Column with the time; ``zone`` (IANA) where the text carries none.
    time: str
    zone: str | None = None
    fields: dict[str, FieldMapping]
    #: Column that the file does not have → the text that it is made of: ``{year}-{month:0>2}-{day:0>2}``.
    made: dict[str, str] = {}
    #: Name of the file within a zip archive, e.g. ``stops.txt`` of GTFS.
    member: str = ""
    #: Attribute → the piece of a column that it is.
    pieces: dict[str, Piece] = {}
    #: What comes by MQTT: ``huicheng/air/{station}``. Names in braces, members of the body (``a.b``: nested ones) and
    #: ``received`` (when it came) are its columns; an array is as many rows.
    topics: list[str] = []
    #: Member of the body that holds the array of rows; the other members are columns of each.
    rows: str = ""
    #: Texts that mean "no value".
    missing: tuple[str, ...] = ("", "NA", "NaN", "null")


# -- rules.yaml


class Limit(Declared, frozen=True, kw_only=True):
    """A threshold with all that makes it trustworthy. ``value`` ``None`` = not known: judges nothing."""

    value: float | None
    unit: str
    averaging: str
    class_: str | None = msgspec.field(default=None, name="class")
    valid_from: date
    valid_until: date | None = None
    source: str
    verified: bool


class Table(Declared, frozen=True, kw_only=True):
    """A dated break-point table for ``piecewise()``: pairs (x, y), linear between, flat outside."""

    points: list[tuple[float, float]]
    unit: str
    valid_from: date
    valid_until: date | None = None
    source: str
    verified: bool
    #: Shown beside every figure that comes from it (e.g. a later standard's table is unknown).
    note: Text = {}


class OnArrival(Declared, frozen=True, kw_only=True, tag_field="kind", tag="arrival"):
    """Judge each observation of these attributes as it comes."""

    attributes: list[str]


class OnSchedule(Declared, frozen=True, kw_only=True, tag_field="kind", tag="schedule"):
    """Judge an aggregate at the end of each period."""

    attribute: str
    aggregate: Literal["avg", "min", "max", "sum", "count"]
    #: ``day`` (local calendar day) or ``hour``.
    period: Literal["hour", "day"]
    #: Fewer observations than this in the period: the aggregate is missing.
    at_least: int = 1
    #: Where ``at_least`` comes from, and whether it was read there.
    at_least_source: str = ""
    at_least_verified: bool = False


class Rule(Declared, frozen=True, kw_only=True):
    """A dated expression with a consequence: an alert by episodes, and one case for each."""

    name: Text
    entity_type: str
    on: OnArrival | OnSchedule = msgspec.field(name="when")
    #: Names it may read: attributes, ``value`` (the aggregate), limits and tables below, by name.
    limits: dict[str, list[Limit]] = {}
    tables: dict[str, list[Table]] = {}
    #: Name → expression, computed first and kept with the alert (e.g. ``iaqi``).
    derive: dict[str, str] = {}
    #: True opens the episode; false or unknown does not.
    fires: str
    #: True ends it (hysteresis); default is ``NOT (fires)``.
    clears: str | None = None
    #: Fires only when true for this long without a break (ISO 8601 duration).
    for_duration: str | None = None
    #: No observation for this long ends the episode as "no data" (ISO 8601 duration).
    missing_after: str | None = None
    #: Expression giving ``notice``, ``warning``, ``severe`` or ``extreme``.
    severity: str = "'warning'"
    #: The case that an alert opens, e.g. ``environment/event`` ``pm25-hourly``.
    opens: Opens | None = None
    #: Sentence with ``{name}`` places.
    says: Text


# -- contracts.yaml


class PolicyDeclaration(Declared, frozen=True, kw_only=True):
    """One policy for each of ``grantees``; see :class:`huicheng.access.Policy`."""

    grantees: list[str]
    actions: list[str]
    resource: str
    rows: str = "TRUE"
    columns: tuple[str, ...] = ("*",)
    purpose: Text
    valid_from: date | None = None
    valid_until: date | None = None


# -- indicators.yaml


class Indicator(Declared, frozen=True, kw_only=True):
    """A ratio or figure over Case entities. ``versions`` are never edited, only followed."""

    name: Text
    unit: str
    #: ``up``: more is better.
    direction: Literal["up", "down"]
    target: float | None = None
    #: Calendar period (local) that one figure stands for.
    period: Literal["day", "month", "quarter", "year"] = "month"
    source: str
    verified: bool = False
    #: Resource it reads, e.g. ``Case``.
    over: str
    #: Rows that belong to the period, by expression; ``period_start`` and ``period_end`` are names.
    versions: list[IndicatorVersion]


class IndicatorVersion(Declared, frozen=True, kw_only=True):
    version: int
    valid_from: date
    #: Rows in the denominator and, among them, in the numerator.
    denominator: str
    numerator: str
    #: The formula in words.
    words: Text


# -- tests/*.yaml


class Series(Declared, frozen=True, kw_only=True):
    """Observations of one attribute at even distances; ``null`` among ``values`` is a missing one."""

    entity: str
    attribute: str
    #: The first observation (RFC 3339 with zone).
    start: datetime = msgspec.field(name="from")
    #: ISO 8601 duration between two, e.g. ``PT1H``.
    every: str = "PT1H"
    #: In the attribute's canonical unit.
    values: list[float | str | bool | None]
    #: The values, this many times over.
    repeat: int = 1

    @property
    def course(self) -> list[float | str | bool | None]:
        """The values as they come, one for each step."""
        return self.values * self.repeat


class Expected(Declared, frozen=True, kw_only=True):
    """One episode that must come out; what is not said is not compared."""

    status: Literal["active", "ended", "no-data"]
    starts: datetime | None = None
    ends: datetime | None = None
    severity: Literal["notice", "warning", "severe", "extreme"] | None = None
    #: ``kind category`` of the case that it opens.
    opens: CaseRef | None = None
    #: Derived figures by name, e.g. ``iaqi: 105``.
    data: dict[str, float] = {}


class PackTest(Declared, frozen=True, kw_only=True):
    """A sentence, observations in, episodes out (an empty ``expect``: none)."""

    name: str
    #: Local id of the rule in this pack.
    rule: str
    #: A rule is tested when it has one test of each.
    shows: Literal["positive", "negative", "missing"]
    given: list[Series]
    #: Event time up to which the rule has judged; default is after the last observation.
    until: datetime | None = None
    expect: list[Expected]


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """One domain, read and checked."""

    manifest: Manifest
    entities: dict[str, EntityType] = {}
    sources: dict[str, Source] = {}
    rules: dict[str, Rule] = {}
    kinds: dict[str, CaseKind] = {}
    policies: dict[str, PolicyDeclaration] = {}
    imports: dict[str, CaseImport] = {}
    #: Local ids, here and above; from outside a thing is ``pack/id``.
    indicators: dict[str, Indicator] = {}
    screens: Screens = Screens()
    demo: Demo = Demo()
    #: Where it was read from; ``None`` for one made in memory.
    folder: Path | None = None
    tests: tuple[PackTest, ...] = ()
    courses: tuple[Course, ...] = ()

    @property
    def id(self) -> str:
        return self.manifest.id


def entity_types(packs: Iterable[Pack]) -> dict[str, EntityType]:
    """Every declared entity type by name; packs may not declare one twice."""
    return {name: declared for pack in packs for name, declared in pack.entities.items()}
