"""Terms over a view of an entity set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import expressions as sql

from huicheng.errors import Invalid
from huicheng.stores.sensing.asked import Path, Term, paths_of
from huicheng.stores.sensing.compiling import Compiler
from huicheng.stores.sensing.idiom import Idiom
from huicheng.stores.sensing.links import related
from huicheng.stores.sensing.model import SETS
from huicheng.stores.sensing.spans import Span
from huicheng.stores.sensing.views import VIEWS

IDS = ("@iot.id", "id")
#: To-one link of a Datastream or HistoricalLocation → the column that holds the id it leads to.
_ID_OF = {"Thing": "_thing", "Sensor": "_sensor", "ObservedProperty": "_property"}
#: Kinds that a path may go into.
_WITH_MEMBERS = frozenset({"json", "any", "geometry"})
#: Bound links → the entity set behind them and the alias of its view.
Bound = Mapping[tuple[str, ...], tuple[str, str]]


class ViewWords:
    """See :class:`huicheng.stores.sensing.compiling.Words`.

    ``at`` says which set and alias paths start from; the empty links are the row itself.
    """

    def __init__(self, idiom: Idiom, at: Bound) -> None:
        self._idiom = idiom
        self._at = at

    def path(self, path: Path, wanted: str) -> sql.Expression:
        """See :class:`huicheng.stores.sensing.compiling.Words`."""
        name, alias, rest = self._nearest(path.steps)
        return _value(self._idiom, (name, alias), rest, wanted, len(self._at))

    def kind(self, path: Path) -> str:
        """See above."""
        name, _, rest = self._nearest(path.steps)
        return kind_of(name, rest)

    def span(self, path: Path) -> Span:
        """See above; no view has an interval."""
        instant = self.path(path, "time")
        return instant, instant

    def many(self, term: Term) -> tuple[str, ...] | None:
        """See above."""
        for path in paths_of(term):
            name, _, rest = self._nearest(path.steps)
            done = len(path.steps) - len(rest)
            for step in rest:
                link = SETS[name].links.get(step)
                if link is None:
                    break
                done += 1
                name = link.target
                if link.many:
                    return path.steps[:done]
        return None

    def exists(self, term: Term, links: tuple[str, ...]) -> sql.Expression:
        """See above. Links to one on the way are rows of their own, so that the last one can start from them."""
        name, alias, rest = self._nearest(links)
        done = links[: len(links) - len(rest)]
        bound, sources, conditions = dict(self._at), [], []
        for step in rest:
            target = SETS[name].links[step].target
            if target not in VIEWS:
                raise Invalid(place="$filter", why="Filter Observations by their own address.")
            child = f"x{len(bound)}"
            sources.append(_view(target, child))
            conditions.append(related(self._idiom, name, step, _column_of(alias), child))
            done = (*done, step)
            bound[done] = (target, child)
            name, alias = target, child
        conditions.append(Compiler(ViewWords(self._idiom, bound)).condition(term))
        select = sql.select("1").from_(sources[0])
        for source in sources[1:]:
            select = select.join(source, join_type="cross")
        return sql.Exists(this=select.where(*conditions))

    def geometry(self, value: Any) -> sql.Expression:
        """See above."""
        return self._idiom.geometry(value)

    def call(self, name: str, arguments: list[sql.Expression]) -> sql.Expression:
        """See above."""
        return self._idiom.call(name, arguments)

    def _nearest(self, steps: tuple[str, ...]) -> tuple[str, str, tuple[str, ...]]:
        """The longest part of a path that is bound: its set, its alias, and what follows."""
        for length in range(len(steps), -1, -1):
            found = self._at.get(steps[:length])
            if found is not None:
                return (*found, steps[length:])
        raise Invalid(place="$filter", why="A path is empty.")


def kind_of(name: str, steps: tuple[str, ...]) -> str:
    """What a path from an entity set holds."""
    for place, step in enumerate(steps):
        if step in IDS:
            return "text"
        link = SETS[name].links.get(step)
        if link is None:
            kind = SETS[name].properties.get(step)
            if kind is None:
                raise _unknown(name, step)
            return "any" if len(steps) > place + 1 else kind
        name = link.target
    raise Invalid(place="$filter", why="A path ends at a link; name a property of what is there.")


def _value(idiom: Idiom, at: tuple[str, str], steps: tuple[str, ...], wanted: str, depth: int) -> sql.Expression:
    name, alias = at
    first, *rest = steps
    link = SETS[name].links.get(first)
    if link is None:
        return _property(idiom, at, first, rest, wanted)
    if len(rest) == 1 and rest[0] in IDS and first in _ID_OF:
        return sql.column(_ID_OF[first], table=alias)
    if link.many:
        raise Invalid(
            place="$orderby", why="“%(name)s” are several; order by something of the entity itself.", name=first
        )
    child = (link.target, f"y{depth}")
    select = sql.select(_value(idiom, child, tuple(rest), wanted, depth + 1)).from_(_view(*child))
    return select.where(related(idiom, name, first, _column_of(alias), child[1])).limit(1).subquery()


def _property(idiom: Idiom, at: tuple[str, str], first: str, rest: list[str], wanted: str) -> sql.Expression:
    name, alias = at
    if first in IDS:
        return sql.column("id", table=alias)
    kind = SETS[name].properties.get(first)
    if kind is None:
        raise _unknown(name, first)
    column = sql.column(first, table=alias)
    if rest and kind not in _WITH_MEMBERS:
        raise Invalid(place="$filter", why="“%(name)s” has nothing inside.", name=first)
    if kind in {"json", "any"} or rest:
        return idiom.inside(column, list(map(_checked, rest)), wanted)
    if wanted not in {"any", kind} and not {wanted, kind} <= {"geometry", "json"}:
        raise Invalid(place="$filter", why="“%(value)s” is no %(wanted)s.", value=first, wanted=wanted)
    return column


def _unknown(name: str, step: str) -> Invalid:
    if step in SETS[name].reckoned:
        return Invalid(
            place="$filter",
            why="“%(name)s” of %(set)s follows from what lies behind them, and is told only: ask that in its place.",
            name=step,
            set=name,
        )
    return Invalid(place="$filter", why="%(set)s have no “%(name)s”.", set=name, name=step[:80])


def _checked(step: str) -> str:
    if '"' in step or "\\" in step or "\0" in step:
        raise Invalid(place="$filter", why="A name holds neither quotation marks nor backslashes.")
    return step


def _view(name: str, alias: str) -> sql.Expression:
    return sql.Table(this=sql.to_identifier(VIEWS[name]), alias=sql.TableAlias(this=sql.to_identifier(alias)))


def _column_of(alias: str) -> Callable[[str], sql.Expression]:
    return lambda name: sql.column(name, table=alias)
