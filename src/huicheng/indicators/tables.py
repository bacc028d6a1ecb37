"""An evaluation table: counts by subject and measure, and the rates, scores and ranks that they give."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from huicheng.expressions import evaluate, parse
from huicheng.indicators.formula import rate
from huicheng.packs import Measure, Scheme

_CENT = Decimal("0.01")

#: What a measure says of a subject: a number of rows, per cent or a mean with two decimals, or nothing.
Value = int | Decimal | None


class Cell(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Counts of one measure for one subject."""

    #: Rows that count; of a mean, rows whose value is known.
    n: int
    #: Rows of a rate's denominator.
    of: int | None = None
    #: Sum of a mean's values.
    sum: float | None = None

    def value(self, measure: Measure) -> Value:
        """The figure; ``None`` where there is nothing to divide by."""
        if measure.of:
            return rate(self.n, self.of or 0)
        if measure.mean:
            return _cents(Decimal(str(self.sum or 0)) / self.n) if self.n else None
        return self.n


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """What one run has counted. Keys of subjects are as facts carry them; "" is "not known"."""

    #: Subject → measure → counts.
    rows: dict[str, dict[str, Cell]]
    #: How many rows were looked at, and the sum of the positions from which they hold: others leave another one.
    footprint: tuple[int, int]

    def total(self) -> dict[str, Cell]:
        """All subjects together: counts add up, so rates and means of the whole come from them."""
        found: dict[str, Cell] = {}
        for cells in self.rows.values():
            for name, cell in cells.items():
                found[name] = _sum(found[name], cell) if name in found else cell
        return found


def _sum(one: Cell, other: Cell) -> Cell:
    return Cell(
        n=one.n + other.n,
        of=None if one.of is None else one.of + (other.of or 0),
        sum=None if one.sum is None else one.sum + (other.sum or 0.0),
    )


def values(scheme: Scheme, cells: Mapping[str, Cell]) -> dict[str, Value]:
    """The figure of each measure."""
    return {name: cells[name].value(measure) if name in cells else None for name, measure in scheme.measures.items()}


def score(scheme: Scheme, figures: Mapping[str, Value]) -> Decimal | None:
    """The scheme's score of some figures, two decimals; ``None`` where it has none or a figure is unknown."""
    if not scheme.score:
        return None
    names = {name: None if value is None else float(value) for name, value in figures.items()}
    found = evaluate(parse(scheme.score, dict.fromkeys(scheme.measures, "number"), expect="number"), names)
    return None if found is None else _cents(Decimal(str(found)))


def ranks(scores: Mapping[str, Decimal | None]) -> dict[str, int]:
    """Subject → place: the best is 1, equal scores share a place and the next one counts all before it (1, 1, 3).

    A subject without a score, or without a name, has no place.
    """
    known = {key: one for key, one in scores.items() if one is not None and key}
    return {key: 1 + sum(other > one for other in known.values()) for key, one in known.items()}


def _cents(value: Decimal) -> Decimal:
    return value.quantize(_CENT, rounding=ROUND_HALF_UP)
