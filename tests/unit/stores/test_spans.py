"""Every word that compares stretches of time, of every two that lie differently to one another. Serves Q2."""

from __future__ import annotations

import duckdb
import pytest
from sqlglot import expressions as sql
from stretches import MEANINGS, Minutes

from huicheng.stores.sensing.spans import RELATIONS, Span

POINTS = (10, 20, 30, 40, 50)
SPANS: list[Minutes] = [(start, end) for start in POINTS for end in POINTS if start <= end]


def _span(span: Minutes) -> Span:
    start, end = map(sql.Literal.number, span)
    return start, end


@pytest.mark.parametrize("word", sorted(RELATIONS))
def test_a_word_means_what_the_moments_of_both_say(word: str) -> None:
    pairs = [(one, other) for one in SPANS for other in SPANS if word != "during" or other[0] != other[1]]
    columns = [RELATIONS[word](_span(one), _span(other)) for one, other in pairs]
    told = duckdb.sql(sql.select(*columns).sql(dialect="duckdb")).fetchone()
    assert told is not None
    assert {pair: held for pair, held in zip(pairs, told, strict=True) if held != MEANINGS[word](*pair)} == {}


def test_every_word_has_a_meaning() -> None:
    assert RELATIONS.keys() == MEANINGS.keys()
