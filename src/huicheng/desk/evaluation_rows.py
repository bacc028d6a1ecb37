"""The cases behind one figure of a table, and objecting to one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from huicheng.cases.models import Case
from huicheng.desk import evaluation_words as words
from huicheng.desk.evaluation_question import Asked, asked
from huicheng.desk.evaluation_table import address
from huicheng.desk.objecting import Objecting, may_object, object_to
from huicheng.desk.reading import page, reader_of
from huicheng.desk.titles import titles
from huicheng.errors import HuichengError, NotFound
from huicheng.indicators.evaluation import Member, behind
from huicheng.indicators.facts import urn_of
from huicheng.indicators.models import Adjustment
from huicheng.indicators.statement import Figure
from huicheng.packs import Measure
from huicheng.web.reading import Reader
from huicheng.web.texts import in_language, problem_of

_PAGE = 100


@never_cache
@login_required
@require_safe
def rows_page(request: HttpRequest, pack: str, kind: str, scheme: str) -> HttpResponse:
    """``?measure=&key=`` beside what the table's address says; without ``key`` the rows of all together."""
    found = asked(request, f"{pack}/{kind}/{scheme}")
    figure = _figure(request, found)
    measure = found.declared.scheme.measures[figure.measure]
    number = request.GET.get("page", "1")
    first = (int(number) - 1) * _PAGE if number.isdecimal() and int(number) else 0
    members = behind(found.counted, figure, limit=_PAGE + 1, offset=first)
    reader = reader_of(request)
    key = found.declared.key
    shown = {
        "scheme": {"name": in_language(found.declared.scheme.name), "key": key},
        "measure": _measure(measure),
        "subject": _subject(found, figure),
        "value": _value(found, figure, measure),
        "rows": _rows(reader, members[:_PAGE], adjusted=_adjusted(found, figure)),
        "hidden": len(members[:_PAGE]) - len(_seen(reader, members[:_PAGE])),
        "acts": found.declared.scheme.over == "act",
        "back": address(key, **_back(request)),
        "run": {"id": found.counted.id, "kept": found.run is not None, "counted_at": found.counted.at},
        "period": found.counted.question.period.label,
        "page_number": first // _PAGE + 1,
        "more": len(members) > _PAGE,
        "may_object": measure.contested and may_object(request),
    }
    return render(request, "desk/evaluation_rows.html", page(request, "evaluation", **shown))


def _figure(request: HttpRequest, found: Asked) -> Figure:
    """The figure that is asked for; ``NotFound``, ``Refused``."""
    name, key = request.GET.get("measure", ""), request.GET.get("key")
    if name not in found.declared.scheme.measures:
        raise NotFound(what="measure", key=name)
    found.demand(key)
    return Figure(measure=name, key=key)


def _back(request: HttpRequest) -> dict[str, str]:
    return {name: str(value) for name, value in request.GET.items() if name not in {"measure", "key", "page", "lang"}}


def _measure(measure: Measure) -> dict[str, Any]:
    return {
        "name": in_language(measure.name),
        "words": in_language(measure.words),
        "count": measure.count,
        "of": measure.of,
        "rate": bool(measure.of),
    }


def _subject(found: Asked, figure: Figure) -> str:
    if figure.key is None:
        return _("All together")
    return words.names(found.declared, found.by, [figure.key])[figure.key]


def _value(found: Asked, figure: Figure, measure: Measure) -> dict[str, str]:
    table = found.counted.table
    cells = table.total() if figure.key is None else table.rows.get(figure.key, {})
    cell = cells.get(figure.measure)
    return {
        "value": words.value_words(measure, cell.value(measure) if cell else None),
        "counts": words.cell_words(cell),
    }


def _seen(reader: Reader, members: Sequence[Member]) -> set[str]:
    """Numbers of those that this person may see: what the policies hide is counted, not named."""
    ids = sorted({urn_of(one.number) for one in members})
    return {entity.id.rpartition(":")[2] for entity in reader.find("Case", ids=ids)} if ids else set()


def _rows(reader: Reader, members: Sequence[Member], *, adjusted: set[str]) -> list[dict[str, Any]]:
    seen = _seen(reader, members)
    cases = {case.number: case for case in Case.objects.filter(number__in=seen)}
    named = titles(reader, list(cases.values()))
    people = words.names_of_people([one.actor for one in members])
    return [
        {
            "number": one.number,
            "address": reverse("desk:case", args=[one.number]),
            "title": named.get(one.number, ""),
            "counts": one.counts,
            "action": one.action,
            "actor": people.get(one.actor, ""),
            "at": one.at,
            "objected": one.number in adjusted,
        }
        for one in members
        if one.number in seen
    ]


def _adjusted(found: Asked, figure: Figure) -> set[str]:
    held = Adjustment.objects.filter(scheme=found.declared.key, measure=figure.measure)
    return set(held.values_list("number", flat=True))


@login_required
@require_POST
def object_page(request: HttpRequest, pack: str, kind: str, scheme: str) -> HttpResponse:
    """Open an objection to one case in one measure; then to that objection's own page."""
    found = asked(request, f"{pack}/{kind}/{scheme}")
    figure = _figure(request, found)
    measure = found.declared.scheme.measures[figure.measure]
    number = request.POST.get("number", "")
    if not measure.contested or not _has(found, figure, number):
        raise NotFound(what="case", key=number)
    objecting = Objecting(
        number=number, scheme=found.declared.key, measure=figure.measure, ground=request.POST.get("ground", "")
    )
    try:
        opened = object_to(objecting, request)
    except HuichengError as error:
        messages.error(request, problem_of(error), extra_tags="bad")
        asks = {**_back(request), "measure": figure.measure, **({} if figure.key is None else {"key": figure.key})}
        return redirect(address(found.declared.key, "evaluation-rows", **asks))
    return redirect(reverse("desk:case", args=[opened.number]))


def _has(found: Asked, figure: Figure, number: str) -> bool:
    """Whether the case stands behind this figure."""
    offset = 0
    while members := behind(found.counted, figure, limit=10_000, offset=offset):
        if any(one.number == number for one in members):
            return True
        offset += len(members)
    return False
