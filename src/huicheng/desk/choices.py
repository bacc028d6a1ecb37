"""What may be chosen in a field of an action's form, by the kind of the field."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from huicheng.accounts.models import Account
from huicheng.accounts.units import staffed_units, unit_names
from huicheng.cases.kinds import category_of, kind_of
from huicheng.cases.models import Case
from huicheng.packs import FormField
from huicheng.web.texts import in_language

Choices = list[dict[str, str]]


def choices_of(field: FormField, case: Case, form: Mapping[str, FormField]) -> Choices:
    """Values with their names; empty where the answer is written."""
    return _CHOICES.get(field.kind, _declared)(field, case, form)


def _declared(field: FormField, _case: Case, _form: Mapping[str, FormField]) -> Choices:
    return [{"value": value, "name": in_language(name)} for value, name in field.choices.items()]


def _units(_field: FormField, _case: Case, _form: Mapping[str, FormField]) -> Choices:
    """All units; that nobody works in one is said, and does not keep anybody from choosing it."""
    staffed, empty = staffed_units(), _("nobody works there; the unit above sees it too")
    names = unit_names().items()
    return [{"value": code, "name": name if code in staffed else f"{name} ({empty})"} for code, name in names]


def _people(_field: FormField, case: Case, form: Mapping[str, FormField]) -> Choices:
    """Officers of the unit that has the case; of every unit, where the form chooses one beside."""
    officers = Account.objects.filter(is_active=True).exclude(unit=None).order_by("unit", "display_name")
    if not any(field.kind == "unit" for field in form.values()):
        officers = officers.filter(unit=case.handling_unit or case.owner_unit)
    return [{"value": one.subject, "name": f"{one.display_name} · {one.unit}"} for one in officers]


def _categories(_field: FormField, case: Case, _form: Mapping[str, FormField]) -> Choices:
    categories = kind_of(case.kind).categories
    return [{"value": key, "name": in_language(one.name)} for key, one in categories.items() if key != case.category]


def _conditions(_field: FormField, case: Case, _form: Mapping[str, FormField]) -> Choices:
    conditions = category_of(case.kind, case.category).conditions
    return [{"value": key, "name": in_language(one.files_when)} for key, one in conditions.items()]


_CHOICES: dict[str, Callable[[FormField, Case, Mapping[str, FormField]], Choices]] = {
    "unit": _units,
    "units": _units,
    "person": _people,
    "category": _categories,
    "condition": _conditions,
}
