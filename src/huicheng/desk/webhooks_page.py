"""``/admin/webhooks/``: whom the district tells of its cases: every webhook, how it fares; pause, go on, delete.

Integrations register them themselves, with their key (docs/how-to/webhooks.md).
"""

from __future__ import annotations

import time
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from huicheng.access import Subject, demand
from huicheng.accounts.guards import audit, guard_for
from huicheng.accounts.subjects import subject_of
from huicheng.context import Subscription, every_webhook, switched
from huicheng.desk.reading import page
from huicheng.errors import NotFound
from huicheng.platform import current
from huicheng.stores import Blocking, Rows, Transaction, drive

_RESOURCE = "Subscription"
#: What a button says → verb that a policy must grant.
_VERBS = {"pause": "update", "resume": "update", "delete": "delete"}


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def webhooks_page(request: HttpRequest) -> HttpResponse:
    """A POST carries out one of :data:`_VERBS` on one webhook."""
    subject = subject_of(request.user)
    demand(guard_for(subject, "read"), "read", _RESOURCE, {"owner": ""})
    hooks = every_webhook(Blocking(current().store).rows("subscription.all"))
    if request.method == "POST":
        messages.success(request, _act(request, subject, hooks), "good")
        return redirect("desk:webhooks")
    names = {f"key:{row['id']}": row["name"] for row in drive(current().authority.authority.keys())}
    shown = [_row(one, names) for one in hooks]
    return render(request, "desk/webhooks.html", page(request, "security", hooks=shown))


def _act(request: HttpRequest, subject: Subject, hooks: list[Subscription]) -> str:
    do, key = request.POST.get("do", ""), request.POST.get("hook", "")
    hook = next((one for one in hooks if one.id == key), None)
    if do not in _VERBS or hook is None:
        raise NotFound(what="webhook", key=key[:80])
    demand(guard_for(subject, _VERBS[do]), _VERBS[do], _RESOURCE, {"owner": hook.owner.id})
    now = time.time_ns() // 1000
    rows = (
        Rows(statement="subscription.delete", parameters=[(key,)])
        if do == "delete"
        else Rows(statement="subscription.change", parameters=[(key, switched(hook, active=do == "resume"), now)])
    )
    Blocking(current().store).commit(Transaction(rows=[rows]))
    audit(subject, _VERBS[do], _RESOURCE, {"webhook": key, "do": do, "owner": hook.owner.id})
    return {
        "pause": _("Paused. What happens meanwhile is not told later."),
        "resume": _("It is told again of what happens from now on."),
        "delete": _("Deleted. Nothing is sent there any more."),
    }[do]


def _row(hook: Subscription, names: dict[str, str]) -> dict[str, Any]:
    wish, counters = hook.wish, hook.counters
    return {
        "id": hook.id,
        "name": wish.subscription_name,
        "address": wish.notification.endpoint.uri,
        "owner": names.get(hook.owner.id, hook.owner.id),
        "active": wish.is_active,
        "sent": counters.sent,
        "failed": counters.failed,
        "last_success": counters.last_success,
        "last_failure": counters.last_failure,
        "reason": counters.reason,
    }
