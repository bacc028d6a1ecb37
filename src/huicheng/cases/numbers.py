"""Numbers that people read out on the telephone: day of the case clock and a sequence."""

from __future__ import annotations

from datetime import tzinfo

from huicheng.cases.models import DayCounter
from huicheng.city import Instant, from_micros


def next_number(at: Instant, zone: tzinfo) -> str:
    """The next number of the local day of ``at``. Call it in a transaction: it is taken when that commits.

    Four digits are the rule; the ten thousandth case of a day has five, and collides with none.
    """
    day = from_micros(at).astimezone(zone).strftime("%y%m%d")
    counter, _ = DayCounter.objects.select_for_update().get_or_create(day=day, defaults={"last": 0})
    counter.last += 1
    counter.save(update_fields=["last"])
    return f"{day}{counter.last:04d}"
