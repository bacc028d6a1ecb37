"""Chinese texts are found by words of two signs, by one sign, by phrases, numbers and other words (W4.1)."""

from __future__ import annotations

import sqlite3

import pytest

from huicheng.fulltext import engine, excerpt, folded, indexed, sought

TEXTS = (
    "环北街道排水井 D-117 水位超警，路面积水约20米",
    "北门社区道路积水，车辆无法通行",
    "河滨路12号烧烤店夜间冒烟",
    "Broken Street-Light near No. 7 Middle School",
    "ＡＢＣ１２３ 全角字母",
)


@pytest.fixture(scope="module")
def table() -> sqlite3.Connection:
    held = sqlite3.connect(":memory:")
    held.execute("CREATE VIRTUAL TABLE held USING fts5(body, tokenize = 'unicode61')")
    held.executemany("INSERT INTO held(rowid, body) VALUES (?, ?)", enumerate(map(indexed, TEXTS)))
    return held


def found(table: sqlite3.Connection, text: str) -> list[int]:
    asked = sought(text)
    rows = table.execute(
        "SELECT rowid FROM held WHERE held MATCH ? ORDER BY rowid",
        [engine("sqlite").match(asked, ("body",), ("body",))],
    )
    return [row for (row,) in rows]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("积水", [0, 1]),
        ("水", [0, 1]),
        ("警", [0]),
        ("排水井", [0]),
        ("井排水", []),
        ("D-117", [0]),
        ("d117", []),
        ("117", [0]),
        ("11", [0]),
        ("河滨路12号", [2]),
        ("路12号", [2]),
        ("号", [2]),
        ("积水 北门", [1]),
        ("北门 烧烤", []),
        ('"street light"', [3]),
        ("LIGHT street", [3]),
        ("stree", [3]),
        ("ghts", []),
        ("abc123", [4]),
        ("“全角”", [4]),
    ],
)
def test_what_is_typed_finds_the_texts_in_which_it_stands(
    table: sqlite3.Connection, text: str, rows: list[int]
) -> None:
    assert found(table, text) == rows


def test_a_phrase_is_signs_one_after_another_and_words_apart_are_each_found_anywhere(table: sqlite3.Connection) -> None:
    assert found(table, "道路积水") == [1]
    assert found(table, "积水 道路") == [1]
    assert found(table, "积水道路") == []


@pytest.mark.parametrize("text", ["", "  ", "，。！", '""', "**", "\0"])
def test_punctuation_alone_seeks_nothing(text: str) -> None:
    assert not sought(text)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('"street" OR body:*', []),
        ("NEAR(积水 2)", []),
        ("body : 积水", []),
        ("-积水", [0, 1]),
        ("(积水", [0, 1]),
        ("积水*", [0, 1]),
        ("AND", []),
    ],
)
def test_what_is_typed_is_never_read_as_the_language_of_the_index(
    table: sqlite3.Connection, text: str, rows: list[int]
) -> None:
    assert found(table, text) == rows


def test_some_columns_may_be_asked_alone() -> None:
    held = sqlite3.connect(":memory:")
    held.execute("CREATE VIRTUAL TABLE held USING fts5(title, body, tokenize = 'unicode61')")
    held.execute("INSERT INTO held VALUES (?, ?)", [indexed("积水"), indexed("冒烟")])
    names, asked = ("title", "body"), sought("冒烟")
    both = [
        held.execute(
            "SELECT count(*) FROM held WHERE held MATCH ?", [engine("sqlite").match(asked, names, some)]
        ).fetchone()
        for some in (("title",), names)
    ]
    assert both == [(0,), (1,)]


@pytest.mark.parametrize(
    ("texts", "kept"),
    [
        (("排水井", "Café 7"), "'排水':1A '水井':2A '井':3A 'cafe':6B '7':7B"),
        (("a" * 9000,), "'" + "a" * 2046 + "':1A"),
        (("’'\\", "，"), ""),
    ],
)
def test_postgresql_keeps_tokens_with_place_and_column_and_a_gap_between_columns(
    texts: tuple[str, ...], kept: str
) -> None:
    assert engine("postgresql").kept(texts) == (kept,)


def test_a_long_text_ends_where_a_tsvector_counts_no_further() -> None:
    [kept] = engine("postgresql").kept(["水 " * 20_000])
    assert kept.endswith("'水':16383A")


def test_postgresql_is_asked_for_phrases_in_the_columns_that_are_shown() -> None:
    names, asked = ("title", "keywords", "body"), sought("排水井 d-11")
    match = engine("postgresql").match
    assert match(asked, names, names) == "('排水' <-> '水井') & ('d' <-> '11':*)"
    assert match(asked, names, ("title", "body")) == "('排水':AC <-> '水井':AC) & ('d':AC <-> '11':*AC)"
    assert engine("postgresql").loosely(asked) == "'排水' | '水井' | 'd' | '11'"


def test_the_place_that_was_found_is_shown_as_it_was_written() -> None:
    pieces = excerpt("环北街道排水井 Ｄ-117 水位超警", sought("d-117 水位"))
    assert [piece.text for piece in pieces if piece.hit] == ["Ｄ-117", "水位"]
    assert "".join(piece.text for piece in pieces) == "环北街道排水井 Ｄ-117 水位超警"


def test_a_long_text_is_cut_around_the_first_hit() -> None:
    pieces = excerpt("前" * 500 + "积水" + "后" * 500, sought("积水"))
    assert pieces[0].text == pieces[-1].text == "…"
    assert sum(len(piece.text) for piece in pieces) <= 92
    assert [piece.text for piece in pieces if piece.hit] == ["积水"]


def test_hits_that_overlap_are_one() -> None:
    pieces = excerpt("路面积水", sought("面积 积水"))
    assert [(piece.text, piece.hit) for piece in pieces] == [("路", False), ("面积水", True)]


def test_nothing_found_is_no_excerpt() -> None:
    assert excerpt("路面积水", sought("冒烟")) == []


def test_signs_that_fold_to_several_keep_their_place() -> None:
    assert folded("㎡") == "m2"
    assert [piece.text for piece in excerpt("约20㎡积水", sought("积水")) if piece.hit] == ["积水"]
