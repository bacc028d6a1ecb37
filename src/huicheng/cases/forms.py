"""Forms of actions: checked field by field against what the kind declares."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from shapely.geometry import shape

from huicheng.access import Guard, Subject
from huicheng.accounts.guards import guard_for
from huicheng.accounts.models import Account, Unit
from huicheng.cases.errors import FormInvalid
from huicheng.cases.finding import visible
from huicheng.cases.kinds import category_of, kind_of
from huicheng.cases.models import Case
from huicheng.city import great_circle
from huicheng.errors import NotFound
from huicheng.packs import FormField

#: Field → what was sent: text, or for a photograph the digests of what has been kept.
Sent = Mapping[str, Any]

_LONGEST_TEXT = 4_000
_MOST_PHOTOGRAPHS = 6
_MOST_PLACES = 500
#: Days or hours at once; what is longer is a slip of the pen.
_LONGEST_EXTENSION = 1_000

# Message ids, shown beside the field.
MISSING = "Please fill this in."
NOT_A_CHOICE = "Please choose one of the list."
NO_SUCH_UNIT = "There is no such unit."
NOT_A_NUMBER = "This is not a number. Please write figures only, such as 3 or 2.5."
OUT_OF_BOUNDS = "This number is too small or too large. Please check it."
NOT_A_TIME = "This is not a time. Please choose day and time."
NOT_A_POSITION = "This is not a position."
TOO_LONG = "This is longer than 4,000 characters. Please shorten it."
TOO_LONG_ADDRESS = "This is longer than 200 characters. Please shorten it."
NOT_A_TELEPHONE = "This is no telephone number. Please write its figures, or leave it empty."
TOO_MANY = "These are too many photographs. Please leave some out."
NOT_OF_THAT_UNIT = "This is no officer of the unit that has the case."
NO_SUCH_CASE = "There is no such case."
SAME_CASE = "A case cannot be merged into itself."
MERGED_ALREADY = "That case has been merged into another itself."
NOT_AN_EXTENSION = "An extension is longer than nothing, and days are whole."
NOT_A_COURSE = (
    "Please write places as longitude,latitude, one a line: two at least; for an area the first again at the end."
)
UNKNOWN_FIELD = "The form has no such field."


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What the answers are about, for the kinds of fields that are judged by the case."""

    kind: str = ""
    category: str = ""
    #: The unit that has it.
    unit: str = ""
    #: In which measure its limit is.
    measure: str = ""
    #: "" for a case that is yet to be opened.
    number: str = ""
    #: Longitude and latitude, where it has a place.
    place: tuple[float, float] | None = None
    #: What the sender may see of other cases; ``None`` = nothing.
    guard: Guard | None = None

    @classmethod
    def of(cls, case: Case, actor: Subject) -> About:
        """A case that is acted upon."""
        return cls(
            kind=case.kind,
            category=case.category,
            unit=case.handling_unit or case.owner_unit,
            measure=case.limit["type"],
            number=case.number,
            place=None if case.longitude is None or case.latitude is None else (case.longitude, case.latitude),
            guard=guard_for(actor, "read"),
        )

    def beside(self, field: FormField, value: Any) -> About:
        """The same with an answer of the same form: a person is of the unit chosen there."""
        column = {"unit": "unit", "category": "category"}.get(field.kind)
        return msgspec.structs.replace(self, **{column: value}) if column else self


def clean(fields: Mapping[str, FormField], sent: Sent, about: About | None = None) -> dict[str, Any]:
    """What is kept with the event. ``FormInvalid`` names every field that is wrong, at once."""
    cleaned: dict[str, Any] = {}
    errors = dict.fromkeys(set(sent) - set(fields), UNKNOWN_FIELD)
    about = about or About()
    for name in sorted(fields, key=lambda name: fields[name].kind not in _FIRST):
        field, value = fields[name], _trimmed(sent.get(name))
        if value in (None, "", []):
            if field.required:
                errors[name] = MISSING
            continue
        try:
            cleaned[name] = _CHECKS[field.kind](field, value, about)
            about = about.beside(field, cleaned[name])
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise FormInvalid(errors)
    return {name: cleaned[name] for name in fields if name in cleaned}


#: Judged before the others, which depend on them.
_FIRST = {"unit", "category"}


def plain(text: str) -> str:
    """Without space around it, and without NUL, which no keyboard types and PostgreSQL does not keep."""
    return text.replace("\0", "").strip()


def _trimmed(value: Any) -> Any:
    return plain(value) if isinstance(value, str) else value


def _text(_field: FormField, value: Any, _about: About) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise ValueError(TOO_LONG)
    return value


def _choice(field: FormField, value: Any, _about: About) -> str:
    if not isinstance(value, str) or value not in field.choices:
        raise ValueError(NOT_A_CHOICE)
    return value


def _unit(_field: FormField, value: Any, _about: About) -> str:
    if not isinstance(value, str) or not Unit.objects.filter(code=value).exists():
        raise ValueError(NO_SUCH_UNIT)
    return value


def _units(_field: FormField, value: Any, _about: About) -> list[str]:
    """Codes, as a list or parted by commas, each once."""
    parts = value.split(",") if isinstance(value, str) else value
    codes = list(dict.fromkeys(plain(str(one)) for one in parts)) if isinstance(parts, list) else []
    if not codes or Unit.objects.filter(code__in=codes).count() != len(codes):
        raise ValueError(NO_SUCH_UNIT)
    return codes


