"""What hinders the store, told in the log: once when it begins, and once when it is over."""

from __future__ import annotations

import logging

from huicheng.stores import Store

_log = logging.getLogger(__name__)


class Warner:
    """:meth:`step` is a step of the worker's."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._warned = False

    async def step(self) -> bool:
        """Look once; never is there more to do at once."""
        warnings = await self._store.warnings()
        if warnings and not self._warned:
            for warning in warnings:
                _log.warning("%s", warning)
        elif self._warned and not warnings:
            _log.warning("Nothing hinders the store any more.")
        self._warned = bool(warnings)
        return False
