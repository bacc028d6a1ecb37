"""Regular expressions from outside, bounded so that none can run away."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from huicheng.errors import Invalid

_MAX_LENGTH = 256
#: Time grows with the length of an identifier to this power at most.
_MAX_REPEATS = 3
_MAX_SUBJECT = 2_000
#: An escape, a class, or one sign.
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)
_REPEATS = frozenset("*+{")
_OPEN, _CLOSE = frozenset("("), frozenset(")")


def matches(*arguments: Any) -> bool:
    """Whether a pattern (the first argument) is found in a text."""
    pattern, text = arguments
    return compiled(pattern).search(text[:_MAX_SUBJECT]) is not None


@lru_cache(maxsize=64)
def compiled(pattern: str) -> re.Pattern[str]:
    """The checked pattern; ``Invalid`` for one that is malformed or could take long."""
    if len(pattern) > _MAX_LENGTH:
        raise _refused(why="The pattern is refused. It is longer than %(most)s characters.", most=_MAX_LENGTH)
    _check(_TOKEN.findall(pattern))
    try:
        return re.compile(pattern, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise _refused(why="The pattern is refused. It is malformed: %(fault)s.", fault=str(error)) from None


def _check(tokens: list[str]) -> None:
    """No repetition of what itself repeats or branches, no back references, few repetitions in all."""
    open_groups: list[bool] = []  # whether the group so far repeats or branches
    closed: bool | None = None  # what was just closed
    repeats = 0
    for token in tokens:
        varies = token in _REPEATS or token in {"|", "?"}
        if token in _REPEATS:
            repeats += 1
            if closed:
                raise _refused(why="The pattern is refused. A group that repeats or branches is itself repeated.")
        if token[:1] == "\\" and token[1:].isdigit():
            raise _refused(why="The pattern is refused. It refers back to a group.")
        closed = open_groups.pop() if token in _CLOSE and open_groups else None
        if token in _OPEN:
            open_groups.append(False)
        elif open_groups and (varies or closed):
            open_groups[-1] = True
    if repeats > _MAX_REPEATS:
        raise _refused(why="The pattern is refused. It has more than %(most)s repetitions.", most=_MAX_REPEATS)


def _refused(*, why: str, **details: object) -> Invalid:
    return Invalid(place="idPattern", why=why, **details)
