"""The language of conditions: what it reads, and how it refuses. Serves Q2."""

from __future__ import annotations

import time

import pytest

from huicheng.api.sensorthings.terms import parse_filter, parse_order
from huicheng.errors import Invalid
from huicheng.stores.sensing import Call, Constant, Path


def _path(text: str) -> Path:
    return Path(tuple(text.split("/")))


def test_and_binds_tighter_than_or_and_arithmetic_tighter_than_both() -> None:
    found = parse_filter("result add 1 eq 5 or result gt 3 and result lt 5")
    assert isinstance(found, Call)
    assert found.name == "or"
    first, second = found.arguments
    assert first == Call("eq", (Call("add", (_path("result"), Constant(1, "number"))), Constant(5, "number")))
    assert isinstance(second, Call)
    assert second.name == "and"


def test_a_quotation_mark_is_doubled_inside_a_text() -> None:
    assert parse_filter("name eq 'O''Brien'") == Call("eq", (_path("name"), Constant("O'Brien", "text")))


def test_a_plus_that_became_a_blank_is_still_a_zone() -> None:
    plain = parse_filter("phenomenonTime gt 2026-01-01T08:00:00+08:00")
    assert plain == parse_filter("phenomenonTime gt 2026-01-01T08:00:00 08:00")
    assert plain == parse_filter("phenomenonTime gt 2026-01-01T00:00:00Z")


def test_a_path_goes_through_links_to_the_id() -> None:
    found = parse_filter("Datastream/Thing/@iot.id eq 'urn:x'")
    assert found == Call("eq", (_path("Datastream/Thing/@iot.id"), Constant("urn:x", "text")))


def test_a_geometry_is_read_from_its_words() -> None:
    found = parse_filter("st_within(location, geography'POINT(1 2)')")
    assert isinstance(found, Call)
    assert found.arguments[1] == Constant({"type": "Point", "coordinates": [1.0, 2.0]}, "geometry")


def test_orders_descend_when_they_say_so() -> None:
    assert parse_order("result desc,phenomenonTime asc,id") == (
        (_path("result"), True),
        (_path("phenomenonTime"), False),
        (_path("id"), False),
    )
    assert parse_order("result DESC,phenomenonTime Asc") == parse_order("result desc,phenomenonTime")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name eq",
        "(name eq 'x'",
        "name eq 'x",
        "name eq 'x')",
        "name name",
        "eq eq",
        "result gt 1 and",
        "geography'POINT(1'",
        "st_within(location, geography'POINT(1')",
        "phenomenonTime gt 2026-13-01T00:00:00Z",
        "duration'x' gt 1",
        "a;b",
        "\x00",
    ],
)
def test_what_cannot_be_read_is_refused_with_a_place(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_filter(text)
    assert refused.value.place


def test_what_is_wrong_with_a_value_is_said_once() -> None:
    with pytest.raises(Invalid) as refused:
        parse_filter("phenomenonTime gt 2027-01-01T00:00:00Z/2026-01-01T00:00:00Z")
    assert str(refused.value).count(Invalid.remedy) == 1


@pytest.mark.parametrize(
    "text",
    ["(" * 10_000, "not " * 5_000 + "true", "a" * 100_000, "((" * 50 + "1" + "))" * 50, "concat(" * 200 + ")" * 200],
)
def test_what_is_made_to_explode_is_refused_at_once(text: str) -> None:
    began = time.process_time()
    with pytest.raises(Invalid):
        parse_filter(text)
    assert time.process_time() - began < 1


def test_a_long_chain_is_read() -> None:
    found = parse_filter(" or ".join(f"result eq {number}" for number in range(900)))
    assert isinstance(found, Call)
    assert found.name == "or"
