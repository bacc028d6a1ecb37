"""Problem details in the reader's language."""

from __future__ import annotations

from importlib import resources

import pytest
from babel.messages.pofile import read_po

from huicheng.api.problem import answer, language_of, problem
from huicheng.errors import Invalid, NotFound
from huicheng.ingest import problem as says


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("fr,en;q=0.5", "en"),
        ("zh;q=0.3,en;q=0.7", "en"),
        ("fr", "zh"),
        ("*", "zh"),
        ("en;q=0", "zh"),
        (";;;q=x,,", "zh"),
    ],
)
def test_the_language_is_the_preferred_of_the_two(accept: str, language: str) -> None:
    assert language_of(accept) == language


def test_a_problem_says_what_where_and_what_to_do() -> None:
    told = problem(NotFound(place="/2/id", what="entity", key="urn:x:1"), "en", etsi=True)
    assert told == {
        "type": "https://uri.etsi.org/ngsi-ld/errors/ResourceNotFound",
        "status": 404,
        "code": "not-found",
        "title": "There is no entity “urn:x:1” that you may see.",
        "detail": "There is no entity “urn:x:1” that you may see. Check the identifier.",
        "place": "/2/id",
    }


def test_outside_ngsi_ld_the_type_is_our_own() -> None:
    assert problem(Invalid(why="x"), "en")["type"] == "urn:huicheng:error:invalid"


def test_what_a_client_sent_is_never_read_as_a_format() -> None:
    assert "100%s%(x)d" in problem(NotFound(what="entity", key="100%s%(x)d"), "en")["title"]


def test_an_answer_names_its_language_and_media() -> None:
    found = answer(Invalid(why="x"), "zh")
    assert dict(found.headers)[b"content-type"] == b"application/problem+json"
    assert dict(found.headers)[b"content-language"] == b"zh"


def test_every_sentence_of_a_check_is_told_in_chinese() -> None:
    sentences = [held for held in vars(says).values() if isinstance(held, says.Sentence)]
    assert len(sentences) > 20
    with resources.files("huicheng.web").joinpath("locale/zh_Hans/LC_MESSAGES/django.po").open("rb") as file:
        catalogue = read_po(file)
    untold = [text for held in sentences for text in held if not getattr(catalogue.get(text), "string", "")]
    assert untold == []


def test_a_reason_is_translated_and_its_places_are_filled() -> None:
    error = Invalid(place="/unit", why="“%(unit)s” is no unit of %(quantity)s.", unit="%(quantity)s", quantity="%d")
    assert problem(error, "en")["title"] == "“%(quantity)s” is no unit of %d."
    assert str(error).startswith("/unit: “%(quantity)s” is no unit of %d. ")
    assert "没有时区" in problem(Invalid(why="The time “%(text)s” has no time zone.", text="now"), "zh")["title"]


def test_a_place_without_a_detail_stays_as_it_is() -> None:
    assert problem(Invalid(why="100 %(x)s %s %"), "en")["title"] == "100 %(x)s %s %"


def test_what_is_quoted_is_told_as_it_was_written_even_where_it_is_a_word_of_ours() -> None:
    assert problem(NotFound(what="entity", key="entity"), "zh")["title"] == "没有您可查看的实体“entity”。"
