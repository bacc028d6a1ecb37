"""The query language of NGSI-LD: what it means, and what it refuses. Serves Q2."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from huicheng.city import Entity
from huicheng.city.entity import fold
from huicheng.context.question import condition
from huicheng.context.values import values_of
from huicheng.errors import HuichengError
from huicheng.expressions import evaluate

STATION = Entity(
    id="urn:ngsi-ld:AirQualityObserved:1",
    type="AirQualityObserved",
    attributes={
        "pm25": fold(
            {
                "type": "Property",
                "value": 82.5,
                "unitCode": "GQ",
                "observedAt": "2026-11-22T08:00:00Z",
                "quality": {"type": "Property", "value": "raw"},
            }
        ),
        "name": fold({"type": "Property", "value": 'North "gate"'}),
        "open": fold({"type": "Property", "value": True}),
        "address": fold({"type": "Property", "value": {"street": {"name": "Jinjiang"}, "no": 7}}),
        "refDevice": fold({"type": "Relationship", "object": "urn:ngsi-ld:Device:1"}),
        "dateIssued": fold({"type": "Property", "value": "2026-11-22T16:00:00+08:00"}),
        "名称": fold({"type": "Property", "value": "北门"}),
    },
)


def _holds(q: str, entity: Entity = STATION) -> Any:
    expression = condition(q)
    assert expression is not None
    return evaluate(expression, values_of(entity, expression.names))


@pytest.mark.parametrize(
    "q",
    [
        "pm25>82",
        "pm25>=82.5",
        "pm25<1e3",
        "pm25==82.5",
        "pm25!=-3",
        "pm25==50..100",
        "pm25==1,82.5,3",
        "pm25!=1..2",
        "pm25!=1,2",
        "pm25",
        "pm25>82;pm25<83",
        "pm25>100|pm25<83",
        "pm25>100|pm25>80;pm25<83",
        "(pm25>100|pm25>80);(pm25<83)",
        "((pm25))",
        'name=="North \\"gate\\""',
        'name~="^North"',
        "name~=^No.th",
        "name!~=South",
        "open==true",
        "open!=false",
        'pm25.quality=="raw"',
        'pm25.unitCode=="GQ"',
        "pm25.observedAt>2026-11-22T15:00:00+08:00",
        "pm25.observedAt==2026-11-22T08:00:00Z",
        "dateIssued==2026-11-22T08:00:00Z",
        "dateIssued==2026-11-22T07:00:00Z..2026-11-22T09:00:00Z",
        'address[street.name]=="Jinjiang"',
        "address[no]==7",
        "refDevice==urn:ngsi-ld:Device:1",
        'refDevice=="urn:ngsi-ld:Device:1"',
        '名称=="北门"',
    ],
)
def test_a_condition_that_fits_holds(q: str) -> None:
    assert _holds(q) is True


@pytest.mark.parametrize(
    "q",
    [
        "pm25>82.5",
        "pm10>0",
        "pm10!=5",
        "pm10",
        "pm25>100;pm25<83",
        'pm25=="82.5"',
        "name>5",
        'name=="north"',
        "pm10~=x",
        "open==false",
        "address[street.number]==1",
        "address.street==1",
        "pm25.observedAt>2026-11-22T09:00:00Z",
    ],
)
def test_a_condition_that_does_not_fit_or_is_unknown_does_not_hold(q: str) -> None:
    assert _holds(q) is not True


@pytest.mark.parametrize(
    ("q", "at"),
    [
        ("pm25>", 6),
        (">5", 1),
        ("pm25>5;", 8),
        ("(pm25>5", 8),
        ("pm25>5)", 7),
        ("pm25=5", 5),
        ("pm25==1..", 10),
        ("pm25==1,", 9),
        ("pm25 > 5", 5),
        ("pm25>2026-13-45T00:00:00Z", 26),
        ("5pm>3", 1),
        ("speed>>", 7),
        ("pm25>true", 6),
        ("pm25>urn:a:b", 6),
        ("name==North", 7),
        ("name==North gate", 7),
        ("pm25==007", 7),
        ("pm25==+5", 7),
        ("pm25==٣", 7),
        ("pm25==1.", 7),
        ("pm25==true..5", 11),
        ('refDevice==urn:a:b.."x"', 19),
        ("refDevice==urn:a b", 12),
        ("name==2026-02-30", 17),
        ("name==25:00", 12),
        ("address[.]==1", 8),
        ("address[street.]==1", 8),
    ],
)
def test_a_condition_that_breaks_off_is_refused_with_the_character(q: str, at: int) -> None:
    with pytest.raises(HuichengError) as refused:
        condition(q)
    assert refused.value.details["at"] == at
    assert refused.value.place == "q"


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|aa)*", "a{1,5}{2}x(b*)*", "(?=a)b", r"(a)\1", "[", "a" * 300, "(.*a){9}"]
)
def test_a_pattern_that_may_run_for_ever_is_refused(pattern: str) -> None:
    with pytest.raises(HuichengError) as refused:
        condition(f"name~={pattern}")
    assert refused.value.slug in {"unsafe-pattern", "no-pattern"}


@pytest.mark.parametrize(
    "q", ["a" * 5_000, "(" * 40 + "a" + ")" * 40, ";".join(["a"] * 200), "a==" + ",".join("1" * 300)]
)
def test_a_condition_that_is_too_large_is_refused(q: str) -> None:
    with pytest.raises(HuichengError):
        condition(q)


#: What the grammar of 4.9 lets stand before an operator, and what behind which.
_ATTRIBUTES = st.sampled_from(["pm25", "pm25.quality", "address[street.name]", "名称", "https://example.org/a"])
_ORDERED = st.one_of(
    st.integers(-(10**9), 10**9).map(str),
    st.floats(-1e6, 1e6).map(repr),
    st.datetimes().map(lambda one: one.isoformat(timespec="seconds") + "Z"),
    st.dates().map(str),
    st.times().map(lambda one: one.isoformat(timespec="seconds")),
    st.text("abc é;|()<>,.", max_size=8).map('"{}"'.format),
)
_WORD = st.sampled_from(["true", "false", "urn:ngsi-ld:Device:1", "https://example.org/x?y=1#z"])
_TERM = st.one_of(
    _ATTRIBUTES,
    st.tuples(_ATTRIBUTES, st.sampled_from(["<", "<=", ">", ">="]), _ORDERED).map("".join),
    st.tuples(_ATTRIBUTES, st.sampled_from(["==", "!="]), _ORDERED | _WORD).map("".join),
    st.tuples(_ATTRIBUTES, st.sampled_from(["~=", "!~="]), st.sampled_from(["^No.th$", '"a b"', "[a-c]+"])).map(
        "".join
    ),
)
_QUERY = st.recursive(
    _TERM,
    lambda inner: st.tuples(inner, st.sampled_from(";|"), inner).map("".join) | inner.map("({})".format),
    max_leaves=6,
)


@given(_QUERY)
def test_what_the_grammar_allows_is_read(q: str) -> None:
    assert condition(q) is not None


#: Nearly everything may stand in a pattern, and much in an IRI.
_STRICT = _TERM.filter(lambda term: "~=" not in term and "://" not in term and "urn:" not in term)


@given(_STRICT, st.sampled_from([">", "<", "=", "!", "~", ")", '"', " ", ";", "|", ",", ".."]))
def test_what_the_grammar_does_not_allow_behind_a_term_is_refused_at_its_place(term: str, surplus: str) -> None:
    with pytest.raises(HuichengError) as refused:
        condition(term + surplus)
    assert 1 <= refused.value.details["at"] <= len(term + surplus) + 1


_WORDS = 'pm25 a.b a[b.c] == != > <= ~= !~= ; | ( ) .. , "x" " 1 -2.5e3 true 2026-01-01T00:00:00Z urn:a:b \\ [ ] é'
_PIECES = st.sampled_from([*_WORDS.split(" "), " ", "\0", "9" * 400])


@example("A<\0")
@example("A\0B==1")
@given(st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=25).map("".join)))
def test_any_text_is_either_read_or_refused_as_the_askers_fault(q: str) -> None:
    assert _read_or_refused(q)


def _read_or_refused(q: str) -> bool:
    try:
        expression = condition(q)
    except HuichengError as refused:
        return refused.status < 500 and bool(str(refused))
    return expression is None or evaluate(expression, values_of(STATION, expression.names)) in {True, False, None}
