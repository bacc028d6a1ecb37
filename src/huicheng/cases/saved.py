"""Filters of the inbox that somebody keeps under a name."""

from __future__ import annotations

from django.db import transaction

from huicheng.access import Subject
from huicheng.cases.models import SavedFilter
from huicheng.errors import Invalid

_MOST = 30
_LONGEST_QUERY = 1000


def saved_of(subject: Subject) -> list[SavedFilter]:
    """The subject's own, by name."""
    return list(SavedFilter.objects.filter(subject=subject.id))


def default_of(subject: Subject) -> SavedFilter | None:
    """The one with which the subject's inbox opens."""
    return SavedFilter.objects.filter(subject=subject.id, default=True).first()


def save(subject: Subject, name: str, query: str, *, default: bool = False) -> SavedFilter:
    """Keep it; one of the same name is replaced. ``Invalid`` without a name, or with too many."""
    name = name.replace("\0", "").strip()[:40]
    if not name or len(query) > _LONGEST_QUERY:
        raise Invalid(place="name", why="A saved filter needs a name.")
    with transaction.atomic():
        own = SavedFilter.objects.filter(subject=subject.id)
        if own.exclude(name=name).count() >= _MOST:
            raise Invalid(place="name", why="There are too many saved filters; remove one first.")
        if default:
            own.update(default=False)
        kept, _ = SavedFilter.objects.update_or_create(
            subject=subject.id, name=name, defaults={"query": query, "default": default}
        )
    return kept


def remove(subject: Subject, id: int) -> None:
    """Drop one of the subject's own; nothing happens for another's."""
    SavedFilter.objects.filter(subject=subject.id, pk=id).delete()


def make_default(subject: Subject, id: int | None) -> None:
    """Open the inbox with this one from now on; with none of them for ``None``."""
    with transaction.atomic():
        own = SavedFilter.objects.filter(subject=subject.id)
        own.update(default=False)
        if id is not None:
            own.filter(pk=id).update(default=True)
