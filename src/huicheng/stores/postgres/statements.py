"""Named statements in PostgreSQL's words."""

from __future__ import annotations

import re

from huicheng.stores.statements import Named, named_statements

_PARAMETER = re.compile(r"\?(\d+)")
_READS = ("SELECT", "WITH")


class Statements(Named):
    """The statements, each known to read or to write by its first word. Readers' connections cannot write anyway."""

    def __init__(self) -> None:
        texts = {name: _PARAMETER.sub(r"$\1", one.sql) for name, one in named_statements("postgres").items()}
        super().__init__(texts, frozenset(name for name, text in texts.items() if not text.startswith(_READS)))
