"""What an engine says in words of its own about the views of SensorThings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

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

    def members(self, listed: sql.Expression, alias: str) -> sql.Expression:
        """The texts of a list in JSON, or the one text that stands there, as a table with the column ``value``."""

    def boxed(self, alias: str, edges: Sequence[sql.Expression]) -> sql.Expression | None:
        """What is true of all rows whose place meets a box (west, east, south, north), and found by an index."""

    def last(self, name: str) -> tuple[str, ...]:
        """Columns of an entity set that decide between rows whose order is the same so far; they are in an index."""

    def masked(self, document: sql.Expression, shown: sql.Expression) -> sql.Expression:
        """The members of a document that a condition on ``m.key`` lets through."""

    def without(self, document: sql.Expression, names: list[str]) -> sql.Expression:
        """A document without these members."""

    # -- values, which a statement takes by their names, so that it serves every question of its shape

    def placed(self, select: sql.Select) -> tuple[str, ...]:
        """Write each parameter of a tree (:func:`huicheng.stores.sensing.shapes.given`) as the engine does.

        The names of all, in the order in which they are bound.
        """

    def bound(self, held: Any) -> Any:
        """A value as the engine's driver takes it; a tuple is many texts."""

    def one_of(self, column: sql.Expression, several: sql.Expression) -> sql.Expression:
        """Whether a column holds one of many texts, which are one parameter."""

    def said(self, units: bytes, attributes: bytes) -> Mapping[str, Any] | sql.Select:
        """What packs say, as JSON objects: parameters by name, or the view ``said``, whichever is read faster."""
