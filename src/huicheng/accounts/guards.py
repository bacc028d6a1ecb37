"""What a subject may do, asked of the installation's policies at each use."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from huicheng.access import Guard, Policy, Subject, compile_guard
from huicheng.packs import Pack
from huicheng.platform import current


def guard_for(subject: Subject, action: str) -> Guard:
    """The guard of one subject and one verb, today."""
    today: date = timezone.localdate()
    return compile_guard(subject, action, [p for pack in current().packs for p in _policies(pack)], today)


def _policies(pack: Pack) -> list[Policy]:
    return [
        Policy(
            id=f"{pack.id}/{name}/{grantee}",
            grantee=grantee,
            actions=tuple(one.actions),
            resource=one.resource,
            rows=one.rows,
            columns=one.columns,
            valid_from=one.valid_from,
            valid_until=one.valid_until,
        )
        for name, one in pack.policies.items()
        for grantee in one.grantees
    ]


def audit(subject: Subject, verb: str, resource: str, facts: dict[str, Any]) -> None:
    """Write down who has read what is personal, before it is shown."""
