"""tests/*.yaml: each test names a rule, observations that it reads, and episodes that it can have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from huicheng.packs.checks.judging import unknown
from huicheng.packs.fault import Fault
from huicheng.packs.model import PackTest, Rule
from huicheng.packs.places import Draft, attributes_of


def check_tests(draft: Draft, packs: Sequence[Draft]) -> Iterator[Fault]:
    """The checks of every test."""
    for index, test in enumerate(draft.pack.tests):
        rule = draft.pack.rules.get(test.rule)
        if rule is None:
            yield draft.test_fault(index, ("rule",), *unknown("rule", test.rule, draft.pack.rules))
        else:
            yield from _test(draft, index, test, rule, packs)


def _test(draft: Draft, index: int, test: PackTest, rule: Rule, packs: Sequence[Draft]) -> Iterator[Fault]:
    attributes = attributes_of(rule.entity_type, packs) or {}
    for place, series in enumerate(test.given):
        if series.attribute not in attributes:
            at = ("given", place, "attribute")
            yield draft.test_fault(index, at, *unknown("attribute", series.attribute, attributes))
        if series.start.tzinfo is None:
            yield draft.test_fault(index, ("given", place, "from"), "The time has no zone.", "Add +08:00.")
    if test.shows == "negative" and test.expect:
        yield draft.test_fault(index, ("expect",), "A negative test expects nothing.", "Write expect: []")
    if test.shows == "positive" and not test.expect:
        yield draft.test_fault(index, ("expect",), "A positive test expects an episode.", "Say which.")
    for place, expected in enumerate(test.expect):
        for name in set(expected.data) - rule.derive.keys():
            yield draft.test_fault(index, ("expect", place, "data"), *unknown("derived figure", name, rule.derive))
