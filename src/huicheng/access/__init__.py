"""Who may do what: policies compiled into every read through every door. Deny by default.

``compile_guard`` says what one subject may do; ``row_filter`` is that as SQL; ``allows`` and
``visible_columns`` are the same on one row at hand (an event, a request to write).
"""

from huicheng.access.faces import EVERYTHING, Grant, Guard, Policy, Subject
from huicheng.access.filter import Mask, RowFilter, row_filter
from huicheng.access.guard import (
    SUBJECT_NAMES,
    allows,
    check_policy,
    compile_guard,
    demand,
    names_of,
    on_behalf,
    visible_columns,
)
from huicheng.access.keys import broker_hash, key_hash, new_key

__all__ = [
    "EVERYTHING",
    "SUBJECT_NAMES",
    "Grant",
    "Guard",
    "Mask",
    "Policy",
    "RowFilter",
    "Subject",
    "allows",
    "broker_hash",
    "check_policy",
    "compile_guard",
    "demand",
    "key_hash",
    "names_of",
    "new_key",
    "on_behalf",
    "row_filter",
    "visible_columns",
]
