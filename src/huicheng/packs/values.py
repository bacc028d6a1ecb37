"""Which values an attribute can have, as its type declares them."""

from __future__ import annotations

from typing import Any

from huicheng.packs.model import AttributeType

_TYPES: dict[str, tuple[type, ...]] = {"number": (int, float), "boolean": (bool,)}


def refuses(attribute: AttributeType, value: Any) -> str:
    """Why an attribute cannot have a value; "" when it can. Numbers are in its canonical unit."""
    if attribute.several and isinstance(value, list):
        return next(filter(None, (_refuses(attribute, one) for one in value)), "") if value else "The list is empty."
    return _refuses(attribute, value)


def _refuses(attribute: AttributeType, value: Any) -> str:
    types = _TYPES.get(attribute.kind, (str,))
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        return f"“{value}” is no {attribute.kind}."
    if attribute.codes and not attribute.codes_open and value not in attribute.codes:
        return f"“{value}” is none of: {', '.join(attribute.codes)}."
    return _outside(attribute, value) if isinstance(value, int | float) else ""


def _outside(attribute: AttributeType, number: float) -> str:
    least, most = attribute.minimum, attribute.maximum
    if (least is not None and number < least) or (most is not None and number > most):
        return f"{number} is not between {_bound(least)} and {_bound(most)}."
    return ""


def _bound(bound: float | None) -> str:
    return "…" if bound is None else f"{bound:g}"
