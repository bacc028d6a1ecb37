"""The very observations that made a rule fire: the first ones and the worst, and how many more there are."""

from __future__ import annotations

from typing import Any

import msgspec

from huicheng.city import Instant, Observation, parse_instant, rfc3339


class Item(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One observation, as the Alert entity's ``evidence`` lists it."""

    entity: str
    attribute: str
    #: RFC 3339.
    observed_at: str
    value: Any
    unit: str | None
    instance_id: str

    @property
    def at(self) -> Instant:
        return parse_instant(self.observed_at)


def item(observation: Observation) -> Item:
    """An observation as evidence."""
    return Item(
        entity=observation.entity,
        attribute=observation.attribute,
        observed_at=rfc3339(observation.observed_at),
        value=observation.value,
        unit=observation.unit_code,
        instance_id=observation.instance_id,
    )


class Firing(msgspec.Struct, frozen=True, kw_only=True):
    """One row at which the rule fired."""

    #: Start of what was judged: the instant, or the period's start.
    at: Instant
    #: Index into SEVERITIES.
    severity: int
    #: How far beyond the limit, in the limit's unit; compares rows of one severity.
    excess: float
    #: Names of the rule and their values then.
    figures: dict[str, Any]
    items: tuple[Item, ...]

    def worse_than(self, other: Firing) -> bool:
        """By severity, then by excess; of equals the earlier stays."""
        return (self.severity, self.excess) > (other.severity, other.excess)


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What an episode rests on. Bounded, whatever its length."""

    first: tuple[Firing, ...]
    worst: Firing
    #: Rows at which it fired, shown or not.
    firings: int
    #: The last of them.
    last: Instant

    @classmethod
    def of(cls, firing: Firing) -> Evidence:
        """The beginning."""
        return cls(first=(firing,), worst=firing, firings=1, last=firing.at)

    def with_(self, firing: Firing, keep: int) -> Evidence:
        """One more; ``keep`` first rows stay. A row seen again (a corrected value) is not counted twice."""
        worst = firing if firing.worse_than(self.worst) else self.worst
        again = firing.at == self.last
        first = (*self.first, firing) if not again and len(self.first) < keep else self.first
        return Evidence(first=first, worst=worst, firings=self.firings + (not again), last=firing.at)

    @property
    def shown(self) -> tuple[Firing, ...]:
        """The first rows, and the worst when it is none of them."""
        return self.first if self.worst in self.first else (*self.first, self.worst)

    @property
    def further(self) -> int:
        """Firing rows that are not shown."""
        return self.firings - len({firing.at for firing in self.shown})

    @property
    def items(self) -> list[Item]:
        """Each observation once."""
        found = {(one.instance_id, repr(one.value)): one for firing in self.shown for one in firing.items}
        return list(found.values())
