"""What was compiled, kept for the next who asks: a guard of the same content, a query of the same shape."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

import msgspec

from huicheng.access import Guard

T = TypeVar("T")

_encode = msgspec.msgpack.Encoder().encode


def content_of(guard: Guard, resource: str) -> bytes:
    """All that decides what a guard lets through of a resource: who asks, and every grant on it, word by word.

    Two guards that differ in a row condition, a column, a unit or a deputy have different contents. So what is kept
    under a content never outlives it: a policy that changes asks under another one.
    """
    return _encode((guard.subject, guard.of(resource)))


class Kept(Generic[T]):
    """The values asked for last, as many as fit. Safe to use from several threads.

    ``size`` says what a value takes; of values that take more than ``most`` together the oldest go.
    """

    def __init__(self, most: int, size: Callable[[T], int]) -> None:
        self._most = most
        self._size = size
        self._lock = Lock()
        self._values: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._taken = 0

    @property
    def taken(self) -> int:
        """What all of them take together."""
        return self._taken

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value under a key; made, and kept, where there is none. What ``make`` raises is raised, and not kept."""
        with self._lock:
            found = self._values.get(key)
            if found is not None:
                self._values.move_to_end(key)
                return found[0]
        made = make()  # outside of the lock: two may make the same
        self._keep(key, made)
        return made

    def peek(self, key: Hashable) -> T | None:
        """The value under a key, where there is one."""
        with self._lock:
            found = self._values.get(key)
            return None if found is None else found[0]

    def _keep(self, key: Hashable, made: T) -> None:
        with self._lock:
            self._drop(key)
            self._values[key] = made, self._size(made)
            self._taken += self._size(made)
            while self._taken > self._most and len(self._values) > 1:
                self._drop(next(iter(self._values)))

    def _drop(self, key: Hashable) -> None:
        _, size = self._values.pop(key, (None, 0))
        self._taken -= size
