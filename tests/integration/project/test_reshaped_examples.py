"""Examples that an earlier version made in another shape are put right at the next start, and nothing else is (N1)."""

from __future__ import annotations

import pytest
from people import Town

from huicheng.city import Attribute, Entity
from huicheng.project.configuration import Configuration
from huicheng.project.demo import _seed_entities
from huicheng.project.installation import Installation
from huicheng.stores import Transaction, Write
from huicheng.stores.blocking import drive

SENSES = "controlledProperty"


@pytest.fixture
def installation(town: Town) -> Installation:
    """The installation with its examples."""
    held = town.platform
    made = Installation(
        configuration=Configuration(data=town.data),
        packs=held.packs,
        store=held.store,
        authority=held.authority.authority,
        platform=held,
    )
    drive(_seed_entities(made))
    return made


def sensing(town: Town, key: str) -> object:
    held = town.store.get(key)
    assert held is not None
    attribute = held.entity.attributes[SENSES]
    assert isinstance(attribute, Attribute)
    return attribute.value


def put(town: Town, key: str, senses: object) -> None:
    """As an earlier version, or a person, wrote it."""
    attribute = Attribute(type="Property", value=senses)
    entity = Entity(id=key, type="Device", attributes={SENSES: attribute})
    town.store.commit(Transaction(writes=[Write(entity=entity)], judged=False))


def test_one_value_where_a_list_is_now_becomes_a_list_of_it(town: Town, installation: Installation) -> None:
    examples = [one.id for pack in installation.packs for one in pack.demo.entities if SENSES in one.attributes]
    old, changed, own = examples[0], examples[1], "urn:ngsi-ld:Device:of-their-own"
    before = town.store.get(old)
    put(town, old, "smoke")
    put(town, changed, ["smoke", "light"])
    put(town, own, "smoke")
    drive(_seed_entities(installation))
    assert sensing(town, old) == ["smoke"]
    assert sensing(town, changed) == ["smoke", "light"]
    # Devices of the district are never touched.
    assert sensing(town, own) == "smoke"
    after = town.store.get(old)
    assert before is not None
    assert after is not None
    assert {**after.entity.attributes, SENSES: None} == {**before.entity.attributes, SENSES: None}
    drive(_seed_entities(installation))
    again = town.store.get(old)
    assert again is not None
    assert again.modified_at == after.modified_at
