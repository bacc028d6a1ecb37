"""A guard in an entity query: which types, rows and columns the asker may see.

Each type has its own grants, so a limited guard splits a query into branches, one a type. What a branch lets
through is compiled once for each content of a guard, and stands in the trees as one node of finished text: to build
the tree of an officer's grants, to copy it and to write it down took a tenth of a second for each query.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence

import msgspec
from sqlglot import expressions as sql

from huicheng.access import Guard, Mask, RowFilter, row_filter
from huicheng.expressions import Dialect, Resolve, steps_of
from huicheng.stores.faces import EntityQuery
from huicheng.stores.kept import Kept, content_of

_ANY = "*"
#: Names that are columns of the state, and visible in each row that is.
COLUMNS = {"id": "iri", "type": "type", "createdAt": "created_at", "modifiedAt": "modified_at"}


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """How an engine says things."""

    dialect: Dialect
    #: A name of an expression as a value of the state, whose table is called ``e``.
    resolve: Resolve
    #: When an attribute of a row was made or last written, by the column that says so of the entity; NULL without it.
    time_of: Callable[[str, str], sql.Expression]


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """Entities of one type (or of all types without grants of their own), and what may be seen of them."""

    of_type: sql.Expression
    filter: RowFilter
    words: Words

    def guarded(self, attribute: str, value: sql.Expression) -> sql.Expression:
        """``value``, which comes from ``attribute``, where that may be seen, else NULL."""
        found = self.filter.guarded(attribute, value)
        if found is not value and not isinstance(found, sql.Null):
            found.meta.update(value.meta)
        return found

    def resolve(self, name: str) -> sql.Expression:
        """A name of an expression; identifier and type of a visible row are always visible."""
        value = self.words.resolve(name)
        return value if name in COLUMNS else self.guarded(steps_of(name)[0], value)


def branches_of(guard: Guard, types: Sequence[str], words: Words) -> list[Branch]:
    """The branches of a query for some types (empty: all); none when nothing may be seen."""
    if guard.unlimited:
        return [_branch(guard, _ANY, _one_of(types), words)]
    own = sorted(set(types) if types else guard.grants.keys() - {_ANY})
    branches = [_branch(guard, resource, _one_of([resource]), words) for resource in own]
    if not types:
        branches.append(_branch(guard, _ANY, _none_of(own), words))
    return [branch for branch in branches if branch.filter.where != sql.false()]


def sight_of(guard: Guard, types: Sequence[str]) -> Hashable:
    """All that decides what :func:`branches_of` gives for some types under a guard: equal where that is the same."""
    if guard.unlimited:
        return True
    if types:
        return tuple(content_of(guard, resource) for resource in types)
    return tuple((resource, content_of(guard, resource)) for resource in sorted(guard.grants.keys() | {_ANY}))


def untyped(query: EntityQuery) -> bool:
    """Whether it asks for identifiers of any type, under a guard that tells types apart.

    To name their types spares the conditions of all the others that the asker may read: of an officer some dozens.
    """
    return bool(query.ids) and not query.types and not query.guard.unlimited


def _branch(guard: Guard, resource: str, of_type: sql.Expression, words: Words) -> Branch:
    key = (words.dialect, words.resolve, content_of(guard, resource))
    found = _FILTERS.get(key, lambda: _finished(row_filter(guard, resource, words.dialect, words.resolve), words))
    return Branch(of_type=of_type, filter=found, words=words)


def _finished(made: RowFilter, words: Words) -> RowFilter:
    """The same filter, its conditions written down."""
    if made.masks is None:
        return RowFilter(where=_written(made.where, words), masks=None)
    masks = tuple(Mask(rows=_written(mask.rows, words), columns=mask.columns) for mask in made.masks)
    return RowFilter(where=_written(made.where, words), masks=masks)


def _written(condition: sql.Expression, words: Words) -> sql.Expression:
    """A condition as one node. The constants stay what they are: they are asked for."""
    if isinstance(condition, sql.Boolean):
        return condition
    return sql.Var(this=sql.Paren(this=condition).sql(dialect=words.dialect))


def _length(filter: RowFilter) -> int:
    """Characters of its conditions, about; a filter without any takes room, too."""
    return 200 + sum(len(str(one.this)) for one in (filter.where, *(mask.rows for mask in filter.masks or ())))


#: Some thousands of pairs of a guard and a type.
_FILTERS = Kept[RowFilter](16_000_000, _length)


def _type() -> sql.Column:
    return sql.column("type", table="e")


def _one_of(types: Sequence[str]) -> sql.Expression:
    """A deleted entity has no type, so neither condition finds one."""
    if not types:
        return sql.Not(this=sql.Is(this=_type(), expression=sql.Null()))
    return sql.In(this=_type(), expressions=[sql.Literal.string(one) for one in types])


def _none_of(types: Collection[str]) -> sql.Expression:
    if not types:
        return _one_of(())
    return sql.Not(this=sql.In(this=_type(), expressions=[sql.Literal.string(one) for one in types]))


def masks_of(branches: Sequence[Branch]) -> list[sql.Expression]:
    """Columns of the SELECT that say, for each row, which masks hold."""
    return [
        sql.Alias(
            this=sql.and_(branch.of_type.copy(), mask.rows.copy(), copy=False), alias=sql.to_identifier(f"mask{number}")
        )
        for number, (branch, mask) in enumerate(_masks(branches))
    ]


def _masks(branches: Sequence[Branch]) -> list[tuple[Branch, Mask]]:
    """None where no branch hides anything of a row that it shows."""
    if all(branch.filter.masks is None for branch in branches):
        return []
    return [(branch, mask) for branch in branches for mask in _parts(branch)]


def _parts(branch: Branch) -> Sequence[Mask]:
    """Masks of a branch; one that hides nothing counts as one mask with every column."""
    return branch.filter.masks or (Mask(rows=branch.filter.where, columns=frozenset({_ANY})),)


def visible(branches: Sequence[Branch], holds: Sequence[object]) -> frozenset[str] | None:
    """The columns of a row whose masks hold like this; ``None`` when all of them."""
    masks = [mask for _, mask in _masks(branches)] if holds else []
    if not masks:
        return None
    columns = frozenset[str]().union(*(m.columns for m, held in zip(masks, holds, strict=True) if held))
    return None if _ANY in columns else columns
