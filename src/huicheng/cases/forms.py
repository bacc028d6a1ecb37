"""Forms of actions: checked field by field against what the kind declares."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from huicheng.accounts.models import Unit
from huicheng.cases.errors import FormInvalid
from huicheng.packs import FormField

#: Field → what was sent: text, or for a photograph the digests of what has been kept.
Sent = Mapping[str, Any]

_LONGEST_TEXT = 4_000
_MOST_PHOTOGRAPHS = 6

# Message ids, shown beside the field.
MISSING = "Please fill this in."
NOT_A_CHOICE = "Please choose one of the list."
NO_SUCH_UNIT = "There is no such unit."
NOT_A_NUMBER = "This is not a number."
NOT_A_TIME = "This is not a time."
NOT_A_POSITION = "This is not a position."
TOO_LONG = "This is too long."
TOO_MANY = "These are too many photographs."
UNKNOWN_FIELD = "The form has no such field."


def clean(fields: Mapping[str, FormField], sent: Sent) -> dict[str, Any]:
    """What is kept with the event. ``FormInvalid`` names every field that is wrong, at once."""
    cleaned: dict[str, Any] = {}
    errors = dict.fromkeys(set(sent) - set(fields), UNKNOWN_FIELD)
    for name, field in fields.items():
        value = _trimmed(sent.get(name))
        if value in (None, "", []):
            if field.required:
                errors[name] = MISSING
            continue
        try:
            cleaned[name] = _CHECKS[field.kind](field, value)
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise FormInvalid(errors)
    return cleaned


def plain(text: str) -> str:
    """Without space around it, and without NUL, which no keyboard types and PostgreSQL does not keep."""
    return text.replace("\0", "").strip()


def _trimmed(value: Any) -> Any:
    return plain(value) if isinstance(value, str) else value


def _text(_: FormField, value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise ValueError(TOO_LONG)
    return value


def _choice(field: FormField, value: Any) -> str:
    if not isinstance(value, str) or value not in field.choices:
        raise ValueError(NOT_A_CHOICE)
    return value


def _unit(_: FormField, value: Any) -> str:
    if not isinstance(value, str) or not Unit.objects.filter(code=value).exists():
        raise ValueError(NO_SUCH_UNIT)
    return value


def _number(_: FormField, value: Any) -> float:
    try:
        number = float(value)
    except (ValueError, TypeError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(NOT_A_NUMBER)
    return number


def _time(_: FormField, value: Any) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        raise ValueError(NOT_A_TIME) from None
    if moment.tzinfo is None:
        raise ValueError(NOT_A_TIME)
    return moment.isoformat()


def _photographs(_: FormField, value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > _MOST_PHOTOGRAPHS:
        raise ValueError(TOO_MANY)
    return value


def _position(_: FormField, value: Any) -> dict[str, float]:
    """``longitude,latitude,metres`` as the device said it; the engine adds how far that is from the case."""
    try:
        longitude, latitude, metres = (float(part) for part in str(value).split(","))
    except ValueError:
        raise ValueError(NOT_A_POSITION) from None
    if not (abs(longitude) <= 180 and abs(latitude) <= 90 and 0 <= metres < math.inf):
        raise ValueError(NOT_A_POSITION)
    return {"longitude": longitude, "latitude": latitude, "accuracy": round(metres, 1)}


_CHECKS: dict[str, Callable[[FormField, Any], Any]] = {
    "text": _text,
    "choice": _choice,
    "unit": _unit,
    "number": _number,
    "time": _time,
    "photo": _photographs,
    "position": _position,
}
