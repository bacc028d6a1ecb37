"""contracts.yaml: who is granted, on what, by which rows and columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from huicheng.expressions import OpenNames, Type
from huicheng.packs.checks.judging import Reader, unknown
from huicheng.packs.fault import Fault
from huicheng.packs.model import PolicyDeclaration
from huicheng.packs.places import Draft, attributes_of, names_of, types_of

_FILE = "contracts.yaml"

#: Roles of people, and that of programs with an API key (docs/reference/roles.md).
ROLES = (
    "citizen",
    "reporter",
    "collector",
    "dispatcher",
    "handler",
    "verifier",
    "steward",
    "leader",
    "operator",
    "chief",
    "petition-officer",
    "inspector",
    "system-admin",
    "security-admin",
    "audit-admin",
    "integration",
    "broker",
    "simulator",
    "device",
)
#: What rooms guard beside entities.
RESOURCES = (
    "setting",
    "standard",
    "responsibility",
    "unit",
    "absence",
    "calendar",
    "policy",
    "account",
    "key",
    "audit",
    "Subscription",
    "Tenant",
    "Draw",
    "conflict-of-interest",
    "Evaluation",
    "Article",
)

#: What a row has beside its attributes. Cases are rows of their own room, which knows them by number.
_IDENTITY: dict[str, Type] = {"id": "text"}
_WITHOUT_IDENTITY = ("Case",)

#: As access binds them; a test holds the two equal.
SUBJECT_NAMES: dict[str, Type] = {
    "subject_id": "text",
    "subject_unit": "text",
    "subject_units": "texts",
    "subject_divisions": "texts",
}


def check_contracts(draft: Draft, packs: Sequence[Draft]) -> Iterator[Fault]:
    """The checks of every policy."""
    for key, policy in draft.pack.policies.items():
        yield from _grantees(draft, key, policy)
        yield from _resource(draft, key, policy, packs)
        for field, given in (("actions", policy.actions), ("columns", policy.columns)):
            if not given:
                yield draft.fault(_FILE, (key, field), "The policy grants nothing.", f"Name {field}, or drop it.")
        begins, ends = policy.valid_from, policy.valid_until
        if begins is not None and ends is not None and ends <= begins:
            yield draft.fault(_FILE, (key, "valid_until"), "The policy ends before it begins.", "Correct the term.")


def _grantees(draft: Draft, key: str, policy: PolicyDeclaration) -> Iterator[Fault]:
    at = (key, "grantees")
    if not policy.grantees:
        yield draft.fault(_FILE, at, "The policy is granted to nobody.", 'Write grantees: ["role:steward"]')
    for grantee in policy.grantees:
        kind, _, name = grantee.partition(":")
        if grantee != "anyone" and (kind not in {"role", "unit", "subject"} or not name):
            yield draft.fault(_FILE, at, f"“{grantee}” is nobody.", "role:NAME, unit:CODE, subject:ID or anyone.")
        if kind == "role" and name not in ROLES:
            yield draft.fault(_FILE, at, *unknown("role", name, ROLES))


def _resource(draft: Draft, key: str, policy: PolicyDeclaration, packs: Sequence[Draft]) -> Iterator[Fault]:
    attributes = attributes_of(policy.resource, packs)
    if attributes is None and policy.resource not in (*RESOURCES, "*"):
        yield draft.fault(
            _FILE, (key, "resource"), *unknown("resource", policy.resource, [*types_of(packs), *RESOURCES])
        )
        return
    names: Mapping[str, Type] = OpenNames(SUBJECT_NAMES)
    if attributes is not None:
        identity = {} if policy.resource in _WITHOUT_IDENTITY else _IDENTITY
        names = {**identity, **names_of(attributes), **SUBJECT_NAMES}
        for column in set(policy.columns) - {"*"} - attributes.keys():
            yield draft.fault(_FILE, (key, "columns"), *unknown("attribute", column, attributes))
    yield from Reader(draft=draft, file=_FILE, address=(key,), names=names).faults(policy.rows, "rows")
