"""Which language of a text a reader gets (ETSI GS CIM 009, 4.15; RFC 4647 lookup)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ANY = "*"
#: The tag of texts that say of no language to be in it.
_NONE = "@none"
#: Members of an attribute that hold what it says: whatever stands in them is no sub-attribute.
VALUE_FIELDS = ("value", "object", "languageMap", "json", "vocab", "valueList", "objectList")


def spoken(member: dict[str, Any], lang: str) -> dict[str, Any]:
    """An attribute or an instance as it is shown, or a list of its values, in one language; its sub-attributes, too."""
    held = {
        name: spoken(one, lang) if isinstance(one, dict) and name not in VALUE_FIELDS else one
        for name, one in member.items()
    }
    texts, series = held.pop("languageMap", None), held.pop("languageMaps", None)
    kind = {"type": "Property"} if "type" in held else {}
    if isinstance(texts, dict):
        tag, text = text_in(texts, lang)
        return {**held, **kind, "value": text, "lang": tag}
    if isinstance(series, list):
        return {**held, **kind, "values": [[text_in(one["languageMap"], lang)[1], at] for one, at in series]}
    return held


def text_in(texts: Mapping[str, Any], preferred: str) -> tuple[str, Any]:
    """Tag and text of the language that is preferred, as ``Accept-Language`` ranks; else some that is there."""
    for wanted in ranked(preferred):
        for tag in texts:
            if wanted == _ANY or tag.lower() == wanted or tag.lower().startswith(f"{wanted}-"):
                return tag, texts[tag]
    for tag in (_NONE, *texts):
        if tag in texts:
            return tag, texts[tag]
    return _NONE, None


def ranked(preferred: str) -> list[str]:
    """The languages of ``fr;q=0.5,en``, in lower case, the most wanted first."""
    found: list[tuple[float, str]] = []
    for part in preferred.split(","):
        tag, _, weight = part.partition(";")
        if tag.strip():
            found.append((_weight(weight), tag.strip().lower()))
    return [tag for _, tag in sorted(found, key=lambda one: -one[0])]


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
