"""Orders in words: what one says, and what will come of it when it is given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from huicheng.cases.kinds import category_of
from huicheng.cases.models import Case
from huicheng.cases.ordering import Outlook
from huicheng.city import Entity
from huicheng.desk.clocks import limit_words
from huicheng.desk.things import attribute_type, in_words, name_of
from huicheng.errors import NotFound
from huicheng.web.reading import Reader
from huicheng.web.texts import in_language


def consequences(reader: Reader, target: Entity, seen: Outlook) -> Iterator[str]:
    """What will happen, a sentence each, in the order of time."""
    kind = attribute_type(target.type, seen.orderable.command.attribute)
    facts = {
        "thing": name_of(target),
        "attribute": in_language(kind.name) if kind else seen.orderable.command.attribute,
        "now": in_words(kind, seen.now) or _("not known"),
        "then": in_words(kind, seen.value),
    }
    yield _("%(thing)s: %(attribute)s is to become “%(then)s” (now: %(now)s).") % facts
    if seen.approved:
        yield _("It goes out when somebody else has approved it.")
    else:
        yield _("It goes out at once; nobody has to approve it.")
    if seen.limit is not None:
        yield _("The device has %(limit)s to answer.") % {"limit": limit_words(seen.limit)}
    yield _without_answer(reader, seen.fallback)
    yield _("Until it has ended, nothing else can be ordered of it or of its control group.")


def _without_answer(reader: Reader, fallback: str) -> str:
    if not fallback:
        return _("If it does not, the unit and the unit above are told; there is nothing to fall back on.")
    words = _("If it does not, %(other)s is ordered instead, and the unit and the unit above are told.")
    return words % {"other": named(reader, fallback)}


def named(reader: Reader, entity: str) -> str:
    """The name of a thing, as far as the reader may know it."""
    try:
        return name_of(reader.get(entity))
    except NotFound:
        return entity.rpartition(":")[2]


def order_shown(reader: Reader, case: Case) -> dict[str, Any] | None:
    """What stands on the page of an order: the thing, what it is to do, and whether news of it is waited for."""
    command = category_of(case.kind, case.category).command
    if command is None or case.command is None:
        return None
    kind = attribute_type(command.target, command.attribute)
    return {
        "thing": named(reader, case.entity_ref),
        "entity": case.entity_ref,
        "attribute": in_language(kind.name) if kind else command.attribute,
        "value": in_words(kind, case.command.get("value")),
        "waits": case.closed_at is None,
    }
