"""Notices: what a transition has to say to the reporter, to the unit, to the unit above it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db.models import QuerySet
from django.utils import translation

from huicheng.accounts.models import Unit
from huicheng.accounts.units import line_above
from huicheng.cases.kinds import category_of
from huicheng.cases.models import Case, CaseNotice
from huicheng.city import Instant
from huicheng.packs import Notice, Transition
from huicheng.web.moments import moment


def send(case: Case, row: Transition, at: Instant) -> None:
    """Write the rows of a transition that has just been recorded. Call it in its transaction."""
    CaseNotice.objects.bulk_create(
        CaseNotice(case=case, seq=case.version, to=one.to, unit=unit, says=_sentences(case, one), at=at)
        for one in row.notices
        for unit in _recipients(case, one)
    )


def tell(case: Case, notice: Notice, at: Instant, unit: str, due: Instant | None = None) -> None:
    """Write what a clock has to say to a unit, beside the event that the case's version names; to none, nothing."""
    if unit:
        said = {language: _filled(text, _facts(case, language, due)) for language, text in notice.says.items()}
        CaseNotice.objects.create(case=case, seq=case.version, to=notice.to, unit=unit, says=said, at=at)


def notices_of(case: Case, to: Collection[str] = ("reporter",)) -> QuerySet[CaseNotice]:
    """What was said about one case to these, newest first. Whether the reader may see the case was asked before."""
    return case.notices.filter(to__in=to)


def _recipients(case: Case, notice: Notice) -> tuple[str, ...]:
    """Codes of units; "" stands for the reporter. Above the topmost unit there is nobody."""
    unit = case.handling_unit or case.owner_unit
    return {"reporter": ("",), "unit": (unit,), "superior": line_above(unit)[:1]}[notice.to]


def _sentences(case: Case, notice: Notice) -> dict[str, str]:
    return {language: _filled(text, _facts(case, language)) for language, text in notice.says.items()}


def _facts(case: Case, language: str, due: Instant | None = None) -> dict[str, str]:
    code = case.handling_unit or case.owner_unit
    category = category_of(case.kind, case.category).name
    with translation.override(language):
        unit = Unit.objects.filter(code=code).first()
        named, until = unit.name if unit else code, moment(case.due_at if due is None else due)
    return {"number": case.number, "category": category.get(language, case.category), "unit": named, "due": until}


def _filled(text: str, facts: Mapping[str, str]) -> str:
    for name, value in facts.items():
        text = text.replace(f"{{{name}}}", value)
    return text
