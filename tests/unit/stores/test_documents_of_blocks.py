"""What an entity has beside its readings is kept as it is written (Q1)."""

from __future__ import annotations

import json

import pytest

from huicheng.stores.sqlite.blocks import rest_of, with_rest

READING = b'{"type":"Property","value":7}'


def test_the_rest_of_a_document_stands_beside_new_readings() -> None:
    document = '{"a":{"type":"Property","value":1},"名":{"type":"Property","value":"\\u0001一\\"}"},"b":{"x":[]}}'
    rest = rest_of(document, ("a", "c"))
    assert rest is not None
    held = json.loads(document)
    assert json.loads(with_rest(rest, b'{"a":%b}' % READING)) == {**held, "a": json.loads(READING)}


def test_without_a_rest_the_readings_are_the_document() -> None:
    assert rest_of(b'{"a":{"type":"Property","value":1}}', ("a",)) == b""
    assert with_rest(b"", b'{"a":%b}' % READING) == b'{"a":%b}' % READING


@pytest.mark.parametrize("held", ["[{},{}]", '{"datasetId":"urn:a"}'])
def test_readings_do_not_take_the_place_of_several_instances_or_of_a_data_set(held: str) -> None:
    assert rest_of(f'{{"a":{held},"b":{{}}}}', ("a",)) is None
    assert rest_of(f'{{"a":{held},"b":{{}}}}', ("b",)) is not None
