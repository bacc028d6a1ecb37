"""Reports from people: by anyone on the portal, by programs, or taken down at the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.db import transaction

from huicheng.access import Subject, demand
from huicheng.accounts.attempts import spend
from huicheng.accounts.contacts import Contacts, Reachable
from huicheng.accounts.guards import guard_for
from huicheng.accounts.models import new_subject
from huicheng.accounts.subjects import ANONYMOUS
from huicheng.accounts.telephone import normal
from huicheng.cases.engine import Filing, open_case
from huicheng.cases.errors import FormInvalid
from huicheng.cases.follow_secret import digest, new_secret, spoken
from huicheng.cases.forms import (
    MISSING,
    NOT_A_CHOICE,
    NOT_A_TELEPHONE,
    TOO_LONG,
    TOO_LONG_ADDRESS,
    TOO_MANY,
    clean,
    plain,
)
from huicheng.cases.intake import hand_in, laid_aside
from huicheng.cases.kinds import public_categories, questions_of
from huicheng.cases.models import Case, Source
from huicheng.cases.visibility import RESOURCE
from huicheng.platform import current

_LONGEST_TEXT = 4_000
_LONGEST_ADDRESS = 200
_LONGEST_TITLE = 60
MOST_PHOTOGRAPHS = 4

#: In a quarter of an hour from one address.
_REPORTS = 20

OUT_OF_RANGE = "Longitude and latitude are out of range."
PLACE_MISSING = "Please mark the place on the map, or describe it."


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has to say."""

    #: ``pack/kind`` and category, one of ``public_categories()``.
    kind: str
    category: str
    text: str
    #: Longitude, latitude (WGS 84); or else ``address``.
    place: tuple[float, float] | None = None
    address: str = ""
    #: Code of a town or community, "" when the reporter does not say.
    division: str = ""
    #: The files as they were sent.
    photographs: Sequence[bytes] = ()
    contact: Reachable = Reachable()
    #: Answers to the category's questions, as they were sent.
    answers: Mapping[str, Any] = {}
    #: Made by a sender that may send twice (``Case.client_key``).
    client_key: str | None = None


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What the reporter takes home; the secret is told once and kept as a digest only."""

    case: Case
    #: ``7K3MX-9QWTA``; "" when it was told before, because the same was sent twice.
    secret: str


def report(
    sent: Report, actor: Subject = ANONYMOUS, *, source: Source = Source.PORTAL, address: str = "", most: int = _REPORTS
) -> Receipt:
    """File a report; policy verb ``case.report``. ``address`` is the sender's, from which ``most`` are taken.

    A place outside the district is taken and marked ``outside``, unless the policy's rows say ``outside = FALSE``.
    Raises ``FormInvalid`` with every wrong field, ``Refused``, ``TooManyAttempts``, ``NotAnImage``, ``TooLarge``.
    """
    answers = _checked(sent)
    facts = {"kind": sent.kind, "category": sent.category, "source": str(source), "outside": is_outside(sent.place)}
    demand(guard_for(actor, "case.report"), "case.report", RESOURCE, facts)
    spend({f"report from {address}": most})
    secret = new_secret()
    with laid_aside(sent.photographs) as names, transaction.atomic():
        filed = _filed_before(sent)
        if filed is not None:
            return Receipt(case=filed, secret="")
        reporter = _reporter(sent.contact, actor)
        case = open_case(_filing(sent, source, reporter, secret, answers), actor)
        hand_in(case, names)
    return Receipt(case=case, secret=spoken(secret))


def _filed_before(sent: Report) -> Case | None:
    return Case.objects.filter(client_key=sent.client_key).first() if sent.client_key else None


def is_outside(place: tuple[float, float] | None) -> bool:
    """Whether a place is known to lie outside the district; ``False`` where no boundary is set."""
    grid = current().grid
    return grid is not None and place is not None and grid.cell_of(*place) is None


def _checked(sent: Report) -> dict[str, Any]:
    """The answers to the category's questions; ``FormInvalid`` names every field that is wrong, at once."""
    errors = _wrong(sent)
    answers: dict[str, Any] = {}
    if "category" not in errors:
        try:
            answers = clean(questions_of(sent.kind, sent.category), sent.answers)
        except FormInvalid as invalid:
            errors |= {f"answers.{name}": said for name, said in invalid.errors.items()}
    if errors:
        raise FormInvalid(errors)
    return answers


def _wrong(sent: Report) -> dict[str, str]:
    text = plain(sent.text)
    public = {(one.kind, one.category) for one in public_categories()}
    wrong = {
        "category": NOT_A_CHOICE if (sent.kind, sent.category) not in public else "",
        "text": MISSING if not text else TOO_LONG if len(text) > _LONGEST_TEXT else "",
        "place": _wrong_place(sent),
        "address": TOO_LONG_ADDRESS if len(sent.address) > _LONGEST_ADDRESS else "",
        "telephone": NOT_A_TELEPHONE if plain(sent.contact.phone) and not normal(sent.contact.phone) else "",
        "division": NOT_A_CHOICE if sent.division and sent.division not in current().divisions else "",
        "photographs": TOO_MANY if len(sent.photographs) > MOST_PHOTOGRAPHS else "",
    }
    return {field: problem for field, problem in wrong.items() if problem}


def _wrong_place(sent: Report) -> str:
    if sent.place is None:
        return "" if plain(sent.address) or sent.division else PLACE_MISSING
    longitude, latitude = sent.place
    return "" if abs(longitude) <= 180 and abs(latitude) <= 90 else OUT_OF_RANGE


def _reporter(contact: Reachable, actor: Subject) -> str:
    """Their account, else a subject of this one report: who proves to be it may do what policies grant the reporter."""
    account = "" if actor == ANONYMOUS or is_program(actor) else actor.id
    if contact != Reachable():
        return Contacts(current().data).keep(contact, account)
    return account or new_subject()


def is_program(subject: Subject) -> bool:
    """Whether it came with an API key."""
    return subject.id.startswith("key:")


def _filing(sent: Report, source: Source, reporter: str, secret: str, answers: dict[str, Any]) -> Filing:
    text = plain(sent.text)
    return Filing(
        kind=sent.kind,
        category=sent.category,
        source=str(source),
        title=text.splitlines()[0][:_LONGEST_TITLE],
        description=text,
        place=sent.place,
        address=plain(sent.address),
        division=sent.division,
        reporter=reporter,
        follow_hash=digest(secret),
        form=answers,
        marks=_marks(sent),
        client_key=sent.client_key,
    )


def _marks(sent: Report) -> list[str]:
    marks = {"no-place": sent.place is None, "outside": is_outside(sent.place)}
    return [mark for mark, holds in marks.items() if holds]
