"""Finding articles by words, or by what somebody tells on the telephone."""

from __future__ import annotations

from datetime import date

import msgspec
from django.db.models import Q
from django.utils import timezone

from huicheng.access import Guard
from huicheng.errors import NotFound
from huicheng.fulltext import Piece, Sought, excerpt, sought
from huicheng.knowledge.index import ranked
from huicheng.knowledge.models import Article, Articles, Status

_MOST, _LOOKED_AT = 20, 200


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An article, and where it says what was sought; a page escapes the pieces."""

    article: Article
    title: list[Piece]
    pieces: list[Piece]


def find(text: str, guard: Guard, *, most: int = _MOST, today: date | None = None) -> list[Found]:
    """Published articles that hold today and that the guard shows, the best first.

    All words must stand in one. Where none has them all, as with a whole sentence of a caller, those that share
    most of its words follow.
    """
    asked = sought(text[:500])
    if not asked:
        return []
    rows = holding(guard, today)
    found = _among(rows, ranked(asked, _LOOKED_AT)) or _among(rows, ranked(asked, _LOOKED_AT, loosely=True))
    return [_found(one, asked) for one in found[:most]]


def holding(guard: Guard, today: date | None = None) -> Articles:
    """Published, and within its term."""
    day = today or timezone.localdate()
    begun, not_over = Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_until=None) | Q(valid_until__gt=day)
    return Article.objects.visible_to(guard).filter(begun, not_over, status=Status.PUBLISHED)


def read(guard: Guard, id: int) -> Article:
    """One article in whatever state the guard shows it; ``NotFound``."""
    article = Article.objects.visible_to(guard).filter(pk=id).first()
    if article is None:
        raise NotFound(what="article", key=id)
    return article


def _among(rows: Articles, ids: list[int]) -> list[Article]:
    found = rows.in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def _found(article: Article, asked: Sought) -> Found:
    title = excerpt(article.title, asked) or [Piece(text=article.title)]
    body = excerpt(article.body, asked) or [Piece(text=article.body[:90])]
    return Found(article=article, title=title, pieces=body)
