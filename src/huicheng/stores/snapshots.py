"""One moment of a store, as code that serves every engine reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol


class Snapshot(Protocol):
    """A reading transaction that somebody has begun and will end."""

    def rows(self, statement: str, *parameters: Any) -> Iterable[tuple[Any, ...]]:
        """The rows of a named reading statement. A tuple or array is one parameter: many values."""

    def unsettled(self) -> Iterable[tuple[Any, ...]]:
        """Rows of the feed that ``feed.after`` does not tell yet, because others may come before them."""


class BuiltSnapshot(Snapshot, Protocol):
    """One that also reads what was built for one question."""

    async def built(self, text: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows of a SELECT; its parameters in the order of their numbers, where the engine numbers them."""

    async def told(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of a named reading statement that are few, also where :meth:`rows` has none."""

    async def moment(self, terms: int) -> Snapshot:
        """For named statements of the same moment; ``terms``: how many are known.

        Where it is read under an event loop, ``NotBrief`` comes of what takes several statements.
        """
