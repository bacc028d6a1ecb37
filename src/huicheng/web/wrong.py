"""What is wrong with a form, field by field, for the head of its page."""

from __future__ import annotations

from collections.abc import Mapping


def named(errors: Mapping[str, str], labels: Mapping[str, str]) -> list[dict[str, str]]:
    """``name`` and ``says`` of each field that is wrong, in the order of the labels."""
    return [{"name": label, "says": errors[field]} for field, label in labels.items() if errors.get(field)]
