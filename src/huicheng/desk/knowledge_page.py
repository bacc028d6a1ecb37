"""``/desk/knowledge/``: articles to look up, to write and to publish (W4.1)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huicheng.access import Guard, allows
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import names_of, subject_of
from huicheng.accounts.units import unit_names
from huicheng.desk.reading import page
from huicheng.errors import Invalid
from huicheng.knowledge.finding import find, read
from huicheng.knowledge.markup import blocks
from huicheng.knowledge.models import Article, Status
from huicheng.knowledge.visibility import RESOURCE, values_of
from huicheng.knowledge.writing import Draft, publish, withdraw, write
from huicheng.web.texts import problem_of

_TEXTS = ("title", "category", "keywords", "unit", "body")
_DAYS = ("valid_from", "valid_until")
_LISTED = 200


@never_cache
@login_required
@require_safe
def knowledge_page(request: HttpRequest) -> HttpResponse:
    """Search, and all articles by category; who keeps them sees drafts too."""
    guard = _guard(request)
    query = request.GET.get("q", "").strip()[:200]
    rows = Article.objects.visible_to(guard)
    category = request.GET.get("category", "")[:40]
    named = rows.exclude(category="").order_by("category")
    shown = {
        "query": query,
        "found": find(query, guard) if query else [],
        "categories": list(named.values_list("category", flat=True).distinct()),
        "category": category,
        "articles": [_line(one) for one in (rows.filter(category=category) if category else rows)[:_LISTED]],
        "may_write": bool(guard_for(guard.subject, "create").of(RESOURCE)),
    }
    return render(request, "desk/knowledge.html", page(request, "knowledge", **shown))


@never_cache
@login_required
@require_safe
def article_page(request: HttpRequest, id: int) -> HttpResponse:
    """One article as it holds, or as it was (``?version=``)."""
    guard = _guard(request)
    article = read(guard, id)
    versions = list(article.versions.order_by("-number"))
    names = names_of(one.author for one in versions)
    number = request.GET.get("version", "")
    old = next((one for one in versions if number == str(one.number)), None)
    shown = {
        "article": {**_line(article), "version": article.version, "about": _about(article)},
        "title": old.title if old else article.title,
        "blocks": blocks(old.body if old else article.body),
        "old": old,
        "versions": [
            {
                "number": one.number,
                "at": one.at,
                "who": names.get(one.author, one.author),
                "status": status_words(one.status),
            }
            for one in versions
        ],
        "may_update": _may(guard, "update", article),
        "may_publish": _may(guard, "publish", article),
    }
    return render(request, "desk/article.html", page(request, "knowledge", **shown))


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def write_page(request: HttpRequest, id: int | None = None) -> HttpResponse:
    """A new article, or a new version; what was written is kept when something is wrong."""
    guard = _guard(request)
    article = read(guard, id) if id is not None else None
    if request.method == "GET":
        return _form(request, article, _held(article))
    sent = {name: request.POST.get(name, "") for name in (*_TEXTS, *_DAYS, "public")}
    try:
        kept = write(_draft(sent), guard.subject, id, _seen(request))
    except Invalid as error:
        return _form(request, article, sent, {error.place: problem_of(error)})
    messages.success(request, _("Version %(n)s is kept.") % {"n": kept.version}, extra_tags="good")
    return HttpResponseRedirect(reverse("desk:article", args=[kept.pk]))


@never_cache
@login_required
@require_POST
def publish_act(request: HttpRequest, id: int) -> HttpResponse:
    """``do``: ``publish`` or ``withdraw``."""
    subject = subject_of(request.user)
    if request.POST.get("do") == "withdraw":
        withdraw(id, subject)
        messages.success(request, _("The article is withdrawn."), extra_tags="good")
    else:
        publish(id, subject)
        messages.success(request, _("The article is published."), extra_tags="good")
    return HttpResponseRedirect(reverse("desk:article", args=[id]))


def status_words(status: str) -> str:
    """Where an article stands."""
    return {
        Status.DRAFT: _("draft"),
        Status.PUBLISHED: _("published"),
        Status.WITHDRAWN: _("withdrawn"),
    }[Status(status)]


def _guard(request: HttpRequest) -> Guard:
    return guard_for(subject_of(request.user), "read")


def _may(guard: Guard, verb: str, article: Article) -> bool:
    return allows(guard_for(guard.subject, verb), RESOURCE, values_of(article))


def _line(article: Article) -> dict[str, Any]:
    return {
        "id": article.pk,
        "title": article.title,
        "category": article.category,
        "status": status_words(article.status),
        "published": article.status == Status.PUBLISHED,
        "withdrawn": article.status == Status.WITHDRAWN,
        "public": article.public,
        "changed_at": article.changed_at,
    }


def _about(article: Article) -> dict[str, Any]:
    return {
        "unit": unit_names().get(article.unit, article.unit),
        "keywords": article.keywords,
        "valid_from": article.valid_from,
        "valid_until": article.valid_until,
    }


def _form(
    request: HttpRequest, article: Article | None, sent: dict[str, str], errors: dict[str, str] | None = None
) -> HttpResponse:
    shown = {
        "article": article,
        "sent": sent,
        "errors": errors or {},
        "units": [{"value": code, "name": name} for code, name in unit_names().items()],
    }
    return render(request, "desk/article_form.html", page(request, "knowledge", **shown), status=422 if errors else 200)


def _held(article: Article | None) -> dict[str, str]:
    if article is None:
        return {}
    days = {name: held.isoformat() if (held := getattr(article, name)) else "" for name in _DAYS}
    return {**{name: getattr(article, name) for name in _TEXTS}, **days, "public": "1" if article.public else ""}


def _draft(sent: dict[str, str]) -> Draft:
    return Draft(
        **{name: sent[name] for name in _TEXTS},
        public=bool(sent["public"]),
        valid_from=_day("valid_from", sent["valid_from"]),
        valid_until=_day("valid_until", sent["valid_until"]),
    )


def _day(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(place=name, why="This is not a time.") from None


def _seen(request: HttpRequest) -> int | None:
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else None
