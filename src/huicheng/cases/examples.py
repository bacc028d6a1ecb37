"""Example cases of a demonstration: filed and moved on by the platform, marked as examples wherever they are seen."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from huicheng.cases.engine import PLATFORM, Filing, open_case, take_over
from huicheng.cases.models import Case, Source
from huicheng.cases.times import case_clock, case_now
from huicheng.city import Instant
from huicheng.packs import DemoCase, Pack

#: Beside the title, for lists and policies.
EXAMPLE = "example"
_HOUR = 3_600_000_000


def seed_cases(packs: Sequence[Pack]) -> int:
    """File the packs' examples where there is no case yet and the clock is the wall's; how many."""
    if Case.objects.exists() or case_clock().kind != "wall":
        return 0
    now = case_now()
    examples = [(pack, one) for pack in packs for one in pack.demo.cases]
    for number, (pack, one) in enumerate(examples):
        with transaction.atomic():
            _example(pack, one, number, now)
    return len(examples)


def _example(pack: Pack, one: DemoCase, number: int, now: Instant) -> None:
    filing = Filing(
        kind=f"{pack.id}/{one.kind}",
        category=one.category,
        source=str(Source.FILE),
        title=one.title,
        description=one.title,
        address=one.address,
        division=one.division,
        place=one.place,
        opened_at=_ago(now, one.hours),
        marks=(EXAMPLE,),
        form=one.opening,
        client_key=f"{pack.id}/demo:{number}",
    )
    case = open_case(filing, PLATFORM)
    for act in one.acts:
        take_over(case, act.does, _ago(now, act.hours), act.answers, {EXAMPLE: True})


def _ago(now: Instant, hours: float) -> Instant:
    return now - round(hours * _HOUR)
