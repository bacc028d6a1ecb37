"""What it means for one stretch of time to lie so or so to another, told by the moments that each holds.

A stretch holds its start and not its end (OGC 18-088, 9.3.3.5, as the public suites of OGC read it); an instant holds
itself.
"""

from __future__ import annotations

from collections.abc import Callable

#: Minutes: when something began, and until when it lasted; an instant ends where it begins.
Minutes = tuple[int, int]


def _moments(span: Minutes) -> set[float]:
    """Every half minute of it."""
    start, end = span
    return {start} if start == end else {start + half / 2 for half in range(2 * (end - start))}


def _both_ends(one: Minutes, other: Minutes) -> bool:
    these, those = _moments(one), _moments(other)
    return min(these) <= min(those) and max(these) <= max(those)


#: Word of a condition → whether it holds of one stretch and another.
MEANINGS: dict[str, Callable[[Minutes, Minutes], bool]] = {
    "lt": lambda one, other: max(_moments(one)) < min(_moments(other)),
    "gt": lambda one, other: min(_moments(one)) > max(_moments(other)),
    "le": _both_ends,
    "ge": lambda one, other: _both_ends(other, one),
    "eq": lambda one, other: _moments(one) == _moments(other),
    "ne": lambda one, other: _moments(one) != _moments(other),
    "before": lambda one, other: max(_moments(one)) < min(_moments(other)),
    "after": lambda one, other: min(_moments(one)) > max(_moments(other)),
    "meets": lambda one, other: one[1] == other[0] or one[0] == other[1],
    "during": lambda one, other: _moments(one) <= _moments(other),
    "overlaps": lambda one, other: bool(_moments(one) & _moments(other)),
    "starts": lambda one, other: min(_moments(one)) == min(_moments(other)),
    "finishes": lambda one, other: one[1] == other[1],
}
