"""cases.yaml and contracts.yaml: a kind that asks what is to be asked at an opening can be opened by somebody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from huicheng.packs.fault import Fault
from huicheng.packs.model import PolicyDeclaration
from huicheng.packs.places import Draft

_VERB = "case.open"


def check_opening(draft: Draft, packs: Sequence[Draft]) -> Iterator[Fault]:
    """The check of every kind that officers are to open."""
    policies = [policy for one in packs for policy in one.pack.policies.values() if _VERB in policy.actions]
    for key, kind in draft.pack.kinds.items():
        if not kind.opening and kind.source == "desk":
            continue
        if not any(_covers(policy, f"{draft.pack.id}/{key}") for policy in policies):
            remedy = f"Grant {_VERB} on it to a role in contracts.yaml."
            yield draft.fault("cases.yaml", (key, "opening"), f"Nobody may open “{key}”.", remedy)


def _covers(policy: PolicyDeclaration, kind: str) -> bool:
    """The policy names the kind, or no kind at all."""
    return "kind" not in policy.rows or f"'{kind}'" in policy.rows
