"""``/desk/evaluation/``: tables by scheme and period, each figure with its formula, run and rows (W8.7, G4, N4)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from huicheng.access import allows, demand
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import subject_of
from huicheng.cases.times import case_now
from huicheng.city import rfc3339
from huicheng.desk import evaluation_words as words
from huicheng.desk.evaluation_question import RESOURCE, Asked, asked, earlier, facts_of, guard_of, label_of
from huicheng.desk.evaluation_table import address, shown_table
from huicheng.desk.reading import page
from huicheng.indicators.declared import Declared, schemes
from huicheng.indicators.evaluation import keep, kept, opened
from huicheng.indicators.models import Adjustment, EvaluationRun
from huicheng.indicators.spans import LAST_DAYS
from huicheng.indicators.tables import values
from huicheng.packs import BREAKDOWNS, Measure
from huicheng.web.texts import in_language

#: Runs listed, and months drawn.
_MOST_RUNS = 24
_MOST_MONTHS = 12


@never_cache
@login_required
@require_safe
def evaluation_page(request: HttpRequest) -> HttpResponse:
    """Every scheme of which this person may see a row."""
    guard = guard_of(request)
    shown = [
        {
            "address": reverse("desk:evaluation-table", args=key.split("/")),
            "name": in_language(declared.scheme.name),
            "kinds": [in_language(kind.name) for kind in declared.kinds.values()],
            "subject": words.subject_words(declared.scheme.subject),
            "verified": declared.scheme.verified,
        }
        for key, declared in schemes().items()
        if declared.scheme.subject not in {"person", "collector"} or _some_person(guard, declared)
    ]
    return render(request, "desk/evaluations.html", page(request, "evaluation", schemes=shown, whole=_whole(request)))


def _some_person(guard: Any, declared: Declared) -> bool:
    """Everybody may look for their own row; who may see all of them, too."""
    own = facts_of(declared, declared.scheme.subject, guard.subject.id)
    return allows(guard, RESOURCE, own)


def _whole(request: HttpRequest) -> bool:
    return allows(guard_for(subject_of(request.user), "create"), RESOURCE, {})


@never_cache
@login_required
@require_safe
def table_page(request: HttpRequest, pack: str, kind: str, scheme: str) -> HttpResponse:
    """One table: this month by the scheme's own subject, or what the address asks for."""
    found = asked(request, f"{pack}/{kind}/{scheme}")
    which = request.GET.get("compare", "before")
    compared = earlier(found, which)
    shown = {
        "scheme": _scheme(found.declared),
        "table": shown_table(request, found, compared),
        "asked": _asked(request, found, which),
        "formulas": [_formula(one) for one in found.declared.scheme.measures.values()],
        "run": _run(found),
        "runs": [_listed(one) for one in kept(found.declared.key)[:_MOST_RUNS]],
        "objections": _objections(found),
        "courses": _courses(found) if found.may(None) else [],
        "may_keep": _whole(request) and found.run is None,
    }
    return render(request, "desk/evaluation.html", page(request, "evaluation", **shown))


def _scheme(declared: Declared) -> dict[str, Any]:
    scheme = declared.scheme
    return {
        "key": declared.key,
        "name": in_language(scheme.name),
        "version": scheme.version,
        "from": scheme.valid_from.isoformat(),
        "source": scheme.source,
        "verified": scheme.verified,
        "score": scheme.score,
        "score_words": in_language(scheme.score_words) if scheme.score_words else "",
        "contested": any(one.contested for one in scheme.measures.values()),
    }


def _asked(request: HttpRequest, found: Asked, which: str) -> dict[str, Any]:
    """The state of the controls."""
    question = found.counted.question
    own = found.declared.scheme.subject
    subjects = [own, *(one for one in BREAKDOWNS if one != own)]
    comparisons = (("before", _("the period before")), ("year", _("the year before")), ("none", _("nothing")))
    label = label_of(request.GET, case_now())
    return {
        "period": question.period.label,
        "start": question.period.start,
        "end": question.period.end,
        "from": request.GET.get("from", ""),
        "to": request.GET.get("to", ""),
        "label": "" if "/" in label else label,
        "last_days": LAST_DAYS,
        "subjects": [{"value": one, "name": words.subject_words(one), "chosen": one == found.by} for one in subjects],
        "comparisons": [{"value": one, "name": name, "chosen": one == which} for one, name in comparisons],
        "filters": _filters(found),
        "top": request.GET.get("top", ""),
        "sort": request.GET.get("sort", ""),
    }


