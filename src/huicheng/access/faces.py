"""Policies and what they compile to. A contract is a policy with a counterparty."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, as every door sees it. Made by accounts (people) or from an API key (programs)."""

    #: Opaque account or key id; ``anonymous`` for nobody.
    id: str
    #: Role names (see docs/reference/roles.md).
    roles: tuple[str, ...]
    #: Code of the organisational unit, "" for none.
    unit: str = ""
    #: Codes of that unit and of every one below it; a subject without them reaches its own unit only.
    units: tuple[str, ...] = ()
    #: Codes of the divisions that the subject works in, each with all below it.
    divisions: tuple[str, ...] = ()
    #: Those for whom the subject deputises now (代理): it acts with their grants too. They deputise for nobody here.
    deputises: tuple[Subject, ...] = ()


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One grant. What no policy grants is refused."""

    id: str
    #: ``role:NAME``, ``unit:CODE``, ``subject:ID`` or ``anyone``.
    grantee: str
    #: Verbs: read, create, update, delete, and verbs of rooms such as ``case.dispatch``.
    actions: tuple[str, ...]
    #: Entity type, or a resource of a room such as ``setting``; ``*`` is every one.
    resource: str
    #: Expression over the resource's names and ``guard.SUBJECT_NAMES``; unknown is no.
    rows: str = "TRUE"
    #: Attribute names, or ``*``.
    columns: tuple[str, ...] = ("*",)
    #: Why; shown to the counterparty and written into receipts.
    purpose: str = ""
    valid_from: date | None = None
    #: First day on which it holds no more.
    valid_until: date | None = None
    #: Which pack or administrator made it.
    source: str = ""


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """One policy that applies to the asker: rows by expression text, columns by name."""

    policy: str
    rows: str
    columns: tuple[str, ...]
    #: Whose grant it is, where the asker only deputises for them; ``None`` = the asker's own.
    behalf: Subject | None = None


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """What one subject may do with one resource: the union of its grants; none = nothing.

    Stores turn it into SQL: a row is visible when one grant's ``rows`` is true, and of a visible
    row the union of those grants' ``columns``. A filter over a column that is not visible in
    that row is unknown, so it cannot be probed.
    """

    subject: Subject
    #: Resource (entity type) → grants. ``*`` holds for every type.
    grants: dict[str, tuple[Grant, ...]]

    def of(self, resource: str) -> Sequence[Grant]:
        """The grants on one resource; empty when nothing is allowed."""
        return (*self.grants.get(resource, ()), *self.grants.get("*", ()))

    @property
    def unlimited(self) -> bool:
        """True when every row and column of every resource is granted."""
        return any(g.rows == "TRUE" and "*" in g.columns for g in self.grants.get("*", ()))


#: The platform itself: rules, projectors, notifiers. Doors never use it.
EVERYTHING = Guard(
    subject=Subject(id="platform", roles=()),
    grants={"*": (Grant(policy="platform", rows="TRUE", columns=("*",)),)},
)
