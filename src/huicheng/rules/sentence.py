"""The sentence of an alert: a rule's ``says`` with names filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from huicheng.packs import Text

#: Only plain names: a pack's text is never run as a format.
_PLACE = re.compile(r"\{([^{}]+)\}")


def fill(says: Text, values: Mapping[str, Any], names: Text) -> Text:
    """The sentence in each language; ``{entity}`` is the entity's name in it, an unknown value a dash."""
    return {language: _fill(sentence, values, names.get(language, "")) for language, sentence in says.items()}


def _fill(sentence: str, values: Mapping[str, Any], entity: str) -> str:
    def word(match: re.Match[str]) -> str:
        name = match[1].strip()
        return entity if name == "entity" else written(values.get(name))

    return _PLACE.sub(word, sentence)


def written(value: Any) -> str:
    """A value as text: numbers with at most two decimals, an unknown as a dash."""
    if value is None:
        return "—"
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return str(value)
