"""Regular expressions that strangers send: bounded before anything runs them.

Backtracking is what makes a pattern slow, so what makes backtracking explode is refused: repeats
inside repeats, alternatives inside repeats, back-references, look-around, and many open repeats.
"""

from __future__ import annotations

import re
import warnings

from huicheng.context.faults import NoPattern, UnsafePattern

LONGEST = 256
_OPEN_REPEATS = 3
_SPECIAL_GROUP = re.compile(r"\(\?(?!:)")
_BACK_REFERENCE = re.compile(r"\\[1-9]")
#: An escape, a character class, a repeat, or any other single character.
_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d*,?\d*\}|.", re.DOTALL)


_NONE = "it is not a regular expression"


def safe_pattern(pattern: str, *, place: str) -> str:
    """The pattern itself when it is valid and cheap; ``UnsafePattern`` else."""
    why = _fault(pattern)
    if why == _NONE:
        raise NoPattern(place=place, pattern=pattern[:60])
    if why:
        raise UnsafePattern(place=place, pattern=pattern[:60], why=why)
    return pattern


def _fault(pattern: str) -> str:
    if len(pattern) > LONGEST:
        return "it is too long"
    if "\0" in pattern:
        return "it holds a null character"
    if _SPECIAL_GROUP.search(pattern) or _BACK_REFERENCE.search(pattern):
        return "it looks around or back"
    try:
        with warnings.catch_warnings(action="error"):  # what Python may read otherwise tomorrow is refused today
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError, Warning):
        return _NONE
    return _repeats_fault(_PIECE.findall(pattern))


def _repeats_fault(pieces: list[str]) -> str:
    """Walk groups with a stack that remembers whether a body may match in several ways."""
    ambiguous = [False]
    repeats = 0
    closed = False
    for piece in pieces:
        if _is_repeat(piece):
            if closed:
                return "a group that may match in several ways is repeated"
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
    return "it repeats too often" if repeats > _OPEN_REPEATS else ""


def _is_repeat(piece: str) -> bool:
    return piece in {"*", "+", "?"} or (piece.startswith("{") and len(piece) > 1)
