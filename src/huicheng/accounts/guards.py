"""What a subject may do, asked of the installation's policies at each use."""

from __future__ import annotations

from typing import Any

from huicheng.access import Guard, Subject
from huicheng.platform import current
from huicheng.stores import Act


def guard_for(subject: Subject, action: str) -> Guard:
    """The guard of one subject and one verb, under the policies in force now."""
    return current().authority.guard(subject, action)


def audit(subject: Subject, verb: str, resource: str, facts: dict[str, Any]) -> None:
    """Write down who has read what is personal, before it is shown."""
    current().authority.record(Act(subject=subject.id, action=verb, resource=resource, facts=facts))
