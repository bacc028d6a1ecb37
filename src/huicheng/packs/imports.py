"""imports.yaml: how rows of a file become cases that happened elsewhere, opened and closed at their own times."""

from __future__ import annotations

from huicheng.packs.declared import Declared, Text


class Delivered(Declared, frozen=True, kw_only=True):
    """A column, and what its values are in our words."""

    column: str
    #: Delivered value → ours; empty = as delivered.
    values: dict[str, str] = {}
    #: For every value that is not listed; "" = such a row is rejected.
    otherwise: str = ""


class CaseImport(Declared, frozen=True, kw_only=True):
    """One sort of file. Names of columns, except where something else is said."""

    name: Text
    #: Local id of the kind.
    kind: str
    #: The sender's own number of it: what comes twice is filed once.
    key: str
    #: IANA zone of times that carry none.
    zone: str = ""
    opened: str
    #: Empty cell = still open.
    closed: str = ""
    #: The action that closes it, and fields of its form from columns.
    closes: str = ""
    closing: dict[str, Delivered] = {}
    category: Delivered
    #: Fields of the kind's ``opening`` and of the categories' ``questions``.
    answers: dict[str, Delivered] = {}
    #: Columns whose texts are joined.
    title: list[str]
    description: list[str] = []
    address: str = ""
    longitude: str = ""
    latitude: str = ""
    #: Mark (not a column) of those without a position; zero and zero is none.
    unplaced: str = "no-place"
    #: Texts that mean "no value".
    missing: tuple[str, ...] = ("", "NA", "NaN", "null")

    def columns(self) -> list[str]:
        """Every column that is read, once."""
        read = [*self.closing.values(), *self.answers.values(), self.category]
        single = [self.key, self.opened, self.closed, self.address, self.longitude, self.latitude]
        named = [*single, *self.title, *self.description, *(one.column for one in read)]
        return [name for name in dict.fromkeys(named) if name]
