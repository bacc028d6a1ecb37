"""Organisational units: who reports to whom, and the packs' examples."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.db import connection, transaction

from huicheng.accounts.models import Account, Unit
from huicheng.packs import DemoUnit, Pack

_SQL = Path(__file__).parent / "sql"
_BELOW = (_SQL / "units_below.sql").read_text("utf-8")
_ABOVE = (_SQL / "line_above.sql").read_text("utf-8")


def seed_units(packs: Iterable[Pack]) -> None:
    """Enter the packs' units; one that is there keeps the name and the superior that the installation gave it."""
    missing: dict[str, Unit] = {}
    with transaction.atomic():
        there = set(Unit.objects.values_list("code", flat=True))
        for pack in packs:
            for unit in (one for one in pack.demo.units if one.code not in there):
                missing.setdefault(unit.code, _unit(pack, unit))
        # A superior may stand further down: the database asks for it at the end.
        Unit.objects.bulk_create(missing.values(), ignore_conflicts=True)


def _unit(pack: Pack, unit: DemoUnit) -> Unit:
    names = {"name_zh": unit.name["zh-hans"], "name_en": unit.name["en"]}
    return Unit(code=unit.code, parent_id=unit.parent or None, source=pack.id, **names)


def unit_names() -> dict[str, str]:
    """Code → name in the language of the page."""
    return {unit.code: unit.name for unit in Unit.objects.all()}


def units_below(code: str) -> tuple[str, ...]:
    """The unit and all that report to it, however far below; nothing for a code that is none."""
    return _codes(_BELOW, code)


def line_above(code: str) -> tuple[str, ...]:
    """The reporting line of the unit, nearest superior first."""
    return _codes(_ABOVE, code)


def _codes(statement: str, code: str) -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [code])
        return tuple(row[0] for row in cursor.fetchall())


def has_officers(code: str) -> bool:
    """Whether anybody works in the unit who can sign in."""
    return Account.objects.filter(unit=code, is_active=True).exists()


def staffed_units() -> frozenset[str]:
    """Codes of all units in which somebody works who can sign in."""
    working = Account.objects.filter(is_active=True).exclude(unit=None)
    return frozenset(working.values_list("unit_id", flat=True).distinct())
