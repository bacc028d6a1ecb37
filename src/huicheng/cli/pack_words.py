"""A pack in words: what it holds, how mature it is, and its state tables as diagrams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from huicheng.errors import NotFound
from huicheng.packs import CaseKind, Pack, diagram_of, drawing, mermaid, who_may


def described(pack: Pack) -> Iterator[str]:
    """A line of counts, then the ladder of maturity, a rung a line."""
    name = pack.manifest.name
    yield f"{pack.id} {pack.manifest.version} · {name['zh-hans']} {name['en']}: {_counts(pack)}"
    for rung, said in pack.manifest.maturity.items():
        yield f"  {_MARKS.get(said, '–')} {rung}{'' if said in _MARKS else f' ({said})'}"


_MARKS = {"done": "✓", "todo": "…"}


def _counts(pack: Pack) -> str:
    counted = {
        "entity types": len(pack.entities),
        "sources": len(pack.sources),
        "rules": len(pack.rules),
        "kinds of case": len(pack.kinds),
        "policies": len(pack.policies),
        "indicators": len(pack.indicators),
        "layers": len(pack.screens.layers),
        "tests": len(pack.tests),
    }
    return ", ".join(f"{count} {what}" for what, count in counted.items() if count)


def diagrams(pack: Pack) -> Iterator[str]:
    """Each kind of case as a Mermaid state diagram."""
    for key, kind in pack.kinds.items():
        yield f"%% {pack.id}/{key}"
        yield from mermaid(kind)


def grantees(packs: Sequence[Pack], kind: str) -> dict[str, list[str]]:
    """Action → who may, by the packs' own policies."""
    policies = [policy for pack in packs for policy in pack.policies.values() if policy.resource in {"Case", "*"}]
    return who_may(kind, ((one, policy.actions, policy.rows) for policy in policies for one in policy.grantees))


def drawn_as_text(packs: Sequence[Pack], name: str) -> Iterator[str]:
    """One kind as a Mermaid state diagram, and under it who may do what."""
    kind, who = _kind(packs, name), grantees(packs, name)
    yield from mermaid(kind)
    for action, row in kind.transitions.items():
        yield f"%% {action} {row.name['zh-hans']} {row.name['en']}: {', '.join(who.get(action, []))}"


def drawn_as_svg(packs: Sequence[Pack], name: str, language: str) -> str:
    """One kind as an SVG drawing."""
    return drawing(diagram_of(_kind(packs, name), language, grantees(packs, name)))


def _kind(packs: Sequence[Pack], name: str) -> CaseKind:
    kinds = {f"{pack.id}/{key}": kind for pack in packs for key, kind in pack.kinds.items()}
    if name not in kinds:
        raise NotFound(what="kind of case", key=f"{name} ({', '.join(kinds)})")
    return kinds[name]
