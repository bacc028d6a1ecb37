"""``POST /desk/filters/``: keep the filters of the inbox under a name, choose the one it opens with, drop one."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from huicheng.accounts.subjects import subject_of
from huicheng.cases.saved import make_default, remove, save
from huicheng.desk.filtering import NAMES
from huicheng.errors import Invalid
from huicheng.web.texts import problem_of


@never_cache
@login_required
@require_POST
def filters_act(request: HttpRequest) -> HttpResponse:
    """``do``: ``save``, ``default``, ``remove``; back to the inbox."""
    subject, post = subject_of(request.user), request.POST
    query = _query(post.get("query", ""))
    number = int(post["id"]) if post.get("id", "").isdecimal() and len(post["id"]) < 16 else None
    if post.get("do") == "remove" and number is not None:
        remove(subject, number)
        messages.success(request, _("The filter is removed."), extra_tags="good")
    elif post.get("do") == "default":
        make_default(subject, number)
        messages.success(request, _("The inbox opens like this from now on."), extra_tags="good")
    else:
        try:
            save(subject, post.get("name", ""), query, default=bool(post.get("default")))
            messages.success(request, _("The filter is saved."), extra_tags="good")
        except Invalid as error:
            messages.error(request, problem_of(error), extra_tags="bad")
    return HttpResponseRedirect(f"{reverse('desk:inbox')}?{query or 'scope=all'}")


def _query(text: str) -> str:
    """Only filters: nothing else comes back into an address."""
    sent, kept = QueryDict(text[:2000]), QueryDict(mutable=True)
    for name in (*NAMES, "scope"):
        if sent.get(name):
            kept[name] = sent[name]
    return kept.urlencode()
