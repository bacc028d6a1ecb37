"""Sub-cases that an act opens: one for each unit that is to help, or one about another thing."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from huicheng.cases.filing import Filing, open_case
from huicheng.cases.kinds import asked_at_opening, category_of, form_of, kind_of
from huicheng.cases.models import Case, Source
from huicheng.cases.orders import led_to, place_of, title_of
from huicheng.cases.recording import PLATFORM, Done, note
from huicheng.cases.times import case_now
from huicheng.city import Instant
from huicheng.errors import HuichengError
from huicheng.packs import Opens, Transition


def open_parts(case: Case, row: Transition, units: Sequence[str], done: Done, at: Instant) -> None:
    """What the transition opens. The case has been recorded; call it in its transaction."""
    if row.opens is None:
        return
    if row.opens.target:
        _open_about_another(case, row.opens, at)
    for unit in units:
        _open_part(case, row.opens, unit, done, at)


def _open_about_another(case: Case, opens: Opens, at: Instant) -> None:
    """The same for the thing that ``target`` leads to: never one that was tried before. What fails is said."""
    other = led_to(case.entity_ref, opens.target)
    if other is None or other in _tried(case):
        note(case, "nothing-else", at, {})
        return
    try:
        with transaction.atomic():
            open_case(_about(case, opens, other, at), PLATFORM)
    except HuichengError as error:
        note(case, "not-opened", at, {"why": error.slug})


def _about(case: Case, opens: Opens, entity: str, at: Instant) -> Filing:
    """Whoever looked away for an hour does not order as of an hour ago: it is opened now."""
    category = opens.category or case.category
    answers = opens.answers if opens.category else case.events.earliest("seq").form
    fields = asked_at_opening(opens.kind, category)
    return Filing(
        kind=opens.kind,
        category=category,
        source=str(Source.CASE),
        title=title_of(opens.kind, category, entity),
        place=place_of(entity),
        division=case.division,
        entity_ref=entity,
        parent=case,
        state=opens.state,
        form={name: answers[name] for name in fields if name in answers},
        opened_at=max(at, case_now()),
    )


def _tried(case: Case) -> set[str]:
    """The things of this case and of those that it is a part of."""
    things, above = {case.entity_ref}, case.parent
    while above is not None:
        things.add(above.entity_ref)
        above = above.parent
    return things


def _open_part(case: Case, opens: Opens, unit: str, done: Done, at: Instant) -> None:
    """A sub-case in the hands of one unit; whoever reported is not its business."""
    place = None if case.longitude is None or case.latitude is None else (case.longitude, case.latitude)
    title, description = _told_to_part(case, opens, done)
    filing = Filing(
        **{name: getattr(case, name) for name in ("address", "division", "entity_ref")},
        kind=opens.kind,
        category=opens.category,
        source=str(Source.CASE),
        title=title,
        description=description,
        place=place,
        owner_unit=unit,
        handling_unit=unit,
        parent=case,
        opened_at=at,
    )
    open_case(filing, done.actor)


def _told_to_part(case: Case, opened: Opens, done: Done) -> tuple[str, str]:
    """Title and text: what was asked of the unit; and the case's own, unless its kind is confidential."""
    fields = form_of(case.kind, case.category, done.action)
    asked = [str(done.form[name]) for name, field in fields.items() if field.kind == "text" and name in done.form]
    if kind_of(case.kind).confidential:
        return f"{category_of(opened.kind, opened.category).name['zh-hans']} {case.number}", "\n\n".join(asked)
    return case.title, "\n\n".join(filter(None, [*asked, case.description]))
