"""Pages that carry out one of several acts, which the field ``do`` of their forms names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from django.http import HttpRequest

from huicheng.access import Subject, demand
from huicheng.accounts.guards import guard_for
from huicheng.errors import NotFound

T = TypeVar("T")

#: Name of an act → verb and resource that a policy must grant, and what is done.
Acts = Mapping[str, tuple[str, str, Callable[[HttpRequest, Subject], T]]]


def carry_out(acts: Acts[T], request: HttpRequest, subject: Subject) -> T:
    """What the act says. ``NotFound`` for a name that the page does not know, ``Refused`` without a policy."""
    name = request.POST.get("do", "")
    if name not in acts:
        raise NotFound(what="action", key=name)
    verb, resource, act = acts[name]
    demand(guard_for(subject, verb), verb, resource)
    return act(request, subject)