def _filters(found: Asked) -> list[dict[str, Any]]:
    given = found.counted.question.filters
    return [
        {
            "field": field,
            "name": words.subject_words(field),
            "value": value,
            "shown": words.names(found.declared, field, [value])[value],
        }
        for field, value in given.items()
    ]


def _formula(measure: Measure) -> dict[str, Any]:
    return {
        "name": in_language(measure.name),
        "words": in_language(measure.words),
        "count": measure.count,
        "of": measure.of,
        "mean": measure.mean,
        "source": measure.source,
        "verified": measure.verified,
        "contested": measure.contested,
    }


def _run(found: Asked) -> dict[str, Any]:
    counted, run = found.counted, found.run
    return {
        "id": counted.id,
        "kept": run is not None,
        "counted_at": counted.at,
        "seq": counted.seq,
        "digest": counted.digest,
        "rows": counted.table.footprint[0],
        "because": _because(run) if run else "",
        "before": _listed(run.before) if run and run.before else None,
        "after": [_listed(one) for one in run.after.all()] if run else [],
    }


def _listed(run: EvaluationRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        "period": run.period,
        "counted_at": run.counted_at,
        "address": address(run.scheme, run=run.pk),
        "because": _because(run),
        "objection": run.because if run.before_id else "",
    }


def _because(run: EvaluationRun) -> str:
    known = {"month": _("the month was over"), "kept": _("kept"), "bulletin": _("for a bulletin")}
    return known.get(run.because) or _("objection %(number)s") % {"number": run.because}


def _objections(found: Asked) -> list[dict[str, Any]]:
    """Accepted ones that this table takes into account."""
    question = found.counted.question
    held = Adjustment.objects.filter(scheme=question.declared.key, pk__lte=question.adjusted).order_by("-pk")
    return [
        {
            "number": one.number,
            "measure": in_language(question.declared.scheme.measures[one.measure].name),
            "objection": one.objection,
            "at": one.at,
        }
        for one in held[:_MOST_RUNS]
        if one.measure in question.declared.scheme.measures
    ]


def _courses(found: Asked) -> list[dict[str, Any]]:
    """Small multiples: each rate of all together, by the months that were kept."""
    newest: dict[str, EvaluationRun] = {}
    for run in kept(found.declared.key):
        if len(run.period) == len("2026-10") and "-Q" not in run.period:
            newest.setdefault(run.period, run)
    months = [opened(run) for _label, run in sorted(newest.items())[-_MOST_MONTHS:]]
    if len(months) < 2:
        return []
    rates = {name: one for name, one in found.declared.scheme.measures.items() if one.of}
    points: dict[str, list[list[Any]]] = {name: [] for name in rates}
    for month in months:
        figures = values(month.question.declared.scheme, month.table.total())
        for name in rates:
            value = figures.get(name)
            points[name].append([rfc3339(month.question.period.start), None if value is None else float(value)])
    return [
        {
            "id": f"course-{place}",
            "name": in_language(one.name),
            "series": {"points": points[name], "unit": "%", "monthly": True},
        }
        for place, (name, one) in enumerate(rates.items())
        if any(value is not None for _at, value in points[name])
    ]


@login_required
@require_POST
def keep_table(request: HttpRequest, pack: str, kind: str, scheme: str) -> HttpResponse:
    """Keep what the address asks for, as it is counted now."""
    key = f"{pack}/{kind}/{scheme}"
    demand(guard_for(subject_of(request.user), "create"), "create", RESOURCE, {})
    run = keep(asked(request, key).counted, "kept")
    return redirect(address(key, run=run.pk))
