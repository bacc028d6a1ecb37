"""``POST /desk/cases/<number>/<action>/``: one action, once; what was written is kept when it fails."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import subject_of
from huicheng.cases.engine import act
from huicheng.cases.errors import FormInvalid
from huicheng.cases.kinds import form_of, kind_of
from huicheng.cases.models import Case
from huicheng.cases.reading import find
from huicheng.desk.case_page import show_case
from huicheng.errors import HuichengError
from huicheng.packs import FormField
from huicheng.web.sent import sent_in
from huicheng.web.texts import in_language, problem_of, remedy_of

#: Lists on which one acts without opening the case, and to which one comes back.
_LISTS = {"callbacks": "desk:callbacks"}


@never_cache
@login_required
@require_POST
def act_on(request: HttpRequest, number: str, action: str) -> HttpResponse:
    """Back to the case with what was done, or the page again with what is wrong where it is wrong."""
    subject = subject_of(request.user)
    case = find(guard_for(subject, "read"), number)
    fields = _fields(case, action)
    sent = sent_in(request, fields)
    photographs = {
        name: [photo.read() for photo in request.FILES.getlist(name)]
        for name, field in fields.items()
        if field.kind == "photo" and request.FILES.getlist(name)
    }
    try:
        act(case.pk, action, subject, sent, expected_version=_version(request), photographs=photographs)
    except HuichengError as error:
        return _again(request, number, (action, sent), error)
    messages.success(request, _("Done: %(action)s.") % {"action": _name(case, action)}, extra_tags="good")
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    back = _LISTS.get(request.POST.get("back", ""))
    return HttpResponseRedirect(reverse(back) if back else reverse("desk:case", args=[number]) + query)


def _again(request: HttpRequest, number: str, sent: tuple[str, dict[str, str]], error: HuichengError) -> HttpResponse:
    errors = error.errors if isinstance(error, FormInvalid) else {}
    return show_case(
        request,
        number,
        status=error.status,
        sent=sent,
        errors=errors,
        problem=problem_of(_worded(number, error)),
        remedy=remedy_of(error),
    )


def _worded(number: str, error: HuichengError) -> HuichengError:
    """Names of actions and states in the reader's words instead of the table's keys."""
    case = Case.objects.filter(number=number).first()
    if case is not None:
        kind = kind_of(case.kind)
        actions = {name: in_language(row.name) for name, row in kind.transitions.items()}
        states = {name: in_language(state.name) for name, state in kind.states.items()}
        words = {"action": actions, "done": actions, "state": states}
        error.details = {key: words.get(key, {}).get(str(held), held) for key, held in error.details.items()}
    return error


def _fields(case: Case, action: str) -> Mapping[str, FormField]:
    """The action's form; an action that the table does not have is refused by the room."""
    return form_of(case.kind, case.category, action)


def _name(case: Case, action: str) -> str:
    return in_language(kind_of(case.kind).transitions[action].name)


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1
