"""Named statements in PostgreSQL's words."""

from __future__ import annotations

import re

from huicheng.stores.statements import Named, named_statements

_PARAMETER = re.compile(r"\?(\d+)")
_COMMENT = re.compile(r"^--.*\n", re.MULTILINE)
_READS = ("SELECT", "WITH")
#: After WITH.
_CHANGES = re.compile(r"\b(?:INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b")


class Statements(Named):
    """The statements, each known to read or to write by its words. Readers' connections cannot write anyway."""

    def __init__(self) -> None:
        texts = {name: _PARAMETER.sub(r"$\1", one.sql) for name, one in named_statements("postgres").items()}
        super().__init__(texts, frozenset(name for name, text in texts.items() if _writes(text)))


def _writes(text: str) -> bool:
    bare = _COMMENT.sub("", text)
    return not bare.startswith(_READS) or (bare.startswith("WITH") and _CHANGES.search(bare) is not None)
