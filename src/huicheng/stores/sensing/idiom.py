"""What an engine says in words of its own about the views of SensorThings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from sqlglot import expressions as sql

from huicheng.stores.guarding import Words


class Idiom(Protocol):
    """One engine. Trees that come in may be used once; a column of JSON is whatever the engine keeps it as."""

    @property
    def words(self) -> Words:
        """Its dialect, and where names of policies lie."""

    @property
    def views(self) -> str:
        """The text of its ``views.sql``: each view under a line ``-- name: its_name``."""

    @property
    def beside(self) -> tuple[str, ...]:
        """Columns of the state that its views read beside the document."""

    def inside(self, column: sql.Expression, steps: list[str], wanted: str) -> sql.Expression:
        """A value in JSON, where it has the kind wanted, else NULL."""

    def keys(self, value: sql.Expression) -> list[sql.Expression]:
        """What to order by: numbers come before texts."""

    def geometry(self, value: Any) -> sql.Expression:
        """A GeoJSON as the views hold one."""

    def call(self, name: str, arguments: list[sql.Expression]) -> sql.Expression:
        """A function of OData."""

    def among(self, value: sql.Expression, listed: sql.Expression) -> sql.Expression:
        """Whether a text is in a list in JSON, or is the one text that stands there."""

    def last(self, name: str) -> tuple[str, ...]:
        """Columns of an entity set that decide between rows whose order is the same so far; they are in an index."""

    def masked(self, document: sql.Expression, shown: sql.Expression) -> sql.Expression:
        """The members of a document that a condition on ``m.key`` lets through."""

    def without(self, document: sql.Expression, names: list[str]) -> sql.Expression:
        """A document without these members."""


@runtime_checkable
class Binding(Protocol):
    """An idiom whose engine takes values by name, so that a statement serves every question of its shape."""

    def several(self, held: Sequence[str]) -> Any:
        """Many texts as one parameter."""

    def members_of(self, parameter: sql.Expression) -> sql.Select:
        """These texts as rows."""

    def said(self, document: bytes) -> Any:
        """A JSON document as the parameter that is read fastest."""
