"""Organisational units, seeded from the packs' examples."""

from __future__ import annotations

from collections.abc import Iterable

from huicheng.accounts.models import Unit
from huicheng.packs import Pack


def seed_units(packs: Iterable[Pack]) -> None:
    """Enter the packs' units; one that is there keeps the name that the installation gave it."""
    for pack in packs:
        for unit in pack.demo.units:
            Unit.objects.get_or_create(
                code=unit.code,
                defaults={"name_zh": unit.name["zh-hans"], "name_en": unit.name["en"], "source": pack.id},
            )


def unit_names() -> dict[str, str]:
    """Code → name in the language of the page."""
    return {unit.code: unit.name for unit in Unit.objects.all()}
