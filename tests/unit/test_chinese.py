"""Chinese text is Simplified (zh-hans) throughout, and every sentence of the pages is translated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import tree
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from opencc import OpenCC

#: Files that may hold text in Chinese.
SUFFIXES = {".po", ".yaml", ".html", ".txt", ".ts", ".css", ".py", ".md", ".json", ".sql"}
HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
#: Words that OpenCC would change and that are right as they stand: word → why.
RIGHT_AS_THEY_STAND: dict[str, str] = {}

CATALOGUES = sorted(tree.under("src", ".po"))


@cache
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


def traditional(text: str) -> list[str]:
    """The runs of Chinese in which a character is Traditional."""
    for word in RIGHT_AS_THEY_STAND:
        text = text.replace(word, "")
    runs: Iterator[str] = (match.group() for match in HAN.finditer(text))
    return [run for run in runs if _to_simplified().convert(run) != run]


def test_a_traditional_character_is_recognised() -> None:
    assert traditional("\u74b0\u5883 and 环境") == ["\u74b0\u5883"]


def test_no_file_holds_traditional_characters() -> None:
    read = [path for path in tree.files() if path.suffix in SUFFIXES]
    assert any(HAN.search(path.read_text("utf-8")) for path in read)
    assert {tree.name(path): found for path in read if (found := traditional(path.read_text("utf-8")))} == {}


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=tree.name)
def test_every_sentence_of_the_pages_is_translated(catalogue: Path) -> None:
    with catalogue.open("rb") as source:
        messages = [message for message in read_po(source) if message.id]
    assert messages
    assert [message.id for message in messages if message.fuzzy or not _texts(message)] == []


def _texts(message: Message) -> bool:
    """Whether the translation, in each of its plural forms, says something."""
    forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return all(forms)
