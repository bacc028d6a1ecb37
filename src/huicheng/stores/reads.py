"""Where reading transactions come from, and what readers of the feed remember between them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from huicheng.stores.feed.names import KnownNames
from huicheng.stores.snapshots import Snapshot


class Reads(Protocol):
    """A pool of reading connections of one engine; any thread borrows one."""

    @property
    def names(self) -> KnownNames:
        """Names of entities in the feed."""

    @property
    def known_terms(self) -> int:
        """How many of the terms are in memory."""

    def snapshot(self) -> AbstractContextManager[Any]:
        """One read transaction, a :class:`Snapshot`; errors come out as ours, a slow read as ``Unavailable``."""

    def terms(self, snapshot: Snapshot, enough: int | None = None) -> list[str]:
        """Texts by code, at least as new as the snapshot, or ``enough`` of them; this list is never changed."""

    def codes(self, snapshot: Snapshot, texts: Iterable[str]) -> tuple[int, ...]:
        """The codes of those texts that have one."""
