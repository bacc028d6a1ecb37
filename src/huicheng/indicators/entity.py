"""The KeyPerformanceIndicator entity (Smart Data Models) that a run gives, with the id of the run."""

from __future__ import annotations

from typing import Any

from huicheng.city import Attribute, Entity, entity_urn, from_micros, rfc3339
from huicheng.indicators.declared import indicators
from huicheng.indicators.models import Run

TYPE = "KeyPerformanceIndicator"


def entity_of(run: Run) -> Entity:
    """The figure as the city sees it; without ``kpiValue`` where there is no rate."""
    declared = indicators().get(run.indicator)
    at = from_micros(run.calculated_at)

    def figure(value: Any, unit: str | None = None) -> Attribute:
        return Attribute(type="Property", value=value, unit_code=unit, observed_at=at)

    attributes: dict[str, Attribute | list[Attribute]] = {
        "numerator": figure(run.numerator),
        "denominator": figure(run.denominator),
        "period": Attribute(type="Property", value=run.period),
        "formulaVersion": figure(run.version),
        "run": figure(run.id),
        "calculatedAt": Attribute(type="Property", value=rfc3339(run.calculated_at)),
    }
    if run.value is not None:
        attributes["kpiValue"] = figure(float(run.value), declared.unit if declared else None)
    if declared is not None:
        attributes["name"] = Attribute(type="LanguageProperty", language_map=dict(declared.name))
        if declared.target is not None:
            attributes["target"] = Attribute(type="Property", value=declared.target, unit_code=declared.unit)
    return Entity(id=entity_urn(TYPE, f"{run.indicator}:{run.period}"), type=TYPE, attributes=attributes)
