"""``/answers/<id>/``: an answer of the knowledge base that everybody may read."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import ANONYMOUS
from huicheng.accounts.units import unit_names
from huicheng.errors import NotFound
from huicheng.knowledge.finding import holding
from huicheng.knowledge.markup import blocks


@never_cache
@require_safe
def answer_page(request: HttpRequest, id: int) -> HttpResponse:
    """What the public may read, whoever asks: an officer sees here what a citizen sees."""
    article = holding(guard_for(ANONYMOUS, "read")).filter(pk=id).first()
    if article is None:
        raise NotFound(what="answer", key=id)
    shown = {"article": article, "blocks": blocks(article.body), "unit": unit_names().get(article.unit, "")}
    return render(request, "portal/answer.html", shown)