def _person(_field: FormField, value: Any, about: About) -> str:
    """Subject of an account that works in the unit."""
    if not Account.objects.filter(subject=str(value), unit=about.unit, is_active=True).exists():
        raise ValueError(NOT_OF_THAT_UNIT)
    return str(value)


def _category(_field: FormField, value: Any, about: About) -> str:
    if not isinstance(value, str) or not about.kind or value not in kind_of(about.kind).categories:
        raise ValueError(NOT_A_CHOICE)
    return value


def _condition(_field: FormField, value: Any, about: About) -> str:
    if not isinstance(value, str) or value not in category_of(about.kind, about.category).conditions:
        raise ValueError(NOT_A_CHOICE)
    return value


def _case(_field: FormField, value: Any, about: About) -> str:
    """Number of another case that the sender may see, and that is not merged away itself."""
    target = _other_case(value, about)
    if target.merged_into_id is not None:
        raise ValueError(MERGED_ALREADY)
    return target.number


def _about(_field: FormField, value: Any, about: About) -> str:
    """Number of another case that the sender may see."""
    return _other_case(value, about).number


def _other_case(value: Any, about: About) -> Case:
    if value == about.number:
        raise ValueError(SAME_CASE)
    try:
        target = visible(about.guard, number=str(value)) if about.guard else None
    except NotFound:
        target = None
    if target is None:
        raise ValueError(NO_SUCH_CASE)
    return target


def _number(field: FormField, value: Any, _about: About) -> float:
    try:
        number = float(value)
    except (ValueError, TypeError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(NOT_A_NUMBER)
    below = field.minimum is not None and number < field.minimum
    if below or (field.maximum is not None and number > field.maximum):
        raise ValueError(OUT_OF_BOUNDS)
    return number


def _extension(field: FormField, value: Any, about: About) -> float:
    more = _number(field, value, about)
    whole = about.measure not in {"work_day", "natural_day"} or more == int(more)
    if not 0 < more <= _LONGEST_EXTENSION or not whole:
        raise ValueError(NOT_AN_EXTENSION)
    return more


def _time(_field: FormField, value: Any, _about: About) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        raise ValueError(NOT_A_TIME) from None
    if moment.tzinfo is None:
        raise ValueError(NOT_A_TIME)
    return moment.isoformat()


def _photographs(_field: FormField, value: Any, _about: About) -> list[str]:
    if not isinstance(value, list) or len(value) > _MOST_PHOTOGRAPHS:
        raise ValueError(TOO_MANY)
    return value


def _position(_field: FormField, value: Any, about: About) -> dict[str, float]:
    """``longitude,latitude,accuracy`` as the device said it, kept with the distance from the case, in metres."""
    try:
        longitude, latitude, accuracy = (float(part) for part in str(value).split(","))
    except ValueError:
        raise ValueError(NOT_A_POSITION) from None
    if not (abs(longitude) <= 180 and abs(latitude) <= 90 and 0 <= accuracy < math.inf):
        raise ValueError(NOT_A_POSITION)
    kept = {"longitude": longitude, "latitude": latitude, "accuracy": round(accuracy, 1)}
    if about.place is not None:
        kept["distance"] = round(great_circle(longitude, latitude, *about.place), 1)
    return kept


def _course(_field: FormField, value: Any, _about: About) -> dict[str, Any]:
    """GeoJSON, or places a line each: a LineString, or a Polygon where the last place is the first."""
    try:
        geometry = _drawn(value if isinstance(value, dict) else _geometry(str(value)))
    except (ValueError, TypeError, KeyError, IndexError):
        raise ValueError(NOT_A_COURSE) from None
    return geometry


def _geometry(text: str) -> dict[str, Any]:
    if text.startswith("{"):
        return dict(json.loads(text))
    places = [[float(part) for part in line.split(",")] for line in re.split(r"[;\s]+", text) if line]
    closed = len(places) > 3 and places[0] == places[-1]
    return {"type": "Polygon", "coordinates": [places]} if closed else {"type": "LineString", "coordinates": places}


def _drawn(geometry: dict[str, Any]) -> dict[str, Any]:
    """The same with nothing else in it; ``ValueError`` where it is no simple line or area on the earth."""
    area = geometry["type"] == "Polygon"
    places = geometry["coordinates"][0] if area else geometry["coordinates"]
    kept = [[float(longitude), float(latitude)] for longitude, latitude in places]
    on_earth = all(abs(longitude) <= 180 and abs(latitude) <= 90 for longitude, latitude in kept)
    made = {"type": "Polygon" if area else "LineString", "coordinates": [kept] if area else kept}
    if geometry["type"] not in {"Polygon", "LineString"} or not on_earth or not 2 <= len(kept) <= _MOST_PLACES:
        raise ValueError(NOT_A_COURSE)
    if not shape(made).is_valid:
        raise ValueError(NOT_A_COURSE)
    return made


_CHECKS: dict[str, Callable[[FormField, Any, About], Any]] = {
    "text": _text,
    "choice": _choice,
    "unit": _unit,
    "units": _units,
    "person": _person,
    "category": _category,
    "condition": _condition,
    "case": _case,
    "about": _about,
    "extension": _extension,
    "number": _number,
    "time": _time,
    "photo": _photographs,
    "position": _position,
    "course": _course,
}
