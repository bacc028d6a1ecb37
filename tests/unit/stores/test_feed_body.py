"""The body of a feed row: what goes in comes out, and how few bytes it takes."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from huicheng.city import Attribute, micros
from huicheng.stores.feed.arrays import unpack_ints
from huicheng.stores.feed.body import Touched, decode_body, encode_body, observed

START = datetime(2026, 1, 1, tzinfo=UTC)


class Codes:
    """A term table."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, text: str | None) -> int:
        if text is None:
            return -1
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text)


def facts(touched: list[Touched]) -> list[tuple[object, ...]]:
    """Every observation through encoding and decoding."""
    codes = Codes()
    body, count = encode_body(touched, codes)
    found = observed(decode_body(body))
    assert len(found.number) == count
    texts = [*codes.texts, None]
    values = [found.other.get(place, number) for place, number in enumerate(found.number.tolist())]
    names = [[texts[code] for code in column] for column in (found.attribute, found.unit, found.dataset)]
    return list(zip(found.entity.tolist(), *names, found.observed_at.tolist(), values, strict=True))


def anything(chance: random.Random) -> Attribute:
    value = chance.choice([1, 2.5, "text", True, None, {"a": [1]}, 1 << 60, -7.125, [1, 2]])
    moment = START + timedelta(microseconds=chance.randrange(10**15))
    return Attribute(
        type="Property",
        value=value,
        observed_at=chance.choice([None, moment]),
        unit_code=chance.choice([None, "GQ", "CEL"]),
        dataset_id=chance.choice([None, "urn:a"]),
    )


def test_every_observation_comes_back_and_nothing_else() -> None:
    chance = random.Random(3)  # noqa: S311 - repeatable, not secret
    for _ in range(200):
        touched: list[Touched] = []
        expected = []
        for entity in range(chance.randrange(1, 6)):
            held = {}
            for name in chance.sample("abcdef", chance.randrange(0, 5)):
                instances = [anything(chance) for _ in range(chance.choice([1, 1, 1, 3]))]
                held[name] = instances[0] if len(instances) == 1 else instances
                expected += [
                    (entity, name, one.unit_code, one.dataset_id, micros(one.observed_at), one.value)
                    for one in instances
                    if one.observed_at is not None
                ]
            touched.append((entity, 1, held))
        assert facts(touched) == expected


def test_deletions_and_empty_writes_are_changes_without_observations() -> None:
    body, count = encode_body([(7, 2, {}), (9, 1, {"a": []})], Codes())
    decoded = decode_body(body)
    assert count == 0
    assert unpack_ints(decoded.ids).tolist() == [7, 9]
    assert unpack_ints(decoded.outcomes).tolist() == [2, 1]
    assert len(observed(decoded).number) == 0


def test_a_batch_of_like_sensors_takes_few_bytes() -> None:
    chance = random.Random(5)  # noqa: S311 - repeatable, not secret
    touched: list[Touched] = [
        (
            entity,
            1,
            {
                name: Attribute(type="Property", value=chance.randrange(3000) / 10, unit_code="GQ", observed_at=START)
                for name in ("pm25", "pm10", "so2", "no2", "o3")
            },
        )
        for entity in range(500)
    ]
    body, count = encode_body(touched, Codes())
    assert count == 2500
    assert len(body) / count < 4
