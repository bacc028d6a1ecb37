"""cases.yaml, ``evaluation``: formulas over known facts, scores with a source (docs/reference/evaluation.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from huicheng.expressions import Expression, Type
from huicheng.packs.checks.judging import Reader, unknown
from huicheng.packs.fault import Fault
from huicheng.packs.kinds import CaseKind, Measure, Scheme
from huicheng.packs.measured import ACT_FACTS, FAMILIES, fact_names, family_members
from huicheng.packs.places import Draft

_FILE = "cases.yaml"


def check_evaluation(draft: Draft, packs: Sequence[Draft]) -> Iterator[Fault]:
    """The checks of every scheme of every kind."""
    kinds = {f"{one.pack.id}/{key}": kind for one in packs for key, kind in one.pack.kinds.items()}
    for key, kind in draft.pack.kinds.items():
        for name, scheme in kind.evaluation.items():
            at = (key, "evaluation", name)
            counted = scheme.kinds or [f"{draft.pack.id}/{key}"]
            for other in set(counted) - kinds.keys():
                yield draft.fault(_FILE, (*at, "kinds"), *unknown("kind of case", other, kinds))
            checker = _Checker(draft, at, scheme, [kinds[one] for one in counted if one in kinds])
            yield from checker.faults()


class _Checker:
    """One scheme."""

    def __init__(self, draft: Draft, at: tuple[str, ...], scheme: Scheme, kinds: Sequence[CaseKind]) -> None:
        self.draft, self.at, self.scheme = draft, at, scheme
        self.reader = Reader(draft=draft, file=_FILE, address=at, names=fact_names(scheme))
        self.members: dict[str, set[str]] = {}
        for kind in kinds:
            for family, names in family_members(kind).items():
                self.members.setdefault(family, set()).update(names)

    def faults(self) -> Iterator[Fault]:
        scheme = self.scheme
        if not scheme.measures:
            yield self.draft.fault(_FILE, self.at, "The scheme measures nothing.", "Add a measure.")
        if scheme.rows:
            yield from self._read(scheme.rows, "rows")
        for name, measure in scheme.measures.items():
            yield from self._measure(name, measure)
        yield from self._subject()
        yield from self._score()

    def _measure(self, name: str, measure: Measure) -> Iterator[Fault]:
        at = ("measures", name)
        yield from self._read(measure.count, *at, "count")
        if measure.of:
            yield from self._read(measure.of, *at, "of")
        if measure.mean:
            yield from self._read(measure.mean, *at, "mean", expect="number")
        if measure.of and measure.mean:
            remedy = "Keep one: a rate has “of”, a mean has “mean”."
            yield self.draft.fault(_FILE, (*self.at, *at), "A measure is a rate or a mean, not both.", remedy)
        if not measure.words:
            remedy = "Write the formula in words: nobody should have to read the expression."
            yield self.draft.fault(_FILE, (*self.at, *at), "The measure does not say what it is.", remedy)

    def _read(self, text: str, *key: str, expect: Type = "boolean") -> Iterator[Fault]:
        found = self.reader.read(text, *key, expect=expect)
        if isinstance(found, Fault):
            yield found
        else:
            yield from self._family(found, key)

    def _family(self, expression: Expression, key: tuple[str, ...]) -> Iterator[Fault]:
        for name in sorted(expression.names):
            family, _, member = name.partition(".")
            known = self.members.get(family)
            if family in FAMILIES and known is not None and member not in known:
                yield self.draft.fault(_FILE, (*self.at, *key), *unknown(f"name under {family}", member, known))

    def _subject(self) -> Iterator[Fault]:
        scheme = self.scheme
        if scheme.over == "case" and scheme.subject == "person":
            yield self.draft.fault(
                _FILE, (*self.at, "subject"), "A case has no one person who did it.", "Write over: act, or a collector."
            )
        for action in set(scheme.actions) - self.members.get("acts", set()):
            known = self.members.get("acts", set())
            yield self.draft.fault(_FILE, (*self.at, "actions"), *unknown("action", action, known))
        if scheme.actions and scheme.over != "act":
            remedy = f"Write over: act; then {', '.join(ACT_FACTS)} are names."
            yield self.draft.fault(_FILE, (*self.at, "actions"), "Cases are counted here, not acts.", remedy)

    def _score(self) -> Iterator[Fault]:
        scheme = self.scheme
        if not scheme.score:
            return
        measures: dict[str, Type] = dict.fromkeys(scheme.measures, "number")
        reader = Reader(draft=self.draft, file=_FILE, address=self.at, names=measures)
        yield from reader.faults(scheme.score, "score", expect="number")
        if not scheme.source.strip() or not scheme.score_words:
            remedy = "Say in source and score_words where the weights come from; nobody is ranked by invented ones."
            yield self.draft.fault(_FILE, (*self.at, "score"), "The score has no source, or no words.", remedy)
