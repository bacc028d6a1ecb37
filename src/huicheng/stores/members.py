"""Which members an attribute has, as a number: of an attribute all of whose members another has, nothing stays."""

from __future__ import annotations

from typing import get_args

import msgspec

from huicheng.city import Attribute, Kind

_KINDS = {kind: 1 << number for number, kind in enumerate(get_args(Kind))}
#: Name, what it is where it is left out, and its bit.
_FIELDS = tuple(
    (field.name, field.default, 1 << number)
    for number, field in enumerate(msgspec.structs.fields(Attribute), len(_KINDS))
    if not field.required
)


def members_of(one: Attribute) -> int:
    """A bit for its kind, and one for each member that it has; never 0."""
    found = _KINDS[one.type]
    for name, missing, bit in _FIELDS:
        if getattr(one, name) is not missing:
            found |= bit
    return found


def covers(one: Attribute, before: Attribute) -> bool:
    """Whether it is of the same kind, and has all that the other has."""
    return not members_of(before) & ~members_of(one)
