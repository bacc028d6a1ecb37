"""How often something may be tried from one place: limits by key over a quarter of an hour of wall time."""

from __future__ import annotations

import time
from collections.abc import Mapping

from django.db import transaction
from django.utils.crypto import salted_hmac

from huicheng.accounts.models import Attempt
from huicheng.errors import HuichengError

WINDOW_SECONDS = 15 * 60
_SECOND = 1_000_000


class TooManyAttempts(HuichengError):
    """Problem: it was tried too often, from here or on this name. Remedy: wait a quarter of an hour."""

    status = 429
    slug = "too-many-attempts"
    problem = "This was tried too often."
    remedy = "Wait %(minutes)s minutes, then try again."


#: What is limited (guesses at a name, reports from an address ...) → how many are let through.
Limits = Mapping[str, int]


def spend(limits: Limits) -> list[int]:
    """Count one try against each key, before it is made; ``TooManyAttempts`` when a key is used up.

    Counting first, in one transaction, holds against many tries at once. The answer is for :func:`give_back`.
    """
    now = _now()
    since = now - WINDOW_SECONDS * _SECOND
    with transaction.atomic():
        Attempt.objects.filter(at__lte=since).delete()
        for key, most in limits.items():
            if Attempt.objects.filter(key=_digest(key)).count() >= most:
                raise TooManyAttempts(minutes=WINDOW_SECONDS // 60)
        rows = Attempt.objects.bulk_create(Attempt(key=_digest(key), at=now) for key in limits)
    return [row.pk for row in rows]


def give_back(spent: list[int]) -> None:
    """It was rightly tried, so it does not count."""
    Attempt.objects.filter(pk__in=spent).delete()


def _digest(key: str) -> str:
    """Names and addresses are not kept in the clear."""
    return salted_hmac("huicheng.accounts.attempts", key, algorithm="sha256").hexdigest()


def _now() -> int:
    return time.time_ns() // 1000
