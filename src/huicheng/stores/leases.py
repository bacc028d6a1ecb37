"""Work that one process of an installation does at a time, whichever it is."""

from __future__ import annotations

from typing import Protocol


class Lease(Protocol):
    """The right to some work. It is lost with the process, or with its connection."""

    async def taken(self) -> bool:
        """Whether it is this process's from now on; ``False`` while another has it."""

    async def held(self) -> bool:
        """Whether it is still this process's. Once it is not, stop at once: another may have it."""

    async def give_back(self) -> None:
        """Let another have it."""


class Undisputed:
    """Where the data directory lets in one server only: nobody else would do the work."""

    async def taken(self) -> bool:
        """See :meth:`Lease.taken`."""
        return True

    async def held(self) -> bool:
        """See :meth:`Lease.held`."""
        return True

    async def give_back(self) -> None:
        """See :meth:`Lease.give_back`."""
