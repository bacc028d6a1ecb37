"""The full-text index of articles (``sql/<engine>/text_index.sql``), written with the article."""

from __future__ import annotations

from pathlib import Path

from huicheng.fulltext import Sought
from huicheng.knowledge.models import Article
from huicheng.people.text_index import TextIndex

_INDEX = TextIndex(Path(__file__).parent / "sql", ("title", "keywords", "body"))


def keep(article: Article) -> None:
    """Let it be found by its texts as they are now. Call it in the transaction that wrote them."""
    _INDEX.keep([(article.pk, (article.title, article.keywords, article.body))])


def reindex() -> None:
    """Write the whole index anew."""
    for article in Article.objects.order_by("pk").iterator():
        keep(article)


def ranked(asked: Sought, most: int, *, loosely: bool = False) -> list[int]:
    """Ids of articles that match, the best first: titles and keywords weigh more than bodies."""
    return _INDEX.ranked(asked, most, loosely=loosely)
