"""``q`` on every engine and in memory: of several instances and languages, of JSON, of times (CIM 009, 4.9).

Serves Q2.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from huicheng.access import Grant, Guard, Subject
from huicheng.city import Attribute, Entity
from huicheng.context import condition
from huicheng.context.values import values_of
from huicheng.expressions import evaluate
from huicheng.stores import Blocking, EntityQuery

from .conftest import put


def _room(key: str, **attributes: Attribute | list[Attribute]) -> Entity:
    return Entity(id=f"urn:ngsi-ld:Room:{key}", type="Room", attributes=attributes)


def _sensed(value: float, data_set: str | None = None) -> Attribute:
    return Attribute(type="Property", value=value, dataset_id=data_set)


def _judged(quality: str, day: int) -> Attribute:
    sub = {
        "quality": {"type": "Property", "value": quality},
        "by": {"type": "LanguageProperty", "languageMap": {"en": f"pump {day}", "fr": [f"pompe {day}"]}},
        "marks": {"type": "ListProperty", "valueList": [day, day + 10]},
        f"only{day}": {"type": "Relationship", "object": f"urn:x:{day}"},
    }
    value = {"street": f"{day} Road", "near": [day]}
    at = datetime(2026, 1, day, tzinfo=UTC)
    return Attribute(type="Property", value=value, sub=sub, observed_at=at, dataset_id=f"urn:d:{day}")


ROOMS = [
    _room("1", warm=[_sensed(21.5), _sensed(23, "urn:x:wall")]),
    _room("2", warm=_sensed(22)),
    _room("3", title=Attribute(type="LanguageProperty", language_map={"en": "Hall", "fr": ["salle", "pièce"]})),
    _room("4", title=Attribute(type="Property", value="Hall")),
    _room("5", raw=Attribute(type="JsonProperty", json={"a": {"b": 1}, "c": [1, 2]})),
    _room("6", raw=Attribute(type="JsonProperty", json={"a": None})),
    _room("7", near=[Attribute(type="Relationship", object=f"urn:x:{one}", dataset_id=f"urn:d:{one}") for one in "ab"]),
    _room("8", kind=Attribute(type="VocabProperty", vocab=["good", "old"]), warm=Attribute(type="Property", value="x")),
    _room("9", place=Attribute(type="Relationship", object="urn:x:c", object_type="Bed")),
    _room("A", flow=[_judged("low", 1), _judged("high", 2)]),
    _room("B", flow=_judged("high", 2)),
    _room("C", flow=Attribute(type="Property", value=0)),
]


@pytest.mark.parametrize(
    ("q", "named"),
    [
        ("warm==23", "1"),
        ("warm==21.5", "1"),
        ("warm>22", "1"),
        ("warm<22", "1"),
        ("warm==22..24", "12"),
        ("warm==1,23", "1"),
        ("warm!=23", "28"),  # neither of several, nor of another type
        ("warm!=21..22", "8"),
        ("warm", "128"),
        ('title=="Hall"', "34"),
        ('title[*]=="Hall"', "34"),
        ('title=="salle"', "3"),
        ('title[fr]=="pièce"', "3"),
        ('title[en]=="Hall"', "3"),
        ('title!="Hall"', ""),
        ('title!="salle"', "4"),
        ("title~=^sal", "3"),
        ("title!~=^sal", "4"),
        ("title!~=^X", "34"),
        ("title", "34"),
        ("raw", "56"),
        ("raw[a.b]==1", "5"),
        ("raw[a.b]", "5"),
        ("raw[a]", "5"),
        ("raw[c]==2", "5"),
        ("near==urn:x:b", "7"),
        ("near!~=b$", ""),
        ("near!~=c$", "7"),
        ("near!=urn:x:b", ""),
        ("near!=urn:x:c", "7"),
        ('kind=="old"', "8"),
        ("kind!=urn:x:old", "8"),
        ('place.objectType=="Bed"', "9"),
        ("nothing!=1", ""),
        ('flow.quality=="high"', "AB"),
        ('flow.quality=="low"', "A"),
        ('flow.quality!="high"', ""),
        ('flow.quality!="low"', "B"),
        ("flow.quality~=^hi", "AB"),
        ("flow.quality!~=^hi", ""),
        ("flow.quality", "AB"),
        ("flow.only2", "AB"),
        ("flow.only2==urn:x:2", "AB"),
        ('flow.by=="pompe 2"', "AB"),
        ('flow.by=="pump 1"', "A"),
        ("flow.marks==12", "AB"),
        ('flow[street]=="2 Road"', "AB"),
        ('flow[street]!="2 Road"', ""),
        ("flow[street]", "AB"),
        ("flow[near]==2", "AB"),
        ("flow.observedAt>2026-01-01T12:00:00Z", "AB"),
        ("flow.observedAt==2026-01-01T00:00:00Z", "A"),
        ("flow.datasetId==urn:d:2", "AB"),
        ('flow.nothing!="x"', ""),
        ("flow.nothing", ""),
    ],
)
def test_any_of_several_values_may_fit_in_every_engine(city: Blocking, q: str, named: str) -> None:
    city.commit(put(*ROOMS))
    asked = condition(q)
    assert asked is not None
    found = city.query(EntityQuery(where=asked)).entities
    assert "".join(one.entity.id[-1] for one in found) == named
    told = [one for one in ROOMS if evaluate(asked, values_of(one, asked.names)) is True]
    assert "".join(one.id[-1] for one in told) == named


@pytest.mark.parametrize(
    ("q", "named"),
    [
        ("createdAt>2020-01-01T00:00:00Z;title", "34"),
        ("createdAt<2020-01-01T00:00:00Z", ""),
        ("modifiedAt==2020-01-01T00:00:00Z..2100-01-01T00:00:00Z;raw", "56"),
        ("title.createdAt>2020-01-01T00:00:00Z", "34"),
        ("title.modifiedAt", "34"),
        ("title.modifiedAt<2020-01-01T00:00:00Z", ""),
    ],
)
def test_times_of_entities_and_of_attributes_are_asked_for(city: Blocking, q: str, named: str) -> None:
    city.commit(put(*ROOMS))
    found = city.query(EntityQuery(where=condition(q))).entities
    assert "".join(one.entity.id[-1] for one in found) == named


def test_a_term_is_compared_as_what_it_is_in_the_words_of_who_asks(city: Blocking) -> None:
    city.commit(put(*ROOMS))
    asked = condition("kind==old", expanded=frozenset({"kind"}))
    assert [one.entity.id[-1] for one in city.query(EntityQuery(where=asked)).entities] == ["8"]


@pytest.mark.parametrize(
    ("q", "named"),
    [
        ("title.createdAt>2020-01-01T00:00:00Z;title", "34"),
        ("createdAt>2020-01-01T00:00:00Z;title", "34"),
        ('title=="salle"', "3"),
        ("warm.createdAt", ""),
        ("warm", ""),
        ("warm==23", ""),
        ("warm!=1", ""),
    ],
)
def test_nothing_is_found_out_of_attributes_that_are_hidden(city: Blocking, q: str, named: str) -> None:
    """N4: a contract for some columns."""
    city.commit(put(*ROOMS))
    grant = Grant(policy="p", rows="TRUE", columns=("title",))
    guard = Guard(subject=Subject(id="p", roles=("partner",), unit=""), grants={"Room": (grant,)})
    found = city.query(EntityQuery(guard=guard, where=condition(q))).entities
    assert "".join(one.entity.id[-1] for one in found) == named
