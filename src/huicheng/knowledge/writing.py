"""Writing, publishing and withdrawing articles: each a new version, each asked of the policies."""

from __future__ import annotations

import time
from datetime import date

import msgspec
from django.db import transaction

from huicheng.access import Subject, demand
from huicheng.accounts.guards import guard_for
from huicheng.errors import Invalid, NotFound
from huicheng.knowledge import index
from huicheng.knowledge.models import Article, ArticleVersion, Status
from huicheng.knowledge.visibility import RESOURCE, values_of

_LONGEST = {"title": 120, "body": 20_000, "category": 40, "keywords": 200}


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has written."""

    title: str
    body: str
    category: str = ""
    keywords: str = ""
    unit: str = ""
    public: bool = False
    valid_from: date | None = None
    valid_until: date | None = None


def write(draft: Draft, actor: Subject, article: int | None = None, seen: int | None = None) -> Article:
    """A new article, or a new version of one (verbs ``create``, ``update``).

    ``seen`` is the version that the writer had before them. Raises ``Invalid``, ``Refused``, ``NotFound``.
    """
    clean = _checked(draft)
    with transaction.atomic():
        if article is None:
            held = Article(version=0, status=Status.DRAFT)
        else:
            held = _held(article, actor, "update")
            if seen is not None and held.version != seen:
                raise Invalid(place="body", why="Somebody else has written a newer version meanwhile.")
        for name, value in msgspec.structs.asdict(clean).items():
            setattr(held, name, value)
        verb = "create" if article is None else "update"
        demand(guard_for(actor, verb), verb, RESOURCE, values_of(held))
        return _kept(held, actor)


def publish(article: int, actor: Subject) -> Article:
    """Readers find it from now on (verb ``publish``)."""
    return _turned(article, actor, Status.PUBLISHED)


def withdraw(article: int, actor: Subject) -> Article:
    """Nobody but its writers finds it any more; it stays with all its versions (verb ``publish``)."""
    return _turned(article, actor, Status.WITHDRAWN)


def _turned(article: int, actor: Subject, status: Status) -> Article:
    with transaction.atomic():
        held = _held(article, actor, "publish")
        held.status = status
        return _kept(held, actor)


def _held(article: int, actor: Subject, verb: str) -> Article:
    rows = Article.objects.visible_to(guard_for(actor, "read")).select_for_update()
    held = rows.filter(pk=article).first()
    if held is None:
        raise NotFound(what="article", key=article)
    demand(guard_for(actor, verb), verb, RESOURCE, values_of(held))
    return held


def _kept(article: Article, actor: Subject) -> Article:
    article.version += 1
    article.author, article.changed_at = actor.id, time.time_ns() // 1000
    article.save()
    ArticleVersion.objects.create(
        article=article,
        number=article.version,
        status=article.status,
        title=article.title,
        body=article.body,
        about=_about(article),
        author=actor.id,
        at=article.changed_at,
    )
    index.keep(article)
    return article


def _about(article: Article) -> dict[str, object]:
    days = {name: getattr(article, name) for name in ("valid_from", "valid_until")}
    return {
        **{name: getattr(article, name) for name in ("category", "keywords", "unit", "public")},
        **{name: day.isoformat() if day else None for name, day in days.items()},
    }


def _checked(draft: Draft) -> Draft:
    texts = {name: getattr(draft, name).replace("\0", "").strip() for name in (*_LONGEST, "unit")}
    for name, longest in _LONGEST.items():
        if len(texts[name]) > longest:
            raise Invalid(place=name, why="This is too long. Please shorten it.")
        if not texts[name] and name in {"title", "body"}:
            raise Invalid(place=name, why="Please fill this in.")
    begins, ends = draft.valid_from, draft.valid_until
    if begins is not None and ends is not None and ends <= begins:
        raise Invalid(place="valid_until", why="It would end before it begins.")
    return msgspec.structs.replace(draft, **texts)
