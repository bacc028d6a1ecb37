"""``/desk/collect/``: the collectors' page on a telephone; what it sends, it may send twice and late."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from huicheng.access import Subject
from huicheng.accounts.subjects import subject_of
from huicheng.cases.errors import FormInvalid
from huicheng.cases.kinds import form_of, kind_of, kinds
from huicheng.cases.models import Case, CaseRows, Source
from huicheng.cases.once import act_once
from huicheng.cases.opening import open_by_officer, openable
from huicheng.cases.tasks import waiting_for
from huicheng.desk.collect_shown import kinds_shown, task_shown
from huicheng.desk.collect_words import collect_words
from huicheng.desk.opening_form import opening_of, towns
from huicheng.desk.reading import page
from huicheng.errors import HuichengError, NotFound, Refused
from huicheng.packs import CaseKind
from huicheng.web.sent import sent_in
from huicheng.web.texts import in_language, problem_of, remedy_of

_MOST = 100

View = Callable[..., HttpResponse]


def answers_programs(view: View) -> View:
    """What goes wrong is told as JSON with its status; nobody is sent to sign in, since a queue is asking."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return JsonResponse({"problem": _("Sign in again to send what waits.")}, status=401)
        try:
            return view(request, *args, **kwargs)
        except FormInvalid as error:
            said = {name: _(text) for name, text in error.errors.items()}
            return JsonResponse(
                {"problem": " ".join(dict.fromkeys(said.values())), "fields": said}, status=error.status
            )
        except HuichengError as error:
            return JsonResponse({"problem": f"{problem_of(error)} {remedy_of(error)}"}, status=error.status)

    return answering


@never_cache
@login_required
@require_safe
def collect_page(request: HttpRequest) -> HttpResponse:
    """The page itself, which the browser keeps; ``Refused`` for whom no policy lets collect or verify anything."""
    subject = subject_of(request.user)
    found = {name: kind for name, kind in openable(subject, Source.COLLECTOR).items() if _on_the_street(kind)}
    if not found and not _tasks(subject).exists():
        raise Refused(action="case.open", resource="Case")
    handed = {"subject": subject.id, "kinds": kinds_shown(found)}
    shown = page(request, "collect", handed=handed, words=collect_words(), kinds=kinds_shown(found), towns=towns())
    return render(request, "desk/collect.html", shown)


def _tasks(subject: Subject) -> CaseRows:
    """Cases at a place in the city that wait for this person."""
    return waiting_for(subject, {name: kind for name, kind in kinds().items() if _on_the_street(kind)})


def _on_the_street(kind: CaseKind) -> bool:
    """Something that stands or happens at a place, where one can go and look."""
    return kind.place == "needed"


@never_cache
@require_safe
@answers_programs
def tasks_file(request: HttpRequest) -> HttpResponse:
    """What waits for this person, their own first; with the forms of what may be done."""
    subject = subject_of(request.user)
    rows = list(_tasks(subject).order_by("due_at", "number")[:_MOST])
    rows.sort(key=lambda case: subject.id not in {case.assignee, case.collector})
    return JsonResponse({"subject": subject.id, "tasks": [task_shown(case, subject) for case in rows]})


@never_cache
@require_POST
@answers_programs
def take_report(request: HttpRequest) -> HttpResponse:
    """A thing found. The same ``client_key`` gives the same case, however often it comes."""
    name = request.POST.get("kind", "")
    kind_of(name)
    sent = opening_of(request, name, source=Source.COLLECTOR, client_key=request.POST.get("client_key", ""))
    opened = open_by_officer(sent, subject_of(request.user))
    return _done(opened.case, 200 if opened.again else 201)


@never_cache
@require_POST
@answers_programs
def take_act(request: HttpRequest, number: str, action: str) -> HttpResponse:
    """A task done; told as done also when it comes once more."""
    case = Case.objects.filter(number=number).first()
    if case is None:
        raise NotFound(what="case", key=number)
    fields = form_of(case.kind, case.category, action)
    photographs = {
        name: [photo.read() for photo in request.FILES.getlist(name)]
        for name, field in fields.items()
        if field.kind == "photo" and request.FILES.getlist(name)
    }
    version = request.POST.get("version", "")
    done = act_once(
        number,
        action,
        subject_of(request.user),
        sent_in(request, fields),
        expected_version=int(version) if version.isdecimal() and len(version) < 10 else -1,
        photographs=photographs,
    )
    return _done(done, 200)


def _done(case: Case, status: int) -> HttpResponse:
    state = kind_of(case.kind).states[case.state]
    return JsonResponse({"number": case.number, "state": in_language(state.name)}, status=status)
