"""One number however it is said; and no number in what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from huicheng.accounts.telephone import digest, normal


@pytest.mark.parametrize(
    "written", ["13800001234", "+86 138 0000 1234", "0086-138-0000-1234", "１３８００００１２３４", "(138) 0000.1234"]
)
def test_ways_of_writing_are_one_number(written: str) -> None:
    assert normal(written) == "13800001234"


@pytest.mark.parametrize("written", ["", "12345", "unknown", "86", "+86"])
def test_what_says_nothing_about_a_person_is_no_number(written: str, tmp_path: Path) -> None:
    assert normal(written) == ""
    assert digest(written, tmp_path) == ""


def test_a_digest_needs_the_key_of_its_installation(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    assert digest("13800001234", here) == digest("+8613800001234", here)
    assert digest("13800001234", here) != digest("13800001234", there)
    assert digest("13800001234", here) != digest("13800001235", here)
