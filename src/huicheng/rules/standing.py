"""What each rule judges by on a day: limits in force, and what is not known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from huicheng.packs import Limit, Pack, Rule, Table, Text
from huicheng.rules.limits import last_begun, row_on


class LimitStanding(msgspec.Struct, frozen=True, kw_only=True):
    """One limit of a rule on one day."""

    name: str
    #: ``None``: no row holds on that day.
    row: Limit | None
    #: The day on which a later row begins, if one is entered.
    next_from: date | None

    @property
    def unknown(self) -> bool:
        """No row holds, or its value is not known: what reads it judges nothing."""
        return self.row is None or self.row.value is None


class TableStanding(msgspec.Struct, frozen=True, kw_only=True):
    """One break-point table of a rule on one day."""

    name: str
    row: Table | None
    #: It has ended, and is used only until a later one is entered.
    outdated: bool
    #: Shown beside every figure that comes from it; empty where nothing is to be said.
    note: Text

    @property
    def unknown(self) -> bool:
        return self.row is None


class RuleStanding(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of one pack on one day."""

    #: ``pack/rule``.
    id: str
    rule: Rule
    limits: list[LimitStanding]
    tables: list[TableStanding]

    @property
    def unknown(self) -> bool:
        """Something that it reads is not known on that day; see which in ``limits`` and ``tables``."""
        return any(one.unknown for one in self.limits) or any(one.unknown for one in self.tables)


def standing(packs: Sequence[Pack], at: date) -> list[RuleStanding]:
    """Every rule of every pack as it stands on a local date."""
    return [rule_standing(f"{pack.id}/{key}", rule, at) for pack in packs for key, rule in pack.rules.items()]


def rule_standing(id: str, rule: Rule, at: date) -> RuleStanding:
    """One rule as it stands on a local date."""
    return RuleStanding(
        id=id,
        rule=rule,
        limits=[_limit(name, rows, at) for name, rows in rule.limits.items()],
        tables=[_table(name, rows, at) for name, rows in rule.tables.items()],
    )


def _limit(name: str, rows: Sequence[Limit], at: date) -> LimitStanding:
    later = [row.valid_from for row in rows if row.valid_from >= at + timedelta(days=1)]
    return LimitStanding(name=name, row=row_on(rows, at), next_from=min(later, default=None))


def _table(name: str, rows: Sequence[Table], at: date) -> TableStanding:
    row = last_begun(rows, at)
    return TableStanding(
        name=name,
        row=row,
        outdated=row is not None and row_on(rows, at) is None,
        note=row.note if row else {},
    )
