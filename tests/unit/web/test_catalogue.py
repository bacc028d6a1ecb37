"""Every message that a person may see has its Simplified Chinese and its English."""

from __future__ import annotations

import re

import pytest
from catalogue import LANGUAGES, catalogue, messages

_PLACE = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")


def texts(string: object) -> list[str]:
    return list(string) if isinstance(string, (tuple, list)) else [str(string)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated(language: str) -> None:
    known = catalogue(language)
    missing = []
    for message, context in messages():
        found = known.get(message, context)
        if found is None or found.fuzzy or not all(texts(found.string)):
            missing.append(message)
    assert missing == [], "bring the catalogues up to date with tests/catalogue.py, and translate"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_places_of_its_message(language: str) -> None:
    for message in catalogue(language):
        if not message.id:
            continue
        wanted = {place for one in texts(message.id) for place in _PLACE.findall(one)}
        for text in texts(message.string):
            assert set(_PLACE.findall(text)) <= wanted, message.id
        assert wanted == {place for one in texts(message.string) for place in _PLACE.findall(one)}, message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_catalogue_keeps_a_message_that_is_gone(language: str) -> None:
    current = set(messages())
    kept = {(message.id, message.context) for message in catalogue(language) if message.id}
    assert {
        key for key in kept if (tuple(key[0]) if isinstance(key[0], list) else key[0], key[1]) not in current
    } == set()
