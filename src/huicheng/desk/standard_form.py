"""The form by which a steward changes a standard or tries a limit: what was sent, checked field by field."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, get_args

from django.utils.translation import gettext as _

from huicheng.calendar import LimitType
from huicheng.cases.errors import FormInvalid
from huicheng.cases.preview import Asked, last_month
from huicheng.cases.standards import Draft, today
from huicheng.packs import ClockLimit, Text

_LONGEST_WORDS, _LONGEST_WHY = 400, 400
#: No standard counts longer, in whatever measure.
_MOST = 2_000
_LONGEST_PERIOD = timedelta(days=731)


def draft_of(sent: Mapping[str, str], *, of_stage: bool = False) -> Draft:
    """A change of a standard; ``FormInvalid`` names every field that is wrong. A stage has no conditions."""
    errors: dict[str, str] = {}
    withdrawn = sent.get("withdraw") == "1"
    limit = None if withdrawn else _limit(sent, errors)
    valid_from = _date(sent, "valid_from", errors)
    if valid_from is not None and valid_from < today():
        errors["valid_from"] = _("It may hold from today on, not from a day that is over.")
    why = _words(sent, "why", _LONGEST_WHY, errors)
    files_when, closes_when = ({}, {}) if of_stage else (_text(sent, "files", errors), _text(sent, "closes", errors))
    if errors or valid_from is None:
        raise FormInvalid(errors)
    return Draft(
        limit=limit,
        files_when=files_when,
        closes_when=closes_when,
        valid_from=valid_from,
        why=why,
        after=_whole(sent.get("after", "")),
    )


def asked_of(kind: str, category: str, sent: Mapping[str, str]) -> Asked:
    """What is tried on closed cases; without days, last month by the case clock. ``FormInvalid``."""
    errors: dict[str, str] = {}
    limit = _limit({"source": "draft", **sent}, errors)
    first, last = last_month(today())
    if sent.get("first") or sent.get("last"):
        first = _date(sent, "first", errors) or first
        last = _date(sent, "last", errors) or last
    if last < first or last - first > _LONGEST_PERIOD:
        errors["last"] = _("The period must end after it begins, and last two years at most.")
    if errors or limit is None:
        raise FormInvalid(errors)
    return Asked(kind=kind, category=category, condition=sent.get("condition", ""), limit=limit, first=first, last=last)


def _limit(sent: Mapping[str, str], errors: dict[str, str]) -> ClockLimit | None:
    value, measure = _number(sent.get("value", "")), sent.get("type", "")
    if not 0 < value <= _MOST:
        errors["value"] = _("Please write a number above zero.")
    if measure not in get_args(LimitType):
        errors["type"] = _("Please choose one of the list.")
    elif measure.endswith("_day") and value != int(value if math.isfinite(value) else 0):
        errors["value"] = _("A limit in days is a whole number.")
    source = _words(sent, "source", _LONGEST_WHY, errors)
    if errors.keys() & {"value", "type", "source"}:
        return None
    known: dict[str, Any] = {"type": measure}
    return ClockLimit(value=value, source=source, verified=sent.get("verified") == "1", **known)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


def _date(sent: Mapping[str, str], name: str, errors: dict[str, str]) -> date | None:
    try:
        return date.fromisoformat(sent.get(name, ""))
    except ValueError:
        errors[name] = _("Please choose a day.")
        return None


def _words(sent: Mapping[str, str], name: str, longest: int, errors: dict[str, str]) -> str:
    text = sent.get(name, "").replace("\0", "").strip()
    if not text or len(text) > longest:
        errors[name] = _("Please fill this in.") if not text else _("This is too long. Please shorten it.")
    return text


def _text(sent: Mapping[str, str], name: str, errors: dict[str, str]) -> Text:
    zh, en = (_words(sent, f"{name}_{language}", _LONGEST_WORDS, errors) for language in ("zh", "en"))
    return {"zh-hans": zh, "en": en}
