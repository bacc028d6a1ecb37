"""Reports from people: by anyone on the portal, or taken down at the desk; and following them by number."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

import msgspec
from django.db import transaction

from huicheng.access import Subject, demand
from huicheng.accounts.attempts import give_back, spend
from huicheng.accounts.contacts import Contacts, Reachable
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import ANONYMOUS
from huicheng.accounts.units import unit_names
from huicheng.cases.engine import Filing, open_case
from huicheng.cases.errors import FormInvalid
from huicheng.cases.follow_secret import as_given_out, digest, new_secret, spoken
from huicheng.cases.forms import MISSING, NOT_A_CHOICE, TOO_LONG, TOO_MANY, plain
from huicheng.cases.intake import hand_in, laid_aside
from huicheng.cases.kinds import category_of, kind_of, public_categories
from huicheng.cases.models import Case, Source
from huicheng.cases.visibility import RESOURCE
from huicheng.city import Instant
from huicheng.errors import NotFound
from huicheng.packs import Text
from huicheng.platform import current

_LONGEST_TEXT = 2_000
_LONGEST_ADDRESS = 200
_LONGEST_TITLE = 60
MOST_PHOTOGRAPHS = 4

#: In a quarter of an hour from one address.
_REPORTS, _GUESSES = 20, 20

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


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What the reporter takes home; the secret is told once and kept as a digest only."""

    case: Case
    #: ``7K3MX-9QWTA``.
    secret: str


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A public step: when, and what the public is told of the state."""

    at: Instant
    state: Text


class PublicCase(msgspec.Struct, frozen=True, kw_only=True):
    """What a follower may see: no names, no free text of officers, no other people."""

    number: str
    category: Text
    state: Text
    #: Name of the unit that has it.
    unit: str
    opened_at: Instant
    due_at: Instant | None
    closed_at: Instant | None
    steps: list[Step]


def report(sent: Report, actor: Subject = ANONYMOUS, *, source: Source = Source.PORTAL, address: str = "") -> Receipt:
    """File a report; policy verb ``case.report``. ``address`` is the sender's, for the limit on reports.

    Raises ``FormInvalid`` with every wrong field, ``Refused``, ``TooManyAttempts``, ``NotAnImage``, ``TooLarge``.
    """
    _check(sent)
    facts = {"kind": sent.kind, "category": sent.category, "source": str(source)}
    demand(guard_for(actor, "case.report"), "case.report", RESOURCE, facts)
    spend({f"report from {address}": _REPORTS})
    secret = new_secret()
    with laid_aside(sent.photographs) as names, transaction.atomic():
        reporter = _reporter(sent.contact, actor)
        case = open_case(_filing(sent, source, reporter, secret), actor)
        hand_in(case, names)
    return Receipt(case=case, secret=spoken(secret))


def follow(number: str, secret: str, *, address: str = "") -> PublicCase:
    """How far it is. A wrong number and a wrong secret look the same: ``NotFound``; ``TooManyAttempts``."""
    spent = spend({f"follow from {address}": _GUESSES})
    case = Case.objects.filter(number=number.strip()).exclude(follow_hash="").first()
    known = case.follow_hash if case else ""
    if case is None or not hmac.compare_digest(known, digest(as_given_out(secret))):
        raise NotFound(what="case", key=number)
    give_back(spent)
    return _public(case)


def _check(sent: Report) -> None:
    text = plain(sent.text)
    public = {(one.kind, one.category) for one in public_categories()}
    wrong = {
        "category": NOT_A_CHOICE if (sent.kind, sent.category) not in public else "",
        "text": MISSING if not text else TOO_LONG if len(text) > _LONGEST_TEXT else "",
        "place": _wrong_place(sent),
        "address": TOO_LONG if len(sent.address) > _LONGEST_ADDRESS else "",
        "division": NOT_A_CHOICE if sent.division and sent.division not in current().divisions else "",
        "photographs": TOO_MANY if len(sent.photographs) > MOST_PHOTOGRAPHS else "",
    }
    errors = {field: problem for field, problem in wrong.items() if problem}
    if errors:
        raise FormInvalid(errors)


def _wrong_place(sent: Report) -> str:
    if sent.place is None:
        return "" if plain(sent.address) or sent.division else PLACE_MISSING
    longitude, latitude = sent.place
    return "" if abs(longitude) <= 180 and abs(latitude) <= 90 else OUT_OF_RANGE


def _reporter(contact: Reachable, actor: Subject) -> str:
    if contact != Reachable():
        return Contacts(current().data).keep(contact)
    return "" if actor == ANONYMOUS else actor.id


def _filing(sent: Report, source: Source, reporter: str, secret: str) -> Filing:
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
    )


def _public(case: Case) -> PublicCase:
    kind = kind_of(case.kind)
    unit = case.handling_unit or case.owner_unit
    return PublicCase(
        number=case.number,
        category=category_of(case.kind, case.category).name,
        state=kind.states[case.state].public,
        unit=unit_names().get(unit, unit),
        opened_at=case.opened_at,
        due_at=case.due_at,
        closed_at=case.closed_at,
        steps=_steps(case),
    )


def _steps(case: Case) -> list[Step]:
    """One step for each change of what the public is told."""
    states = kind_of(case.kind).states
    steps: list[Step] = []
    for event in case.events.order_by("seq"):
        told = states[event.to_state].public
        if not steps or steps[-1].state != told:
            steps.append(Step(at=event.at, state=told))
    return steps
