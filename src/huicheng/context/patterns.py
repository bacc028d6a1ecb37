"""Regular expressions that strangers send: bounded before anything runs them.

Backtracking is what makes a pattern slow, so what makes backtracking explode is refused: repeats
inside repeats, alternatives inside repeats, back-references, look-around, and many open repeats.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import partial

from huicheng.context.faults import NoPattern, UnsafePattern

LONGEST = 256
_OPEN_REPEATS = 3
_SPECIAL_GROUP = re.compile(r"\(\?(?!:)")
_BACK_REFERENCE = re.compile(r"\\[1-9]")
#: An escape, a character class, a repeat, or any other single character.
_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d*,?\d*\}|.", re.DOTALL)


def safe_pattern(pattern: str, *, place: str) -> str:
    """The pattern itself when it is valid and cheap; ``UnsafePattern`` else."""
    unsafe = partial(UnsafePattern, place=place, pattern=pattern[:60])
    if len(pattern) > LONGEST:
        raise unsafe(why="it is too long")
    if "\0" in pattern:
        raise unsafe(why="it holds a null character")
    if _SPECIAL_GROUP.search(pattern) or _BACK_REFERENCE.search(pattern):
        raise unsafe(why="it looks around or back")
    try:
        with warnings.catch_warnings(action="error"):  # what Python may read otherwise tomorrow is refused today
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError, Warning):
        raise NoPattern(place=place, pattern=pattern[:60]) from None
    _check_repeats(_PIECE.findall(pattern), unsafe)
    return pattern


def _check_repeats(pieces: list[str], unsafe: Callable[..., UnsafePattern]) -> None:
    """Walk groups with a stack that remembers whether a body may match in several ways."""
    ambiguous = [False]
    repeats = 0
    closed = False
    for piece in pieces:
        if _is_repeat(piece):
            if closed:
                raise unsafe(why="a group that may match in several ways is repeated")
            ambiguous[-1] = True
            repeats += piece != "?"
        closed = False
        if piece == "(":
            ambiguous.append(False)
        elif piece == ")" and len(ambiguous) > 1:
            closed = ambiguous.pop()
            ambiguous[-1] = ambiguous[-1] or closed
        elif piece == "|":
            ambiguous[-1] = True
    if repeats > _OPEN_REPEATS:
        raise unsafe(why="it repeats too often")


def _is_repeat(piece: str) -> bool:
    return piece in {"*", "+", "?"} or (piece.startswith("{") and len(piece) > 1)
