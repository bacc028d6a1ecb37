"""What is kept of a guard is found under the same content, and never under another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from huicheng.access import Grant, Guard, Subject
from huicheng.stores.kept import Kept, content_of

DEPUTY = Subject(id="deputy", roles=("handler",), unit="eeb")
GRANT = Grant(policy="p", rows="ownerUnit IN (subject_units)", columns=("status",))
ASKER = Subject(id="a", roles=("handler",), unit="eeb", units=("eeb", "eeb-1"), divisions=("5201",))
GUARD = Guard(subject=ASKER, grants={"Case": (GRANT,), "*": (), "Pump": ()})


def others() -> Iterator[Guard]:
    """Guards that differ from the one above in one word that decides something."""
    for subject in (
        replace(ASKER, id="b"),
        replace(ASKER, unit="ucm"),
        replace(ASKER, units=("eeb",)),
        replace(ASKER, units=("eeb", "eeb-1", "ucm")),
        replace(ASKER, divisions=()),
    ):
        yield replace(GUARD, subject=subject)
    for grant in (
        replace(GRANT, rows="TRUE"),
        replace(GRANT, columns=("status", "description")),
        replace(GRANT, columns=("*",)),
        replace(GRANT, behalf=DEPUTY),
    ):
        yield replace(GUARD, grants={**GUARD.grants, "Case": (grant,)})
    yield replace(GUARD, grants={**GUARD.grants, "Case": ()})
    yield replace(GUARD, grants={**GUARD.grants, "*": (GRANT,)})


@pytest.mark.parametrize("other", tuple(others()))
def test_a_guard_that_differs_in_what_it_lets_through_has_another_content(other: Guard) -> None:
    assert content_of(other, "Case") != content_of(GUARD, "Case")


def test_the_content_is_that_of_equal_guards_and_of_one_resource() -> None:
    same = Guard(subject=replace(ASKER), grants={"Pump": (GRANT,), "Case": (replace(GRANT),)})
    assert content_of(same, "Case") == content_of(GUARD, "Case")
    assert content_of(same, "Pump") != content_of(GUARD, "Pump")


def test_a_value_is_made_once_and_a_failure_is_not_kept() -> None:
    kept, made = Kept[str](100, len), list[str]()

    def make() -> str:
        made.append("x")
        if len(made) == 1:
            raise ValueError("not yet")
        return "value"

    with pytest.raises(ValueError, match="not yet"):
        kept.get("key", make)
    assert [kept.get("key", make) for _ in range(3)] == ["value"] * 3
    assert made == ["x", "x"]


def test_what_was_asked_for_longest_ago_goes_first_when_there_is_no_room() -> None:
    kept = Kept[str](10, len)
    for key in ("a", "b"):
        kept.get(key, lambda: "four")
    kept.get("a", lambda: "never made: it is there")
    kept.get("c", lambda: "four")
    assert kept.get("a", lambda: "lost") == "four"
    assert kept.get("b", lambda: "lost") == "lost"
    assert kept.get("large", lambda: "x" * 50) == "x" * 50  # by itself it may be larger: it has to be answered
    assert kept.get("a", lambda: "new") == "new"
