"""One case, as far as a guard shows it."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from huicheng.access import Guard
from huicheng.cases.models import Case
from huicheng.errors import NotFound


def visible(guard: Guard, **lookup: Any) -> Case:
    """One case that the guard shows, locked inside a transaction; ``NotFound`` otherwise."""
    rows = Case.objects.visible_to(guard)
    if transaction.get_connection().in_atomic_block:
        rows = rows.select_for_update()
    case = rows.filter(**lookup).first()
    if case is None:
        raise NotFound(what="case", key=next(iter(lookup.values()), ""))
    return case
