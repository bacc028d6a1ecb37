"""``/desk/bulk/``: one action on the chosen cases, what came of each, and the way back where there is one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huicheng.access import Subject
from huicheng.cases.bulk import MOST, Choice, Wish, carry_out, choices, outcomes_of, undo
from huicheng.cases.errors import FormInvalid
from huicheng.cases.forms import About, clean
from huicheng.cases.inbox import rows_of
from huicheng.cases.kinds import kinds
from huicheng.cases.models import BulkAct, Case
from huicheng.desk.case_words import said
from huicheng.desk.choices import choices_of
from huicheng.desk.form_fields import field_shown
from huicheng.desk.lines import lines
from huicheng.desk.reading import page, reader_of
from huicheng.errors import NotFound
from huicheng.fulltext import sought
from huicheng.web.reading import Reader
from huicheng.web.sent import sent_in
from huicheng.web.texts import in_language


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def bulk_page(request: HttpRequest) -> HttpResponse:
    """GET with ``case=NUMBER``: what may be done to all of them; POST: it is done, and the report follows."""
    reader = reader_of(request)
    if request.method == "POST":
        return _carried_out(request, reader)
    return _show(request, reader, _chosen(reader, request.GET.getlist("case")))


def _show(
    request: HttpRequest,
    reader: Reader,
    cases: list[Case],
    *,
    sent: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    offered = choices(cases, reader.guard.subject)
    shown = {
        "items": lines(reader, rows_of([case.pk for case in cases]), sought("")),
        "offers": [_offer(choice, len(cases), sent or {}) for choice in offered],
        "most": MOST,
    }
    return render(request, "desk/bulk.html", page(request, "inbox", **shown), status=status)


def _chosen(reader: Reader, numbers: Iterable[str]) -> list[Case]:
    """The cases of these numbers that the reader may see, as chosen, at most :data:`MOST`."""
    wanted = list(dict.fromkeys(number.partition(":")[0] for number in numbers))[:MOST]
    found = {case.number: case for case in Case.objects.visible_to(reader.guard).filter(number__in=wanted)}
    return [found[number] for number in wanted if number in found]


def _offer(choice: Choice, chosen: int, sent: dict[str, Any]) -> dict[str, Any]:
    mine = sent.get("action") == choice.action
    values, errors = (sent["form"], sent["errors"]) if mine else ({}, {})
    fields = [
        {
            **field_shown(f"{choice.action}-{name}", field, values.get(name, ""), errors.get(name, "")),
            "choices": choices_of(field, choice.cases[0], choice.form),
        }
        for name, field in choice.form.items()
    ]
    return {
        "action": choice.action,
        "words": in_language(choice.offer.name),
        "key": choice.offer.key.upper(),
        "cases": [f"{case.number}:{case.version}" for case in choice.cases],
        "count": len(choice.cases),
        "left_out": chosen - len(choice.cases),
        "undoable": choice.undoable,
        "for_good": len(choice.cases) - choice.undoable,
        "fields": fields,
        "open": mine,
        "unconfirmed": mine and sent.get("unconfirmed", False),
    }


def _carried_out(request: HttpRequest, reader: Reader) -> HttpResponse:
    post, subject = request.POST, reader.guard.subject
    wanted = _wanted(post.getlist("case"))
    cases, action = _chosen(reader, wanted), post.get("action", "")
    choice = next((one for one in choices(cases, subject) if one.action == action), None)
    if choice is None:
        return _show(request, reader, cases, status=409)
    form = sent_in(request, choice.form, prefix=f"{action}-")
    unconfirmed = choice.undoable < len(choice.cases) and not post.get("sure")
    errors = _errors(choice, form, subject)
    if errors or unconfirmed:
        sent = {"action": action, "form": form, "errors": errors, "unconfirmed": unconfirmed}
        return _show(request, reader, cases, sent=sent, status=422)
    wish = Wish(
        action=action, actor=subject, form=form, words=said, ground=_("Taken back: it was done to many at once.")
    )
    done = carry_out(wish, {case.number: wanted[case.number] for case in choice.cases})
    return HttpResponseRedirect(reverse("desk:bulk-done", args=[done.pk]))


def _errors(choice: Choice, form: dict[str, str], subject: Subject) -> dict[str, str]:
    """What is wrong with the form is said once, before anything is done."""
    try:
        clean(choice.form, form, About.of(choice.cases[0], subject))
    except FormInvalid as error:
        return error.errors
    return {}


def _wanted(chosen: Iterable[str]) -> dict[str, int]:
    """Number → version, of what the page has sent."""
    pairs = (one.partition(":") for one in chosen)
    return {number: int(text) if text.isdecimal() and len(text) < 10 else -1 for number, _, text in pairs}


@never_cache
@login_required
@require_safe
def done_page(request: HttpRequest, id: str) -> HttpResponse:
    """What came of each case; only whoever did it sees the report."""
    subject = reader_of(request).guard.subject
    done = BulkAct.objects.filter(pk=id, subject=subject.id).first()
    if done is None:
        raise NotFound(what="bulk action", key=id)
    outcomes = outcomes_of(done)
    shown = {
        "done": done,
        "action": _action_words(done.action),
        "outcomes": outcomes,
        "good": sum(one.done for one in outcomes),
        "undoable": sum(one.back is not None for one in outcomes) if not done.undone_by else 0,
    }
    return render(request, "desk/bulk_done.html", page(request, "inbox", **shown))


@never_cache
@login_required
@require_POST
def undo_act(request: HttpRequest, id: str) -> HttpResponse:
    """Take back what the table lets this person take back; the report of that follows."""
    taken = undo(id, reader_of(request).guard.subject, words=said)
    return HttpResponseRedirect(reverse("desk:bulk-done", args=[taken.pk]))


def _action_words(action: str) -> str:
    return next(
        (in_language(kind.transitions[action].name) for kind in kinds().values() if action in kind.transitions), action
    )
