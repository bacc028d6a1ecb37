"""One file of a pack, written as several: ``cases.yaml`` and ``cases/*.yaml`` are one table.

A thing may also be *like* another one of its file, or of another pack's (``environment/event``): what it does not
say, it has from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from huicheng.packs.document import Address, Document, read_document
from huicheng.packs.fault import Fault

_LIKE = "like"


def read_joined(folder: Path, name: str) -> Document | None:
    """``name`` (``cases.yaml``) with the files of the folder beside it (``cases/``); ``None`` without either."""
    whole = [folder / name] if (folder / name).is_file() else []
    parts = [read_document(file) for file in (*whole, *sorted((folder / Path(name).stem).glob("*.yaml")))]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else _join(parts)


def _join(parts: Sequence[Document]) -> Document:
    """The parts as one table. What is said of one thing may stand in several files, each piece of it once."""
    whole = _Whole()
    for part in parts:
        whole.faults += part.faults
        if isinstance(part.data, dict):
            whole.add(part, part.data)
        elif not part.faults:
            whole.faults.append(part.fault((), "Here a table of names must stand.", "name: value, one a line"))
    return Document(file=parts[0].file, data=whole.data, lines=whole.lines, faults=whole.faults, files=whole.files)


class _Whole:
    """What the parts come to."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}
        self.files: dict[Address, str] = {}
        self.lines: dict[Address, int] = {}
        self.faults: list[Fault] = []

    def add(self, part: Document, data: dict[str, Any]) -> None:
        for name, said in data.items():
            known = self.data.get(name, {})
            pieces = said if isinstance(said, dict) and isinstance(known, dict) else {}
            if name in self.data and not pieces:
                self._twice(part, (name,))
            for key in pieces:
                if key in known:
                    self._twice(part, (name, key))
            self.data[name] = known | pieces if pieces else said
            self.files |= {(name, key): part.file for key in pieces}
            self.files.setdefault((name,), part.file)
        self.lines = part.lines | self.lines

    def _twice(self, part: Document, address: Address) -> None:
        there = self.files.get(address, self.files[address[:1]])
        self.faults.append(part.fault(address, f"“{address[-1]}” stands in {there}, too.", "Keep one of them."))


def alike(document: Document, others: Mapping[str, Any]) -> Document:
    """Each thing that is ``like`` another, with what it has from there; one step, never a chain.

    ``others`` are the things that stand in the same file of other packs: ``pack/thing`` → what it says.
    """
    if not isinstance(document.data, dict):
        return document
    data, faults = dict(document.data), list(document.faults)
    for key, said in document.data.items():
        if not isinstance(said, dict) or _LIKE not in said:
            continue
        model = document.data.get(said[_LIKE], others.get(str(said[_LIKE])))
        if not isinstance(model, dict) or _LIKE in model:
            problem = f"There is nothing “{said[_LIKE]}” to be like."
            remedy = "Name a thing of this file, or pack/thing, that says all of itself."
            faults.append(document.fault((key, _LIKE), problem, remedy))
        else:
            data[key] = {name: value for name, value in (model | said).items() if name != _LIKE}
    return msgspec.structs.replace(document, data=data, faults=faults)
