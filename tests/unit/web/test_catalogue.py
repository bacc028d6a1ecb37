"""Every message that a person may see has its Simplified Chinese and its English."""

from __future__ import annotations

import ast
import re

import pytest
from catalogue import LANGUAGES, SOURCE, catalogue, messages, reasons

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


def test_reasons_are_message_ids_and_their_values_stand_beside_them() -> None:
    filled_already = [f"{path.relative_to(SOURCE)}:{said.lineno}" for path, said in reasons() if not _handed_on(said)]
    assert filled_already == [], 'write why="“%(unit)s” is no unit.", unit=unit'


def _handed_on(said: ast.expr) -> bool:
    """A message id, or what somebody else has said as one; plural forms are chosen where they are said."""
    if isinstance(said, ast.BinOp):
        return isinstance(said.left, ast.Call) and ast.unparse(said.left.func) == "ngettext"
    named = said.value if isinstance(said, ast.Subscript) else said
    return (
        isinstance(named, (ast.Constant, ast.Name, ast.Attribute)) or ast.unparse(said) == "str(fault.details['why'])"
    )
