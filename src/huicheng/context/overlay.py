"""Edits of history: what stands in place of an observation, or that it is gone (decision 8).

History itself is never changed; the store lays what was edited over it when it is read.
"""

from __future__ import annotations

import msgspec

from huicheng.city import Attribute, Instant
from huicheng.stores import Rows

#: In place of an instance or a data set: all of them.
ALL = "*"


def gone(entity: str, attribute: str, dataset: str, at: Instant, instance: str = ALL) -> Rows:
    """Nothing of this that was received until ``at`` is shown any more."""
    return Rows(statement="overlay.put", parameters=[(entity, attribute, instance, dataset, None, at)])


def instead(entity: str, attribute: str, instance: str, held: Attribute, at: Instant) -> Rows:
    """In place of one instance of history stands this one."""
    text = msgspec.json.encode(held).decode()
    return Rows(statement="overlay.put", parameters=[(entity, attribute, instance, ALL, text, at)])
