"""A pack in words: what it holds, how mature it is, and its state tables as diagrams."""

from __future__ import annotations

from collections.abc import Iterator

from huicheng.packs import CaseKind, Pack, sources


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
        yield from _diagram(kind)


def _diagram(kind: CaseKind) -> Iterator[str]:
    yield "stateDiagram-v2"
    yield from (f"  {name}: {state.name['zh-hans']} {state.name['en']}" for name, state in kind.states.items())
    yield f"  [*] --> {kind.initial}"
    for row in kind.transitions.values():
        yield from (
            f"  {state} --> {row.to or state}: {row.name['zh-hans']} {row.name['en']}" for state in sources(kind, row)
        )
    yield from (f"  {name} --> [*]" for name, state in kind.states.items() if state.final)
