"""Services: what may be reported. A service is a public category of a kind; its code never changes with its name."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest

from huicheng.api.open311.answering import answered, check_jurisdiction
from huicheng.api.open311.document import Document
from huicheng.cases.kinds import kinds, questions_of
from huicheng.errors import NotFound
from huicheng.packs import CaseKind, Category, FormField
from huicheng.web.texts import in_language

_TYPES = {"text": "text", "choice": "singlevaluelist", "number": "number", "time": "datetime"}


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """One public category."""

    #: ``pack_kind_category``.
    code: str
    #: ``pack/kind``.
    kind: str
    category: str
    declared: Category
    of: CaseKind

    @property
    def name(self) -> str:
        return in_language(self.declared.name)

    @property
    def notice(self) -> str:
        """When it counts as settled."""
        first = next(iter(self.declared.conditions.values()), None)
        return in_language(self.declared.closes_when or (first.closes_when if first else {}))


def code_of(kind: str, category: str) -> str:
    """The code of a service: names of packs, kinds and categories have no underscore, so it is unambiguous."""
    return f"{kind.replace('/', '_')}_{category}"


def services() -> dict[str, Service]:
    """By code, in the packs' order."""
    return {
        code_of(name, key): Service(code=code_of(name, key), kind=name, category=key, declared=category, of=kind)
        for name, kind in kinds().items()
        for key, category in kind.categories.items()
        if category.public and not kind.confidential
    }


def service_of(code: str) -> Service:
    """``NotFound`` for a code that is none."""
    found = services().get(code)
    if found is None:
        raise NotFound(what="service_code", key=code[:100])
    return found


@answered("GET")
def service_list(request: HttpRequest) -> Document:
    """``GET services``."""
    check_jurisdiction(request.GET)
    return Document(root="services", body=[_shown(one) for one in services().values()])


def _shown(service: Service) -> dict[str, Any]:
    declared = service.declared
    first = next(iter(declared.conditions.values()), None)
    when = declared.files_when or (first.files_when if first else {})
    return {
        "service_code": service.code,
        "service_name": service.name,
        "description": in_language(when),
        "metadata": bool(questions_of(service.kind, service.category)),
        "type": "realtime",
        "keywords": ", ".join(declared.keywords),
        "group": in_language(declared.group) or in_language(service.of.name),
    }


@answered("GET")
def service_definition(request: HttpRequest, code: str) -> Document:
    """``GET services/CODE``: what is asked beside place and words."""
    check_jurisdiction(request.GET)
    service = service_of(code)
    asked = questions_of(service.kind, service.category).items()
    attributes = [_attribute(name, field, order) for order, (name, field) in enumerate(asked, start=1)]
    return Document(root="service_definition", body={"service_code": service.code, "attributes": attributes})


def _attribute(name: str, field: FormField, order: int) -> dict[str, Any]:
    shown = {
        "variable": True,
        "code": name,
        "datatype": _TYPES[field.kind],
        "required": field.required,
        "datatype_description": in_language(field.hint),
        "order": order,
        "description": in_language(field.name),
    }
    if field.kind == "choice":
        shown["values"] = [{"key": key, "name": in_language(text)} for key, text in field.choices.items()]
    return shown
