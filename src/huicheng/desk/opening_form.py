"""The form that opens a case of a kind: what it shows, and what was sent by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from huicheng.accounts.contacts import Reachable
from huicheng.cases.errors import FormInvalid
from huicheng.cases.forms import TOO_MANY
from huicheng.cases.kinds import kind_of
from huicheng.cases.opening import MOST_PHOTOGRAPHS, OUT_OF_RANGE, Opening
from huicheng.desk.clocks import limit_words
from huicheng.desk.form_fields import field_shown
from huicheng.packs import CaseKind, Category, FormField
from huicheng.platform import current
from huicheng.web.sent import sent_in
from huicheng.web.texts import in_language
from huicheng.web.wrong import named

_PLAIN = ("category", "text", "longitude", "latitude", "division", "address", "entity", "name", "telephone")
#: In front of the names of the kind's own fields, and of a category's questions.
ASKED, OF_CATEGORY = "f-", "q-"


def opening_of(request: HttpRequest, name: str, **known: Any) -> Opening:
    """What was written down for a case of kind ``name``; ``FormInvalid`` for a place that is none."""
    kind, sent = kind_of(name), _plain(request)
    category = kind.categories.get(sent["category"])
    form = sent_in(request, kind.opening, ASKED)
    if category is not None:
        form |= sent_in(request, category.questions, f"{OF_CATEGORY}{sent['category']}-")
    return Opening(
        kind=name,
        category=sent["category"],
        condition=request.POST.get(f"condition-{sent['category']}", ""),
        text=sent["text"],
        place=place_of(sent),
        address=sent["address"],
        division=sent["division"],
        entity=sent["entity"],
        form=form,
        photographs=_photographs(request),
        contact=Reachable(name=sent["name"][:60], phone=sent["telephone"][:30]),
        **known,
    )


def _plain(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "").strip() for name in _PLAIN}


def place_of(sent: Mapping[str, str]) -> tuple[float, float] | None:
    """Longitude and latitude, where both were sent; ``FormInvalid`` for what is no number."""
    if not sent["longitude"] or not sent["latitude"]:
        return None
    try:
        return float(sent["longitude"]), float(sent["latitude"])
    except ValueError:
        raise FormInvalid({"place": OUT_OF_RANGE}) from None


def _photographs(request: HttpRequest) -> list[bytes]:
    sent = [photo for photo in request.FILES.getlist("photos") if photo.size]
    if len(sent) > MOST_PHOTOGRAPHS:
        raise FormInvalid({"photographs": TOO_MANY})
    return [photo.read() for photo in sent]


def form_shown(request: HttpRequest, name: str, errors: Mapping[str, str]) -> dict[str, Any]:
    """What the page needs to show the form, with what was written kept."""
    kind, sent = kind_of(name), request.POST or request.GET
    chosen = sent.get("category", "")
    said = {field: _(problem) for field, problem in errors.items()}
    return {
        "kind": {"name": in_language(kind.name), "key": name, "place": kind.place, "confidential": kind.confidential},
        "categories": _categories(kind, chosen),
        "extras": list(_extras(request, kind, chosen, errors)),
        "fields": _fields(request, kind.opening, ASKED, errors),
        "values": {field: sent.get(field, "") for field in _PLAIN},
        "errors": said,
        "wrong": named(said, _labels(kind, kind.categories.get(chosen))),
        "towns": towns(),
        "most_photographs": MOST_PHOTOGRAPHS,
    }


def _labels(kind: CaseKind, category: Category | None) -> dict[str, str]:
    """The fields by their words, in the order of the page."""
    asked = {**kind.opening, **(category.questions if category else {})}
    return {
        "name": _("Full name"),
        "telephone": _("Telephone"),
        "category": _("Category"),
        "condition": _("Filing condition"),
        "text": _("Description; the first line is the title"),
        **{name: in_language(field.name) for name, field in asked.items()},
        "place": _("Place"),
        "division": _("Community"),
        "address": _("Address or description of the place"),
        "entity": _("Identifier of the thing it is about"),
        "photographs": _("Photographs"),
    }


def _categories(kind: CaseKind, chosen: str) -> list[dict[str, Any]]:
    """Categories by their big class, in the pack's order."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for key, category in kind.categories.items():
        groups.setdefault(in_language(category.group), []).append(_category(key, category, chosen))
    return [{"name": name, "categories": some} for name, some in groups.items()]


def _category(key: str, category: Category, chosen: str) -> dict[str, Any]:
    return {
        "key": key,
        "name": in_language(category.name),
        "code": category.code,
        "chosen": key == chosen,
        "limit": limit_words(category.limit),
        "files_when": in_language(category.files_when),
        "words": " ".join((key, category.code, *category.keywords, *category.name.values())).lower(),
    }


def _extras(request: HttpRequest, kind: CaseKind, chosen: str, errors: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """What is asked in some categories only: which filing condition holds, and their own questions."""
    for key, category in kind.categories.items():
        if category.conditions or category.questions:
            told = errors if key == chosen else {}
            yield {
                "category": key,
                "name": in_language(category.name),
                "conditions": _conditions(request, key, category),
                "fields": _fields(request, category.questions, f"{OF_CATEGORY}{key}-", told),
            }


def _conditions(request: HttpRequest, key: str, category: Category) -> list[dict[str, Any]]:
    chosen = request.POST.get(f"condition-{key}", "") or next(iter(category.conditions), "")
    return [
        {
            "key": name,
            "chosen": name == chosen,
            "files_when": in_language(condition.files_when),
            "closes_when": in_language(condition.closes_when),
            "limit": limit_words(condition.limit),
        }
        for name, condition in category.conditions.items()
    ]


def _fields(
    request: HttpRequest, fields: Mapping[str, FormField], prefix: str, errors: Mapping[str, str]
) -> list[dict[str, Any]]:
    return [
        field_shown(f"{prefix}{name}", field, request.POST.get(f"{prefix}{name}", ""), errors.get(name, ""))
        for name, field in fields.items()
        # Photographs are asked for by every form; where the device stands only on a telephone.
        if field.kind not in {"photo", "position"}
    ]


def towns() -> list[dict[str, Any]]:
    """Towns, each with its communities: names are official, in Chinese."""
    divisions = current().divisions
    return [{"name": town.name, "communities": divisions.within(town.code)} for town in divisions.at("town")]
