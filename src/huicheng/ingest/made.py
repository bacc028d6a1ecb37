"""Columns that a file does not have and a source makes of those it has (:class:`huicheng.packs.Template`)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from huicheng.errors import Invalid
from huicheng.packs import Template


class MadeColumns:
    """The columns that a mapping wants, of the columns that a table delivers."""

    def __init__(self, made: Mapping[str, str], wanted: Sequence[str], missing: Collection[Any]) -> None:
        self._templates = {name: _template(name, text) for name, text in made.items()}
        self._wanted = wanted
        self._missing = missing
        #: What is read of the table.
        self.delivered = tuple(dict.fromkeys(part for name in wanted for part in self.parts(name)))

    def parts(self, column: str) -> tuple[str, ...]:
        """The delivered columns behind a wanted one."""
        template = self._templates.get(column)
        return (column,) if template is None else template.columns

    def complete(self, cells: Sequence[Any]) -> Sequence[Any]:
        """Delivered cells → wanted cells; a made one is missing where one of its columns is.

        A column that is wanted twice, as a key and as a field, is delivered once.
        """
        if self.delivered == tuple(self._wanted):
            return cells
        return list(self._each(dict(zip(self.delivered, map(_plain, cells), strict=True))))

    def _each(self, delivered: Mapping[str, Any]) -> Iterator[Any]:
        for name in self._wanted:
            template = self._templates.get(name)
            if template is None:
                yield delivered[name]
            elif any(self._is_missing(delivered[column]) for column in template.columns):
                yield None
            else:
                yield template.fill(delivered)

    def _is_missing(self, cell: Any) -> bool:
        return cell is None or cell != cell or cell in self._missing  # noqa: PLR0124 - NaN is a hole in numeric columns


def _template(name: str, text: str) -> Template:
    try:
        return Template(text)
    except ValueError as fault:
        raise Invalid(
            place=f"made/{name}", why="“%(text)s” cannot be read: %(fault)s.", text=text, fault=str(fault)
        ) from None


def _plain(cell: Any) -> Any:
    return cell.strip() if isinstance(cell, str) else cell
