"""A pack that fits the model, with the files that it was read from, so that a check can say where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from huicheng.expressions import Type
from huicheng.packs.document import Address, Document
from huicheng.packs.fault import Fault
from huicheng.packs.model import AttributeType, Pack


@dataclass(frozen=True, kw_only=True, eq=False)
class Draft:
    """What a check is given."""

    pack: Pack
    folder: Path
    documents: dict[str, Document]
    #: Of each test of the pack: its file and its place in it.
    tests: tuple[tuple[Document, int], ...]
    #: Of each course of a case: the same.
    courses: tuple[tuple[Document, int], ...] = ()

    def fault(self, file: str, address: Address, problem: str, remedy: str) -> Fault:
        """A fault in one of the pack's files."""
        document = self.documents.get(file)
        if document is None:
            return Fault(file=str(self.folder / file), line=1, problem=problem, remedy=remedy)
        return document.fault(address, problem, remedy)

    def test_fault(self, test: int, address: Address, problem: str, remedy: str) -> Fault:
        """A fault in one of the pack's tests."""
        document, index = self.tests[test]
        return document.fault((index, *address), problem, remedy)

    def course_fault(self, course: int, address: Address, problem: str, remedy: str) -> Fault:
        """A fault in one of the courses of the pack's cases."""
        document, index = self.courses[course]
        return document.fault((index, *address), problem, remedy)


#: Kind of an attribute → the type that expressions know it by; other kinds cannot be named in one.
TYPES: dict[str, Type] = {
    "number": "number",
    "text": "text",
    "boolean": "boolean",
    "time": "time",
    "reference": "text",
}


def names_of(attributes: dict[str, AttributeType]) -> dict[str, Type]:
    """The names that an expression over an entity type may read."""
    return {name: TYPES[one.kind] for name, one in attributes.items() if one.kind in TYPES}


def attributes_of(type: str, packs: Sequence[Draft]) -> dict[str, AttributeType] | None:
    """The attributes of an entity type in whichever pack declares it; ``None`` when none does."""
    for draft in packs:
        if type in draft.pack.entities:
            return draft.pack.entities[type].attributes
    return None


def types_of(packs: Sequence[Draft]) -> list[str]:
    """Every declared entity type."""
    return [name for draft in packs for name in draft.pack.entities]
