"""Counts that stand on every page of the desk: at most some seconds old, since nobody acts by them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

from huicheng.access import Guard
from huicheng.cases.visibility import RESOURCE

T = TypeVar("T")

#: Seconds.
_FRESH = 5.0
_MOST_KEPT = 2_000
_kept: dict[tuple[str, str, int], tuple[float, Any]] = {}


def lately(guard: Guard, name: str, count: Callable[[], T]) -> T:
    """What ``count`` gave this subject lately, else what it gives now; a change of policies counts at once."""
    key, now = (guard.subject.id, name, hash(tuple(guard.of(RESOURCE)))), time.monotonic()
    found = _kept.get(key)
    if found is None or now - found[0] > _FRESH:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        found = _kept[key] = (now, count())
    return cast("T", found[1])


def forget(guard: Guard, name: str) -> None:
    """Count anew: whoever has just changed it wants to see that."""
    for key in [key for key in _kept if key[:2] == (guard.subject.id, name)]:
        _kept.pop(key, None)
