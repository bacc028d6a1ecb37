"""indicators.yaml: formulas over declared names, versions that only follow one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from huicheng.expressions import Type
from huicheng.packs.checks.judging import Reader, check_unit, unknown
from huicheng.packs.fault import Fault
from huicheng.packs.model import Indicator
from huicheng.packs.places import Draft, attributes_of, names_of, types_of

_FILE = "indicators.yaml"

#: Names that every formula may read beside those of the entity: the period is ``start <= t < end``.
PERIOD_NAMES: dict[str, Type] = {"period_start": "time", "period_end": "time"}


def check_indicators(draft: Draft, packs: Sequence[Draft]) -> Iterator[Fault]:
    """The checks of every indicator."""
    for key, indicator in draft.pack.indicators.items():
        yield from check_unit(draft, _FILE, (key, "unit"), indicator.unit)
        yield from _versions(draft, key, indicator)
        attributes = attributes_of(indicator.over, packs)
        if attributes is None:
            yield draft.fault(_FILE, (key, "over"), *unknown("entity type", indicator.over, types_of(packs)))
            continue
        names = {**names_of(attributes), **PERIOD_NAMES}
        for index, version in enumerate(indicator.versions):
            reader = Reader(draft=draft, file=_FILE, address=(key, "versions", index), names=names)
            yield from reader.faults(version.denominator, "denominator")
            yield from reader.faults(version.numerator, "numerator")


def _versions(draft: Draft, key: str, indicator: Indicator) -> Iterator[Fault]:
    at = (key, "versions")
    if not indicator.versions:
        yield draft.fault(_FILE, at, "The indicator has no version.", "Add version: 1.")
    for index, version in enumerate(indicator.versions):
        if version.version != index + 1:
            yield draft.fault(_FILE, (*at, index), "Versions count 1, 2, 3 …", f"Write version: {index + 1}")
        if index and version.valid_from <= indicator.versions[index - 1].valid_from:
            remedy = "A version begins after the one before it."
            yield draft.fault(_FILE, (*at, index, "valid_from"), "This version does not follow.", remedy)
