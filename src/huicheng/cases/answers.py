"""Answers of forms in words: what a choice is called, which unit a code stands for, how far somebody stood away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from huicheng.accounts.subjects import names_of
from huicheng.cases.kinds import category_of, kind_of, kinds
from huicheng.cases.models import Case
from huicheng.packs import FormField, Text


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What words are made from: the case, and units by their codes."""

    case: Case
    units: Mapping[str, str]


def in_words(field: FormField, value: Any, known: Known) -> Any:
    """A :class:`Text`, a text or a number; photographs stay a list of digests."""
    spoken = _WORDS.get(field.kind)
    return value if spoken is None else spoken(field, value, known)


def answers_in_words(case: Case, units: Mapping[str, str]) -> Iterator[tuple[Text, Any]]:
    """Label and value of each of the case's own answers, in the order of its forms."""
    fields = _fields(case)
    for name, value in case.answers.items():
        field = fields.get(name)
        if field is not None:
            yield field.name, in_words(field, value, Known(case=case, units=units))
        else:
            yield _UNASKED.get(name, {"en": name}), _scheme(value) if name == "scheme" else value


def _fields(case: Case) -> dict[str, FormField]:
    kind, category = kind_of(case.kind), category_of(case.kind, case.category)
    rows = [row.form for row in kind.transitions.values()]
    forms = (kind.opening, category.questions, *rows, *category.forms.values())
    return {name: field for form in forms for name, field in form.items() if field.projected}


#: Answers that no form asks for: which evaluation an objection is against.
_UNASKED: dict[str, Text] = {"scheme": {"zh-hans": "评价方案", "en": "Evaluation"}}


def _scheme(key: Any) -> Any:
    """The name of ``pack/kind/scheme``; as it is, where it is declared no longer."""
    kind, _sign, scheme = str(key).rpartition("/")
    declared = kinds()[kind].evaluation.get(scheme) if kind in kinds() else None
    return declared.name if declared else key


def _choice(field: FormField, value: Any, _known: Known) -> Any:
    return field.choices.get(value, value)


def _unit(_field: FormField, value: Any, known: Known) -> Any:
    return known.units.get(value, value)


def _units(_field: FormField, value: Any, known: Known) -> Any:
    return ", ".join(known.units.get(code, code) for code in value)


def _person(_field: FormField, value: Any, _known: Known) -> Any:
    return names_of([value]).get(value, value)


def _category(_field: FormField, value: Any, known: Known) -> Any:
    category = kind_of(known.case.kind).categories.get(value)
    return category.name if category else value


def _condition(_field: FormField, value: Any, known: Known) -> Any:
    condition = category_of(known.case.kind, known.case.category).conditions.get(value)
    return condition.files_when if condition else value


def _position(_field: FormField, value: Any, _known: Known) -> Text:
    """How far from the case, and how well the device knew."""
    accuracy = f"{value['accuracy']:.0f}"
    if "distance" not in value:
        return {"zh-hans": f"已定位（精度约 {accuracy} 米）", "en": f"known to about {accuracy} m"}
    distance = f"{value['distance']:.0f}"
    return {
        "zh-hans": f"距案件位置 {distance} 米（精度约 {accuracy} 米）",
        "en": f"{distance} m from the case (known to about {accuracy} m)",
    }


def _course(_field: FormField, value: Any, _known: Known) -> Any:
    """A line or an area, and of how many places; what is older than the kind of field stays as it is."""
    if not isinstance(value, dict) or "coordinates" not in value:
        return value
    area = value["type"] == "Polygon"
    places = len(value["coordinates"][0]) - 1 if area else len(value["coordinates"])
    return {
        "zh-hans": f"{places} 个点的{'范围' if area else '航线'}",
        "en": f"{'an area' if area else 'a line'} of {places} places",
    }


_WORDS: dict[str, Callable[[FormField, Any, Known], Any]] = {
    "choice": _choice,
    "unit": _unit,
    "units": _units,
    "person": _person,
    "category": _category,
    "condition": _condition,
    "position": _position,
    "course": _course,
}
