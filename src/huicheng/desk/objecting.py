"""Objecting to a figure: opening a case about a case (``indicators.objections`` says what its verdict does)."""

from __future__ import annotations

from hashlib import sha256

import msgspec
from django.http import HttpRequest

from huicheng.access import Subject, allows, demand
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import subject_of
from huicheng.cases.engine import Filing, open_case
from huicheng.cases.errors import FormInvalid
from huicheng.cases.forms import MISSING, plain
from huicheng.cases.kinds import kinds
from huicheng.cases.models import Case, Source
from huicheng.cases.visibility import RESOURCE
from huicheng.indicators.declared import scheme_of
from huicheng.indicators.facts import urn_of
from huicheng.indicators.objections import KIND
from huicheng.web.texts import in_language

_VERB = "case.open"
_LONGEST = 200


class Objecting(msgspec.Struct, frozen=True, kw_only=True):
    """One case, one measure, and why it should not count."""

    #: Number of the case.
    number: str
    #: ``pack/kind/scheme``.
    scheme: str
    measure: str
    ground: str


def may_object(request: HttpRequest) -> bool:
    """Whether this person may open an objection at all."""
    subject = subject_of(request.user)
    return KIND in kinds() and allows(guard_for(subject, _VERB), RESOURCE, _facts())


def object_to(sent: Objecting, request: HttpRequest) -> Case:
    """The objection, or the one that there is: a case is objected to once in each measure.

    ``Refused``, or ``FormInvalid`` without a ground.
    """
    subject = subject_of(request.user)
    demand(guard_for(subject, _VERB), _VERB, RESOURCE, _facts())
    ground = plain(sent.ground)
    if not ground:
        raise FormInvalid({"ground": MISSING})
    return open_case(_filing(sent, ground, subject), subject)


def _filing(sent: Objecting, ground: str, subject: Subject) -> Filing:
    kind = kinds()[KIND]
    measure = scheme_of(sent.scheme).scheme.measures[sent.measure]
    asked = {"case": sent.number, "measure": sent.measure, "ground": ground}
    return Filing(
        kind=KIND,
        category=_category(),
        source=Source.DESK,
        title=f"{sent.number} · {in_language(measure.name)}"[:_LONGEST],
        description=ground,
        entity_ref=urn_of(sent.number),
        # The unit that objects answers for it and follows it; whom the category names has it.
        owner_unit=subject.unit,
        handling_unit=kind.categories[_category()].owner_unit,
        reporter=subject.id,
        answers={"scheme": sent.scheme, "measure": sent.measure},
        form={name: value for name, value in asked.items() if name in kind.opening},
        client_key="objection:" + sha256(f"{sent.scheme}/{sent.measure}/{sent.number}".encode()).hexdigest(),
    )


def _category() -> str:
    return next(iter(kinds()[KIND].categories))


def _facts() -> dict[str, str]:
    """What policies read of an objection that is not there yet."""
    return {"kind": KIND, "category": _category(), "source": str(Source.DESK)}
