"""A store as this process has opened it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from huicheng.stores.faces import Store
from huicheng.stores.history.reading import HistoryReader
from huicheng.stores.leases import Lease
from huicheng.stores.reads import Reads


class OpenedStore(Store, Protocol):
    """What every engine's store has beside the face, for this room and the composition root."""

    @property
    def data(self) -> Path:
        """The data directory, where history lies."""

    @property
    def is_writer(self) -> bool:
        """Whether this process holds the data directory, as its server or an offline command."""

    def lease(self, name: str) -> Lease:
        """The right to some work that one process of the installation does at a time."""

    @property
    def readers(self) -> Reads:
        """Reading transactions, for compaction."""

    @property
    def past(self) -> HistoryReader:
        """History, for compaction."""
