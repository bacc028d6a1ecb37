"""Strings that recur in the feed, as small integers; -1 stands for "none"."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock

from huicheng.stores.snapshots import Snapshot


class KnownTerms:
    """The term table in memory, read forward when a code is new. For any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._texts: list[str] = []
        self._codes: dict[str, int] = {}

    @property
    def known(self) -> int:
        """How many are in memory."""
        return len(self._texts)

    def texts(self, snapshot: Snapshot, enough: int | None = None) -> list[str]:
        """Texts by code, at least as new as the snapshot, or ``enough`` of them; this list is never changed."""
        with self._lock:
            if enough is None or enough > len(self._texts):
                self._refresh(snapshot)
            return self._texts

    def codes(self, snapshot: Snapshot, texts: Iterable[str]) -> tuple[int, ...]:
        """The codes of those texts that have one."""
        with self._lock:
            self._refresh(snapshot)
            found = (self._codes.get(text) for text in texts)
            return tuple(code for code in found if code is not None)

    def _refresh(self, snapshot: Snapshot) -> None:
        """Read the terms added since. Codes count from 0; the table's ids from 1."""
        new = [(number, text) for number, text in snapshot.rows("term.all", len(self._texts))]
        if new:
            self._codes.update((text, number - 1) for number, text in new)
            # A new list: another thread may be at work with the old one, and count codes from its length. Added to it,
            # a term made a window's types those of others, and the judge passed observations over.
            self._texts = [*self._texts, *(text for _, text in new)]
