"""Terms of the feed in memory (Q1: what was observed keeps its name and type)."""

from __future__ import annotations

from collections.abc import Iterator

from huicheng.stores.feed.terms import KnownTerms


class Table:
    """Rows of the term table from a place on, as a snapshot gives them."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts

    def rows(self, statement: str, known: int) -> Iterator[tuple[int, str]]:
        assert statement == "term.all"
        return iter([(number + 1, text) for number, text in enumerate(self.texts) if number >= known])


def test_who_was_given_the_terms_keeps_them_while_others_learn_more() -> None:
    terms = KnownTerms()
    first = terms.texts(Table("pm25"))  # type: ignore[arg-type]  # of a snapshot only its rows are read
    second = terms.texts(Table("pm25", "no2"))  # type: ignore[arg-type]  # as above
    assert (first, second) == (["pm25"], ["pm25", "no2"])
    assert terms.codes(Table("pm25", "no2", "o3"), ["o3", "pm25"]) == (2, 0)  # type: ignore[arg-type]  # as above
