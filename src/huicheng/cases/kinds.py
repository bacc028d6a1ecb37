"""Kinds of cases, as the packs declare them. The name of a kind is ``pack/kind``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from huicheng.errors import NotFound
from huicheng.packs import CaseKind, Category, FormField, State, Text
from huicheng.platform import current


class PublicCategory(msgspec.Struct, frozen=True, kw_only=True):
    """What a citizen may report."""

    #: ``pack/kind``.
    kind: str
    category: str
    name: Text


def kinds() -> dict[str, CaseKind]:
    """Every kind by its name."""
    return {f"{pack.id}/{name}": kind for pack in current().packs for name, kind in pack.kinds.items()}


def kind_of(name: str) -> CaseKind:
    """The kind; ``NotFound`` when no pack declares it."""
    pack_id, _, kind = name.partition("/")
    for pack in current().packs:
        if pack.id == pack_id and kind in pack.kinds:
            return pack.kinds[kind]
    raise NotFound(what="kind of case", key=name)


def category_of(kind: str, category: str) -> Category:
    """The category of a kind; ``NotFound``."""
    found = kind_of(kind).categories.get(category)
    if found is None:
        raise NotFound(what="category", key=f"{kind} {category}")
    return found


#: Kinds of fields that a reporter can answer without knowing the house.
_ASKABLE = {"text", "choice", "number", "time"}


def questions_of(kind: str, category: str) -> dict[str, FormField]:
    """What a reporter is asked beside text and place; ``NotFound``."""
    asked = category_of(kind, category).questions
    return {name: field for name, field in asked.items() if field.kind in _ASKABLE}


def state_of(kind: str, state: str) -> State:
    """The state of a kind; ``NotFound``."""
    found = kind_of(kind).states.get(state)
    if found is None:
        raise NotFound(what="state", key=f"{kind} {state}")
    return found


def asked_at_opening(kind: str, category: str) -> dict[str, FormField]:
    """What is asked beside category, text and place; ``NotFound``."""
    return {**kind_of(kind).opening, **category_of(kind, category).questions}


def form_of(kind: str, category: str, action: str) -> Mapping[str, FormField]:
    """The fields of an action's form: the transition's, then those that the category adds; empty for no action."""
    declared = kind_of(kind)
    transition, of_category = declared.transitions.get(action), declared.categories.get(category)
    own = of_category.forms.get(action, {}) if of_category else {}
    return {**(transition.form if transition else {}), **own}


def public_categories() -> list[PublicCategory]:
    """What may be reported on the portal, in the packs' order."""
    return list(_public())


def _public() -> Iterator[PublicCategory]:
    for name, kind in kinds().items():
        for key, category in kind.categories.items():
            if category.public:
                yield PublicCategory(kind=name, category=key, name=category.name)
