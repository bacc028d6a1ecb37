"""cases.yaml: the state table has no dead end, no state that nobody reaches, no act that nobody may do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from huicheng.packs.checks.forms import check_forms
from huicheng.packs.checks.judging import unknown
from huicheng.packs.checks.made import check_made
from huicheng.packs.checks.orders import check_orders
from huicheng.packs.checks.table import check_table
from huicheng.packs.checks.terms import check_terms
from huicheng.packs.checks.timeouts import check_timeouts
from huicheng.packs.fault import Fault
from huicheng.packs.kinds import CaseKind
from huicheng.packs.model import PolicyDeclaration
from huicheng.packs.places import Draft, attributes_of

_FILE = "cases.yaml"


def check_cases(draft: Draft, packs: Sequence[Draft]) -> Iterator[Fault]:
    """The checks of every kind of case."""
    policies = [policy for one in packs for policy in one.pack.policies.values()]
    for key, kind in draft.pack.kinds.items():
        granted = {stage.then for stage in kind.stages.values()}
        granted |= {action for one in policies if _may_concern(one, f"{draft.pack.id}/{key}") for action in one.actions}
        yield from check_table(draft, key, kind)
        yield from check_terms(draft, key, kind)
        yield from check_timeouts(draft, key, kind)
        yield from check_forms(draft, key, kind, packs)
        yield from check_orders(draft, key, kind, packs)
        yield from check_made(draft, key, kind, packs)
        yield from _categories(draft, key, kind, packs)
        yield from _projected(draft, key, kind, packs)
        yield from _parts(draft, key, kind, packs)
        for action in kind.transitions:
            if not granted & {action, f"case.{action}"}:
                remedy = f"Grant case.{action} to a role in contracts.yaml."
                yield draft.fault(_FILE, (key, "transitions", action), f"Nobody may {action}.", remedy)


def _may_concern(policy: PolicyDeclaration, kind: str) -> bool:
    """Whether its rows name this kind, or no kind at all."""
    return f"'{kind}'" in policy.rows or not re.search(r"\bkind\b", policy.rows)


def _categories(draft: Draft, key: str, kind: CaseKind, packs: Sequence[Draft]) -> Iterator[Fault]:
    units = {unit.code for other in packs for unit in other.pack.demo.units}
    for name, category in kind.categories.items():
        if units and category.owner_unit not in units:
            at = (key, "categories", name, "owner_unit")
            yield draft.fault(_FILE, at, *unknown("unit", category.owner_unit, units))


def _parts(draft: Draft, key: str, kind: CaseKind, packs: Sequence[Draft]) -> Iterator[Fault]:
    """What may be a part of it is there, and says so."""
    kinds = {f"{one.pack.id}/{name}": held for one in packs for name, held in one.pack.kinds.items()}
    for index, name in enumerate(kind.parts):
        at = (key, "parts", index)
        if name not in kinds:
            yield draft.fault(_FILE, at, *unknown("kind of case", name, kinds))
        elif "parent" not in kinds[name].projected:
            yield draft.fault(_FILE, at, f"“{name}” does not say of what it is a part.", "Project its parent.")


def _projected(draft: Draft, key: str, kind: CaseKind, packs: Sequence[Draft]) -> Iterator[Fault]:
    """Only what the Case entity has may be projected: this is where a name or a telephone number would leak."""
    known = attributes_of("Case", packs)
    for index, field in enumerate(kind.projected):
        if known is not None and field not in known:
            yield draft.fault(_FILE, (key, "projected", index), *unknown("attribute of Case", field, known))
        elif known is not None and known[field].personal:
            remedy = "Take it out; the desk shows it to those whom a policy lets."
            yield draft.fault(_FILE, (key, "projected", index), f"“{field}” is personal.", remedy)
