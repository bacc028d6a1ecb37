"""Forms of texts that packs may declare: never one that a text could make slow."""

from __future__ import annotations

import re

import pytest

from huicheng.packs.pattern import pattern_fault


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        (r"\d{16}", "5206020102000001", True),
        (r"\d{16}", "520602010200000", False),
        (r"\d{14}|\d{16}", "52060200200101", True),
        (r"\d{14}|\d{16}", "520602002001012", False),
        (r"\d{4}-\d{2}-\d{2}", "2026-11-22", True),
        (r"[A-Z]{2}\d{1,4}", "GZ12", True),
        (r"[A-Z]{2}\d{1,4}", "GZ", False),
        ("部件.?", "部件甲", True),
    ],
)
def test_a_form_is_held_against_the_whole_text(pattern: str, text: str, fits: object) -> None:
    assert pattern_fault(pattern) == ""
    assert bool(re.fullmatch(pattern, text)) is fits


@pytest.mark.parametrize(
    "pattern",
    ["", "a*", "a+", "(a|b){9}", "(?=a)", r"(a)\1", "a{2,1}", "[a", r"\w", "x" * 201, ".{900}", "a?b?c?d?", "|", "^a$"],
)
def test_what_could_be_slow_or_matches_nothing_is_refused(pattern: str) -> None:
    assert pattern_fault(pattern)
