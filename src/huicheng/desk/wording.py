"""Words for states and categories of Case entities, from the packs that declare them."""

from __future__ import annotations

from huicheng.cases.kinds import kinds
from huicheng.city import Entity
from huicheng.web.reading import content
from huicheng.web.texts import in_language


def state_word(case: Entity) -> str:
    """The state's name; its code where no pack declares it any more."""
    kind, state = kinds().get(str(content(case, "kind", ""))), str(content(case, "status", ""))
    return in_language(kind.states[state].name) if kind and state in kind.states else state


def category_word(case: Entity) -> str:
    """The category's name; its code where no pack declares it any more."""
    kind, category = kinds().get(str(content(case, "kind", ""))), str(content(case, "category", ""))
    return in_language(kind.categories[category].name) if kind and category in kind.categories else category
