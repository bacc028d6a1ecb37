"""A rule of a pack made ready to run: its expressions checked, its durations and names known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huicheng.city import Instant
from huicheng.expressions import Expression, Type, parse
from huicheng.packs import AttributeType, EntityType, Limit, OnSchedule, Pack, Rule
from huicheng.rules.duration import duration
from huicheng.rules.episode import Terms

#: Names that a scheduled rule reads beside its limits: the aggregate, and of how many observations.
AGGREGATE: dict[str, Type] = {"value": "number", "count": "number"}

_KINDS: dict[str, Type] = {
    "number": "number",
    "text": "text",
    "boolean": "boolean",
    "time": "time",
    "reference": "text",
}


@dataclass(frozen=True, kw_only=True)
class Program:
    """One rule of one pack."""

    #: ``pack/rule``.
    id: str
    pack: str
    rule: Rule
    #: The observed attributes it reads, and their types.
    attributes: dict[str, Type]
    #: Attribute → canonical UN/CEFACT code.
    units: dict[str, str | None]
    derive: dict[str, Expression]
    fires: Expression
    clears: Expression
    severity: Expression
    for_duration: Instant
    missing_after: Instant | None

    @property
    def triggers(self) -> tuple[str, ...]:
        """Attributes whose observation makes the rule judge."""
        on = self.rule.on
        return (on.attribute,) if isinstance(on, OnSchedule) else tuple(on.attributes)

    @property
    def schedule(self) -> OnSchedule | None:
        """When it judges periods: how."""
        return self.rule.on if isinstance(self.rule.on, OnSchedule) else None

    @property
    def limit(self) -> str | None:
        """Name of the limit that an alert shows: the first declared that ``fires`` reads."""
        read = self.read_by(self.fires)
        return next((name for name in self.rule.limits if name in read), None)

    def read_by(self, expression: Expression) -> frozenset[str]:
        """Names that an expression reads, through derived figures too."""
        names = set(expression.names)
        for name in reversed(self.derive):
            if name in names:
                names |= self.derive[name].names
        return frozenset(names)

    def limit_rows(self) -> list[Limit]:
        """All rows of the limit that an alert shows."""
        return self.rule.limits[self.limit] if self.limit else []


def program(pack: Pack, key: str, type: EntityType) -> Program:
    """Check one rule's expressions; ``Invalid`` names the rule and the position in the expression."""
    rule = pack.rules[key]
    place = f"{pack.id}/{key}"
    names = _readable(rule, type)
    derive: dict[str, Expression] = {}
    for name, text in rule.derive.items():
        derive[name] = parse(text, names, place=f"{place}: {name}", tables=rule.tables)
        names[name] = derive[name].type
    fires = _condition(rule.fires, names, rule, f"{place}: fires")
    clears = _condition(rule.clears or f"NOT ({rule.fires})", names, rule, f"{place}: clears")
    severity = parse(rule.severity, names, place=f"{place}: severity", expect="text", tables=rule.tables)
    own = _attributes(rule, type)
    return Program(
        id=place,
        pack=pack.id,
        rule=rule,
        attributes={name: _KINDS[declared.kind] for name, declared in own.items()},
        units={name: declared.unit for name, declared in own.items()},
        derive=derive,
        fires=fires,
        clears=clears,
        severity=severity,
        for_duration=duration(rule.for_duration, place=place) if rule.for_duration else 0,
        missing_after=duration(rule.missing_after, place=place) if rule.missing_after else None,
    )


def programs(packs: Sequence[Pack]) -> list[Program]:
    """Every rule of every pack, in their order; a rule may judge another pack's type."""
    types = {name: one for pack in packs for name, one in pack.entities.items()}
    return [program(pack, key, types[rule.entity_type]) for pack in packs for key, rule in pack.rules.items()]


def _condition(text: str, names: dict[str, Type], rule: Rule, place: str) -> Expression:
    return parse(text, names, place=place, expect="boolean", tables=rule.tables)


def _readable(rule: Rule, type: EntityType) -> dict[str, Type]:
    if isinstance(rule.on, OnSchedule):
        names = dict(AGGREGATE)
    else:
        names = {name: _KINDS[one.kind] for name, one in type.attributes.items() if one.kind in _KINDS}
    return names | dict.fromkeys(rule.limits, "number")


def _attributes(rule: Rule, type: EntityType) -> dict[str, AttributeType]:
    """What the rule's judgement rests on: every trigger, and every attribute that an expression names."""
    if isinstance(rule.on, OnSchedule):
        return {rule.on.attribute: type.attributes[rule.on.attribute]}
    names = _readable(rule, type)
    used: set[str] = set(rule.on.attributes)
    for name, text in rule.derive.items():
        used |= parse(text, names, tables=rule.tables).names
        names[name] = "any"
    for text in (rule.fires, rule.clears or "TRUE", rule.severity):
        used |= parse(text, names, tables=rule.tables).names
    return {name: declared for name, declared in type.attributes.items() if name in used}


def terms(program: Program) -> Terms:
    """What the episode machine needs of a rule. A period's evidence is many observations, so fewer are kept."""
    keep = 12 if program.schedule is None else 2
    return Terms(for_duration=program.for_duration, missing_after=program.missing_after, keep=keep)
