"""A condition on observations, divided: what the state knows of their Datastreams, and what history knows.

Of a condition such as ``Datastream/Thing/name eq 'x' and result gt 4`` the first part chooses series in the
state; parts under ``or`` become columns of the series, which the engine of history joins.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlglot import expressions as sql

from huicheng.city import Instant
from huicheng.errors import Invalid
from huicheng.stores.sensing.asked import Call, Constant, Path, Term, paths_of
from huicheng.stores.sensing.compiling import Compiler, check, flat
from huicheng.stores.sensing.idiom import Idiom
from huicheng.stores.sensing.paths import ViewWords, kind_of

ALIAS = "v"
_SERIES, _FEATURE = "Datastream", "FeatureOfInterest"
_DETAILS = frozenset({"resultTime", "resultQuality", "validTime", "parameters"})
_CONNECTIVES = frozenset({"and", "or", "not"})
_TIME = Path(("phenomenonTime",))


class Divided(msgspec.Struct, frozen=True, kw_only=True):
    """What each side has to do."""

    #: Conditions on the view of Datastreams.
    scope: list[sql.Expression]
    #: Columns of the series, called ``s0``, ``s1`` ...; and the same over features, ``f0`` ...
    columns: list[sql.Expression]
    of_features: list[sql.Expression]
    #: For the engine of history. Paths that begin with # are such columns.
    where: Term | None
    order: tuple[tuple[Term, bool], ...]
    #: Name of a column → its kind.
    names: dict[str, str]
    #: Whether it reads what is said of observations beside value and time; and whether conditions read their time,
    #: which may have an end.
    details: bool
    times: bool
    #: Bounds of time that follow from it.
    start: Instant | None
    end: Instant | None


def divided(idiom: Idiom, where: Term | None, order: Iterable[tuple[Term, bool]]) -> Divided:
    """The parts of a question."""
    dividing = _Dividing(idiom)
    kept: list[Term] = []
    for one in _conjuncts(where):
        if _roots(one) == {_SERIES}:
            dividing.scope.append(dividing.condition(one, ("Datastreams", ALIAS)))
        else:
            kept.append(dividing.rewritten(one))
    ordered = tuple((key, descends) for term, descends in order for key in dividing.ordered(term))
    start, end = _bounds(kept)
    asked = [*kept, *(term for term, _ in ordered)]
    return Divided(
        scope=dividing.scope,
        columns=dividing.columns,
        of_features=dividing.of_features,
        where=Call("and", tuple(kept)) if len(kept) > 1 else next(iter(kept), None),
        order=ordered,
        names=dividing.names,
        details=any(path.steps[0] in _DETAILS for one in asked for path in paths_of(one)),
        times=any(path == _TIME for one in kept for path in paths_of(one)),
        start=start,
        end=end,
    )


def _conjuncts(where: Term | None) -> list[Term]:
    if where is None:
        return []
    return flat(where) if isinstance(where, Call) and where.name == "and" else [where]


def _roots(term: Term) -> set[str]:
    """Where its paths start: at the series, at the feature, or at the observation itself ("")."""
    firsts = {path.steps[0] for path in paths_of(term)}
    return {first if first in {_SERIES, _FEATURE} else "" for first in firsts}


class _Dividing:
    def __init__(self, idiom: Idiom) -> None:
        self._idiom = idiom
        self.scope: list[sql.Expression] = []
        self.columns: list[sql.Expression] = []
        self.of_features: list[sql.Expression] = []
        self.names: dict[str, str] = {}

    def rewritten(self, term: Term) -> Term:
        """The same, with columns in place of what the state knows."""
        if isinstance(term, Call) and term.name in _CONNECTIVES:
            return Call(term.name, tuple(self.rewritten(one) for one in term.arguments))
        roots = _roots(term)
        if roots <= {""}:
            return term
        if roots == {_SERIES}:
            return self._column(self.condition(term, ("Datastreams", ALIAS)), "boolean")
        if roots == {_FEATURE}:
            return self._of_feature(term)
        raise Invalid(
            place="$filter", why="A comparison of an Observation's own value with another entity's is not possible."
        )

    def ordered(self, term: Term) -> list[Term]:
        """The same for what is ordered by; a key may be several columns."""
        check(term)
        if _roots(term) <= {""}:
            return [term]
        if not isinstance(term, Path) or _roots(term) != {_SERIES}:
            raise Invalid(place="$orderby", why="Order by a property of the Observation or of its Datastream.")
        rest = Path(term.steps[1:])
        words = ViewWords(self._idiom, {(): ("Datastreams", ALIAS)})
        kind = kind_of("Datastreams", rest.steps)
        return [self._column(key, kind) for key in self._idiom.keys(words.path(rest, "any"))]

    def condition(self, term: Term, at: tuple[str, str]) -> sql.Expression:
        """A condition on what its paths start from, without that first step."""
        return Compiler(ViewWords(self._idiom, {(): at})).condition(_rebased(term))

    def _column(self, value: sql.Expression, kind: str) -> Path:
        name = f"s{len(self.columns)}"
        self.columns.append(_named(value, name))
        self.names[name] = kind
        return Path((f"#{name}",))

    def _of_feature(self, term: Term) -> Path:
        """Of the place of the thing as a column of the series, of named features as one of theirs."""
        inner = self.condition(term, ("FeaturesOfInterest", "w"))
        feature = sql.column("_feature", table=ALIAS)
        source = sql.alias_(sql.to_table("features"), "w", table=True)
        by_entity = sql.In(this=sql.column("_iri", table="w"), expressions=[feature, sql.column("_iri", table=ALIAS)])
        exact = sql.EQ(this=sql.column("id", table="w"), expression=feature.copy())
        own = sql.select(inner).from_(source).where(by_entity, exact).limit(1).subquery()
        path = self._column(own, "feature")
        name = path.steps[0].removeprefix("#")
        self.names[name] = f"feature:f{len(self.of_features)}"
        named = self.condition(term, ("FeaturesOfInterest", ALIAS))
        self.of_features.append(_named(named, f"f{len(self.of_features)}"))
        return path


def _named(value: sql.Expression, name: str) -> sql.Expression:
    return sql.Alias(this=value, alias=sql.to_identifier(name))


def _rebased(term: Term) -> Term:
    if isinstance(term, Path):
        return Path(term.steps[1:])
    if isinstance(term, Call):
        return Call(term.name, tuple(map(_rebased, term.arguments)))
    return term


#: What compares the time with a constant → which end of that it begins no earlier than, and which no later than.
_NOT_BEFORE = {"ge": 0, "eq": 0, "during": 0, "starts": 0, "gt": 1, "after": 1}
_NOT_AFTER = {"le": 0, "lt": 0, "before": 0, "eq": 0, "starts": 0, "during": 1, "finishes": 1}


def _bounds(conjuncts: Iterable[Term]) -> tuple[Instant | None, Instant | None]:
    """Half-open, of the moments at which observations begin, as far as comparisons with a constant tell."""
    first: list[Instant] = []
    last: list[Instant] = []
    for one in conjuncts:
        if not isinstance(one, Call) or len(one.arguments) != 2:
            continue
        path, held = one.arguments
        if path != _TIME or not isinstance(held, Constant) or held.kind not in {"time", "interval"}:
            continue
        ends = held.value if held.kind == "interval" else (held.value, held.value)
        if one.name in _NOT_BEFORE:
            first.append(ends[_NOT_BEFORE[one.name]])
        if one.name in _NOT_AFTER:
            last.append(ends[_NOT_AFTER[one.name]] + 1)
    return max(first, default=None), min(last, default=None)
