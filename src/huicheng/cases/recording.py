"""What happened, written down: the event, its photographs, the case's version, and what the projector has to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from huicheng.access import Subject
from huicheng.cases import history, making
from huicheng.cases.entity import Bare, difference, projected
from huicheng.cases.kinds import kind_of
from huicheng.cases.models import Case, CaseAttachment, CaseEvent, Outbox
from huicheng.cases.times import wall
from huicheng.city import Instant
from huicheng.files import Attachment

#: Key of an event's form: the absent person for whom a deputy did it.
BEHALF = "on_behalf_of"

#: The machine as an actor.
PLATFORM = Subject(id="platform", roles=())


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody did, for the history."""

    action: str
    actor: Subject
    #: "" for a case that opens.
    from_state: str = ""
    #: Checked.
    form: dict[str, Any] = {}
    photographs: Sequence[Attachment] = ()
    #: Subject of the absent person for whom the actor did it as a deputy; "" = for nobody.
    behalf: str = ""


def record(case: Case, before: dict[str, Bare], at: Instant, done: Done) -> CaseEvent:
    """Write the event whose ``seq`` is the case's version; ``before`` is the projection as it was."""
    event = history.append(
        case,
        at=at,
        received=wall(),
        action=done.action,
        from_state=done.from_state,
        to_state=case.state,
        actor=done.actor.id,
        actor_unit=done.actor.unit,
        form={**done.form, BEHALF: done.behalf} if done.behalf else done.form,
        attachments=[one.digest for one in done.photographs],
    )
    _attach(case, event, done.photographs)
    body = difference(before, projection(case), at)
    made = making.body_of(case, at) if done.from_state != case.state else None
    Outbox.objects.create(case=case, version=case.version, body={**body, "made": made} if made else body)
    return event


def note(  # noqa: PLR0913 - what a remark is, name by name
    case: Case,
    action: str,
    at: Instant,
    facts: Mapping[str, Any],
    photographs: Sequence[Attachment] = (),
    *,
    actor: Subject = PLATFORM,
    changed: Sequence[str] = (),
    before: dict[str, Bare] | None = None,
) -> None:
    """Add a remark to the history; the state stays.

    ``changed`` are further columns to save, ``before`` the projection before they were changed, where that
    touches it. Call it in a transaction that holds the case. A remark makes nobody's page old (``engine.act``).
    """
    before = projection(case) if before is None else before
    case.version += 1
    case.save(update_fields=["version", *changed])
    done = Done(action=action, actor=actor, from_state=case.state, form=dict(facts), photographs=photographs)
    record(case, before, not_before_last(case, at), done)


def projection(case: Case) -> dict[str, Bare]:
    """The attributes that the case's kind projects, as the case stands."""
    return projected(case, kind_of(case.kind).projected)


def not_before_last(case: Case, at: Instant) -> Instant:
    """Time in a history never runs back, not even when the clock was set back."""
    last = case.events.order_by("-seq").values_list("at", flat=True).first()
    return at if last is None else max(at, last)


def _attach(case: Case, event: CaseEvent, photographs: Sequence[Attachment]) -> None:
    names = ("digest", "thumbnail", "media_type", "width", "height", "size")
    once = {one.digest: one for one in photographs}.values()
    rows = ({name: getattr(one, name) for name in names} for one in once)
    CaseAttachment.objects.bulk_create(CaseAttachment(case=case, event_seq=event.seq, **row) for row in rows)
