"""What this room needs of the authority."""

from __future__ import annotations

from typing import Protocol

from huicheng.access import Guard, Subject


class Guards(Protocol):
    """Gives the guard that holds now; :class:`huicheng.stores.Authority` is one."""

    async def guard(self, subject: Subject, action: str) -> Guard:
        """What the subject may do by ``action`` under the policies in force."""
