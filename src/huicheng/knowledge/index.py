"""The full-text index of articles (FTS5, ``sql/text_index.sql``), written with the article."""

from __future__ import annotations

from pathlib import Path

from django.db import connection

from huicheng.fulltext import indexed
from huicheng.knowledge.models import Article

_SQL = Path(__file__).parent / "sql"
_FORGET = (_SQL / "text_forget.sql").read_text("utf-8")
_KEEP = (_SQL / "text_keep.sql").read_text("utf-8")
_RANKED = (_SQL / "text_ranked.sql").read_text("utf-8")


def keep(article: Article) -> None:
    """Let it be found by its texts as they are now. Call it in the transaction that wrote them."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(_FORGET, [article.pk])
            cursor.execute(_KEEP, [article.pk, *map(indexed, (article.title, article.keywords, article.body))])


def ranked(match: str, most: int) -> list[int]:
    """Ids of articles that match, the best first: titles and keywords weigh more than bodies."""
    with connection.cursor() as cursor:
        cursor.execute(_RANKED, [match, most])
        return [row[0] for row in cursor.fetchall()]
