"""The watch over all clocks: when the alarm of a case has come, what it says is written into its history."""

from __future__ import annotations

import logging

from django.db import transaction

from huicheng.cases.engine import catch_up
from huicheng.cases.models import Case
from huicheng.cases.times import case_now
from huicheng.city import Instant
from huicheng.errors import HuichengError
from huicheng.platform import Platform

_log = logging.getLogger(__name__)

#: Cases in one step; each is a transaction of its own, so that nobody waits for all of them.
_BATCH = 100
_HOUR = 3_600_000_000


class ClockWatcher:
    """Follows ``Case.alarm_at`` by the case clock, wall or replay. One that died goes on where it was."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def step(self) -> bool:
        """Ring what is due; True when something was, so that the caller asks again at once."""
        now = case_now()
        due = Case.objects.filter(alarm_at__lte=now).order_by("alarm_at").values_list("pk", flat=True)
        waiting = list(due[:_BATCH])
        for pk in waiting:
            _ring(pk, now)
        return bool(waiting)


def _ring(pk: int, now: Instant) -> None:
    try:
        with transaction.atomic():
            case = Case.objects.select_for_update().get(pk=pk)
            catch_up(case, now)
    except HuichengError:
        # Its pack was taken away. It asks again in an hour; the others must not wait for it.
        _log.exception("the clock of case %s cannot be read", pk)
        Case.objects.filter(pk=pk).update(alarm_at=now + _HOUR)
