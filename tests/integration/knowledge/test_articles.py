"""Articles: versions that stay, policies over who reads and writes, search in Chinese (W4.1)."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError
from people import Town

from huicheng.access import Guard, Subject
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import ANONYMOUS
from huicheng.errors import Invalid, NotFound, Refused
from huicheng.knowledge.finding import find, read
from huicheng.knowledge.models import Article, ArticleVersion
from huicheng.knowledge.writing import Draft, publish, withdraw, write

LAMP = Draft(
    title="路灯不亮找谁报修",
    body="路灯由市政设施管理所维护，可拨打12345报修，24小时内到场。",
    category="市政",
    keywords="路灯 照明 停电",
    public=True,
)
COVER = Draft(title="井盖丢失怎么办", body="请在现场设置提醒，并拨打12345。路灯杆旁的井盖同样处理。", category="市政")


def reading(subject: Subject) -> Guard:
    return guard_for(subject, "read")


def titles(text: str, subject: Subject) -> list[str]:
    return [one.article.title for one in find(text, reading(subject))]


def test_an_article_is_found_once_it_is_published(town: Town) -> None:
    steward, handler = town.account("steward", "dsb"), town.account("handler", "eeb")
    made = write(LAMP, steward)
    assert titles("路灯", handler) == []
    publish(made.pk, steward)
    assert titles("路灯", handler) == titles("报修", handler) == titles("照明", handler) == [LAMP.title]
    withdraw(made.pk, steward)
    assert titles("路灯", handler) == []


def test_titles_count_more_than_bodies_and_a_callers_sentence_finds_what_shares_its_words(town: Town) -> None:
    steward = town.account("steward", "dsb")
    for draft in (COVER, LAMP):
        publish(write(draft, steward).pk, steward)
    assert titles("路灯", steward) == [LAMP.title, COVER.title]
    assert titles("你好我家门口那个路灯坏了好几天晚上不亮", steward)[0] == LAMP.title
    assert titles("退休金", steward) == []


def test_the_public_reads_public_answers_only(town: Town) -> None:
    steward = town.account("steward", "dsb")
    for draft in (COVER, LAMP):
        publish(write(draft, steward).pk, steward)
    assert titles("井盖", ANONYMOUS) == []
    assert titles("路灯", ANONYMOUS) == [LAMP.title]
    with pytest.raises(NotFound):
        read(reading(ANONYMOUS), Article.objects.get(title=COVER.title).pk)


def test_an_answer_is_not_found_before_its_first_day_nor_on_its_last(town: Town) -> None:
    steward = town.account("steward", "dsb")
    term = {"valid_from": date(2013, 3, 4), "valid_until": date(2013, 3, 6)}
    publish(write(Draft(title="临时限行", body="x", **term), steward).pk, steward)
    found = {day: len(find("限行", reading(steward), today=date(2013, 3, day))) for day in (3, 4, 5, 6)}
    assert found == {3: 0, 4: 1, 5: 1, 6: 0}


def test_operators_draft_and_others_publish(town: Town) -> None:
    operator, handler = town.account("operator", "oc"), town.account("handler", "eeb")
    made = write(LAMP, operator)
    with pytest.raises(Refused):
        publish(made.pk, operator)
    with pytest.raises(Refused):
        write(LAMP, handler)
    with pytest.raises(NotFound):
        publish(made.pk, handler)
    publish(made.pk, town.account("chief", "oc"))
    with pytest.raises(Refused):
        write(COVER, operator, made.pk)


def test_every_version_stays_as_it_was(town: Town) -> None:
    steward = town.account("steward", "dsb")
    made = write(LAMP, steward)
    write(COVER, steward, made.pk, seen=1)
    publish(made.pk, steward)
    assert [(one.number, one.title, one.status) for one in made.versions.all()] == [
        (1, LAMP.title, "draft"),
        (2, COVER.title, "draft"),
        (3, COVER.title, "published"),
    ]
    with pytest.raises(DatabaseError, match="append-only"):
        ArticleVersion.objects.filter(number=1).update(title="x")
    with pytest.raises(DatabaseError, match="append-only"):
        ArticleVersion.objects.filter(number=1).delete()


def test_of_two_writers_the_second_is_told(town: Town) -> None:
    steward = town.account("steward", "dsb")
    made = write(LAMP, steward)
    write(COVER, steward, made.pk, seen=1)
    with pytest.raises(Invalid):
        write(LAMP, steward, made.pk, seen=1)


@pytest.mark.parametrize(
    ("draft", "place"),
    [
        (Draft(title="", body="x"), "title"),
        (Draft(title="x", body=" \0 "), "body"),
        (Draft(title="x" * 121, body="x"), "title"),
        (Draft(title="x", body="x", valid_from=date(2013, 1, 2), valid_until=date(2013, 1, 2)), "valid_until"),
    ],
)
def test_what_is_missing_or_wrong_is_told_at_its_place(town: Town, draft: Draft, place: str) -> None:
    with pytest.raises(Invalid) as told:
        write(draft, town.account("steward", "dsb"))
    assert told.value.place == place
    assert Article.objects.count() == 0
