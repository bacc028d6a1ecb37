"""The ladder of maturity: each rung is done, to do, or exempt with a reason; what can be checked is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from huicheng.packs.checks.courses import never_taken
from huicheng.packs.checks.judging import unknown
from huicheng.packs.fault import Fault
from huicheng.packs.model import Pack
from huicheng.packs.places import Draft

_FILE = "pack.yaml"
_SHOWN = ("positive", "negative", "missing")


def _untested(pack: Pack) -> str:
    """What is missing for ``tested``: each rule has a test of each sort, each action of a kind is taken once."""
    have = {(test.rule, test.shows) for test in pack.tests}
    missing = [f"{rule} ({shows})" for rule in pack.rules for shows in _SHOWN if (rule, shows) not in have]
    missing += never_taken(pack)
    return f"no test of {', '.join(missing)}" if missing else ""


def _has(field: str, words: str) -> Callable[[Pack], str]:
    return lambda pack: "" if getattr(pack, field) else f"the pack has no {words}"


#: Rung → what is missing for it, "" when nothing is.
RUNGS: dict[str, Callable[[Pack], str]] = {
    "described": _has("entities", "entities.yaml"),
    "sourced": _has("sources", "sources.yaml"),
    "ruled": _has("rules", "rules.yaml"),
    "cased": _has("kinds", "cases.yaml"),
    "contracted": _has("policies", "contracts.yaml"),
    "counted": _has("indicators", "indicators.yaml"),
    "shown": lambda pack: "" if pack.screens.layers else "the pack has no layer in screens.yaml",
    "tested": _untested,
    # Texts that lack a language are faults of their own, so what was read is translated.
    "translated": lambda _: "",
}


def check_maturity(draft: Draft, packs: Sequence[Draft]) -> Iterator[Fault]:
    """Every rung is said, and none is said to be done that is not."""
    del packs
    said = draft.pack.manifest.maturity
    for rung in said.keys() - RUNGS.keys():
        yield draft.fault(_FILE, ("maturity", rung), *unknown("rung", rung, RUNGS))
    for rung, missing in RUNGS.items():
        yield from _rung(draft, rung, said.get(rung), missing(draft.pack))


def _rung(draft: Draft, rung: str, said: str | None, missing: str) -> Iterator[Fault]:
    at = ("maturity", rung)
    if said is None:
        yield draft.fault(_FILE, ("maturity",), f"The rung “{rung}” is not there.", f"Add {rung}: done or todo.")
    elif said == "done" and missing:
        yield draft.fault(_FILE, at, f"“{rung}” is said to be done, but {missing}.", "Do it, or write todo.")
    elif said not in {"done", "todo"} and not said.removeprefix("exempt:").strip():
        yield draft.fault(_FILE, at, "An exemption needs its reason.", '"exempt: why"')
    elif said not in {"done", "todo"} and not said.startswith("exempt:"):
        yield draft.fault(_FILE, at, f"“{said}” is no state of a rung.", 'done, todo, or "exempt: why"')
