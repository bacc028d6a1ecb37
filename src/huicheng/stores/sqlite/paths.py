"""Where a name of an expression lies in a stored document."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import expressions as sql

from huicheng.errors import Invalid
from huicheng.stores.guarding import COLUMNS, Words

#: Fields of an attribute that a dotted name may ask for: ``pm25.observedAt``, ``name.languageMap``.
_METADATA = frozenset({"observedAt", "unitCode", "datasetId", "type", "languageMap"})
#: Where a scalar may lie under an attribute (of several instances, the first).
_HELD = (("value",), ("object",), ("vocab",))


def resolve(name: str) -> sql.Expression:
    """SQLite's tree for a name: ``a`` (value or object), ``a.b`` (inside the value, a sub-attribute, or metadata)."""
    if name in COLUMNS:
        return sql.column(COLUMNS[name], table="e")
    attribute, *inner = name.split(".")
    paths = list(_paths(attribute, inner))
    return sql.Coalesce(this=_extract(paths[0]), expressions=[_extract(path) for path in paths[1:]])


def _paths(attribute: str, inner: list[str]) -> Iterable[str]:
    for instance in ("", "[0]"):
        start = f"$.{_quoted(attribute)}{instance}"
        yield from (start + "".join(f".{_quoted(step)}" for step in steps) for steps in _steps(inner))


def _steps(inner: list[str]) -> list[tuple[str, ...]]:
    if len(inner) == 1 and inner[0] in _METADATA:
        return [(inner[0],)]
    if not inner:
        return [*_HELD]
    return [("value", *inner), ("languageMap", *inner), *((*inner, *held) for held in _HELD)]


def attribute_path(attribute: str) -> str:
    """The JSON path of an attribute of a document."""
    return f"$.{_quoted(attribute)}"


def _quoted(step: str) -> str:
    if '"' in step or "\\" in step or "\0" in step:
        raise Invalid(place=step, why="An attribute name holds neither quotation marks nor backslashes.")
    return f'"{step}"'


def _extract(path: str) -> sql.Expression:
    return extract(sql.Literal.string(path))


def extract(path: sql.Expression) -> sql.Expression:
    """``json_extract`` of the document: scalars as SQL values, the rest as JSON text."""
    return sql.Anonymous(this="json_extract", expressions=[sql.column("doc", table="e"), path])


WORDS = Words(dialect="sqlite", resolve=resolve)
