"""Before which changes it is kept what entities of a type were, for subscribers who are to hear of it."""

from __future__ import annotations

from enum import IntEnum

from huicheng.stores.faces import Mode


class Remember(IntEnum):
    """Each includes those before it; the numbers stand in ``kept_type.level``."""

    BEFORE_IT_GOES = 0
    #: Before changes that may take attributes away.
    BEFORE_LOSSES = 1
    BEFORE_CHANGES = 2


#: Modes after which something that stood there may stand there no more.
_MAY_TAKE = frozenset({Mode.REPLACE, Mode.MERGE, Mode.PATCH})


def least_of(mode: Mode) -> Remember:
    """What must be wanted at least so that it matters what a write of this mode meets."""
    return Remember.BEFORE_LOSSES if mode in _MAY_TAKE else Remember.BEFORE_CHANGES
