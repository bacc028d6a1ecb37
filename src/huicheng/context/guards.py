"""What this room needs of the authority."""

from __future__ import annotations

from typing import Protocol

from huicheng.access import Guard, Subject
from huicheng.stores import Act


class Guards(Protocol):
    """Says what holds now; :class:`huicheng.stores.Authority` is one."""

    async def guard(self, subject: Subject, action: str) -> Guard:
        """What the subject may do by ``action`` under the policies in force."""

    async def holds(self, subject: Subject) -> bool:
        """Whether a subject kept earlier still stands; a revoked key does not."""

    async def record(self, act: Act) -> None:
        """Write an act into the audit log."""
