"""From policies to the guard of one subject and one action, and what a guard says about a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from huicheng.access.faces import Grant, Guard, Policy, Subject
from huicheng.errors import Invalid, Refused
from huicheng.expressions import Expression, ExpressionError, OpenNames, Type, evaluate, parse

#: Names that every row expression may read beside the resource's own. Nobody has any of them.
SUBJECT_NAMES: dict[str, Type] = {
    "subject_id": "text",
    "subject_unit": "text",
    "subject_units": "texts",
    "subject_divisions": "texts",
}

_GRANTEES = ("role:", "unit:", "subject:")


def compile_guard(subject: Subject, action: str, policies: Iterable[Policy], today: date) -> Guard:
    """What ``subject`` may do by ``action`` today: the union of the policies that hold. None = nothing.

    A deputy's own grants come first, then those of everyone for whom it deputises, each over their rows.
    """
    held = [policy for policy in policies if _in_force(policy, action, today)]
    grants: dict[str, tuple[Grant, ...]] = {}
    for one in (subject, *subject.deputises):
        behalf, identities = None if one is subject else one, _identities(one)
        for policy in held:
            if policy.grantee in identities:
                grant = Grant(policy=policy.id, rows=policy.rows, columns=policy.columns, behalf=behalf)
                grants[policy.resource] = (*grants.get(policy.resource, ()), grant)
    return Guard(subject=subject, grants=grants)


def _in_force(policy: Policy, action: str, today: date) -> bool:
    begun = policy.valid_from is None or policy.valid_from <= today
    over = policy.valid_until is not None and policy.valid_until <= today
    return begun and not over and action in policy.actions


def _identities(subject: Subject) -> set[str]:
    own = {"anyone", f"subject:{subject.id}", *(f"role:{role}" for role in subject.roles)}
    return own | ({f"unit:{subject.unit}"} if subject.unit else set())


def check_policy(policy: Policy, names: Mapping[str, Type] | None = None, *, place: str = "") -> None:
    """Refuse a policy that could not be compiled; ``names`` are the resource's, ``None`` when it is open."""
    if policy.grantee != "anyone" and not policy.grantee.startswith(_GRANTEES):
        raise Invalid(
            place=place,
            why="“%(grantee)s” is not role:NAME, unit:CODE, subject:ID or anyone.",
            grantee=policy.grantee,
        )
    if not policy.actions or not policy.columns:
        raise Invalid(place=place, why="The policy “%(policy)s” grants no action, or no column.", policy=policy.id)
    if names is None and _is_known(policy.rows):
        return
    declared = OpenNames(SUBJECT_NAMES) if names is None else {**names, **SUBJECT_NAMES}
    parse(policy.rows, declared, place=place, expect="boolean")


def _is_known(rows: str) -> bool:
    """Whether the expression can be read. Hundreds of policies share a few dozen, which guards read later, too."""
    try:
        _parsed(rows)
    except ExpressionError:
        return False
    return True


def allows(guard: Guard, resource: str, values: Mapping[str, Any] | None = None) -> bool:
    """Whether one row may be touched: the same expressions as the row filter, on one row of values."""
    return any(_true(grant, guard.subject, values or {}) for grant in guard.of(resource))


def on_behalf(guard: Guard, resource: str, values: Mapping[str, Any]) -> Subject | None:
    """For whom a deputy would touch the row; ``None`` when their own grants suffice, or nobody's do."""
    allowing = [grant.behalf for grant in guard.of(resource) if _true(grant, guard.subject, values)]
    return None if None in allowing or not allowing else allowing[0]


def visible_columns(guard: Guard, resource: str, values: Mapping[str, Any]) -> frozenset[str] | None:
    """Columns of one row that may be seen; ``None`` is all of them, the empty set means not even the row."""
    columns = {name for grant in guard.of(resource) if _true(grant, guard.subject, values) for name in grant.columns}
    return None if "*" in columns else frozenset(columns)


def demand(guard: Guard, action: str, resource: str, values: Mapping[str, Any] | None = None) -> None:
    """Raise :class:`Refused` unless it is allowed."""
    if not allows(guard, resource, values):
        raise Refused(action=action, resource=resource)


def _true(grant: Grant, subject: Subject, values: Mapping[str, Any]) -> bool:
    if grant.rows == "TRUE":
        return True
    own = subject_values(grant.behalf or subject)
    return evaluate(rows_of(grant), {**values, **own}) is True


@lru_cache(maxsize=4096)
def _parsed(rows: str) -> Expression:
    return parse(rows, OpenNames(SUBJECT_NAMES), expect="boolean")


def rows_of(grant: Grant) -> Expression:
    """The grant's row expression. A name's type is what its value shows: another type is unknown, so no."""
    return _parsed(grant.rows)


def names_of(guard: Guard, resource: str) -> frozenset[str]:
    """Names of a resource on which it depends whether a row of it may be touched."""
    read = (rows_of(grant).names for grant in guard.of(resource))
    return frozenset[str]().union(*read) - SUBJECT_NAMES.keys()


def subject_values(subject: Subject) -> dict[str, str | tuple[str, ...] | None]:
    """Values of the subject's names; unknown for nobody, so that no row belongs to nobody."""
    return {
        "subject_id": None if subject.id == "anonymous" else subject.id,
        "subject_unit": subject.unit or None,
        "subject_units": subject.units or ((subject.unit,) if subject.unit else ()),
        "subject_divisions": subject.divisions,
    }
