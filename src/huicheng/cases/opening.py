"""A case that an officer opens: of any kind, at the desk, at the hotline seat or on a collector's telephone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.db import transaction

from huicheng.access import Subject, allows, demand
from huicheng.accounts.contacts import Contacts, Reachable
from huicheng.accounts.guards import guard_for
from huicheng.accounts.telephone import normal
from huicheng.cases import follow_secret, forms
from huicheng.cases.engine import Filing, act, note, open_case
from huicheng.cases.errors import FormInvalid
from huicheng.cases.finding import visible
from huicheng.cases.forms import MISSING, NOT_A_CHOICE, NOT_A_TELEPHONE, TOO_LONG, TOO_LONG_ADDRESS, TOO_MANY, plain
from huicheng.cases.kinds import asked_at_opening, category_of, kind_of, kinds
from huicheng.cases.models import Case, Source
from huicheng.cases.orders import place_of
from huicheng.cases.visibility import RESOURCE
from huicheng.files import Attachments
from huicheng.packs import CaseKind, Transition
from huicheng.platform import current

VERB = "case.open"

_LONGEST_TEXT = 4_000
_LONGEST_ADDRESS = 200
_LONGEST_TITLE = 60
MOST_PHOTOGRAPHS = 6
_CLIENT_KEY = re.compile(r"[A-Za-z0-9-]{8,64}")
#: Sources whose reporter is somebody else, who is told number and secret.
_FOR_OTHERS = frozenset({Source.HOTLINE, Source.PETITION})

#: In front of the names of fields of :class:`Then`, where they are wrong.
THEN = "then-"

# Message ids, shown beside the field.
PLACE_MISSING = "Please give a place: on the map, by community, by address or by the thing itself."
OUT_OF_RANGE = "Longitude and latitude are out of range."
NO_PART = "That case is closed, or cannot have such a part."
NO_SUCH_CONDITION = "This category has no such filing condition."


class Then(msgspec.Struct, frozen=True, kw_only=True):
    """What is done with the case at once: answered, refused. All of it or nothing happens."""

    action: str
    form: Mapping[str, str] = {}


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer writes down."""

    #: ``pack/kind`` and a category of it.
    kind: str
    category: str
    text: str
    #: Key of the category's filing condition; "" = the first.
    condition: str = ""
    #: Longitude, latitude (WGS 84).
    place: tuple[float, float] | None = None
    address: str = ""
    #: Code of a town or community.
    division: str = ""
    #: Id of the thing that it is about.
    entity: str = ""
    #: Answers to the kind's ``opening`` and the category's ``questions``.
    form: Mapping[str, str] = {}
    #: The files as they were sent.
    photographs: Sequence[bytes] = ()
    #: The caller, the petitioner; nobody for what the officer found or was told to do.
    contact: Reachable = Reachable()
    #: Whence, where the page knows; ``None`` = what the kind says.
    source: Source | None = None
    #: Made by the device, so that what is sent twice is filed once.
    client_key: str = ""
    then: Then | None = None
    #: Number of the case that it is to be a part of (``CaseKind.parts``).
    parent: str = ""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """The case, and the secret for its reporter: "" where there is none to be told, or it has been told before."""

    case: Case
    #: ``7K3MX-9QWTA``.
    secret: str = ""
    #: This very report had come before.
    again: bool = False


def openable(actor: Subject, source: Source | None = None) -> dict[str, CaseKind]:
    """The kinds that this person may open, by name; from ``source``, or from wherever each kind says.

    Orders are not among them: they are given on the page of the thing (``ordering``).
    """
    guard = guard_for(actor, VERB)
    return {
        name: kind
        for name, kind in kinds().items()
        if any(one.command is None for one in kind.categories.values())
        and any(allows(guard, RESOURCE, _facts(name, key, source or Source(kind.source))) for key in kind.categories)
    }


def at_once(name: str, actor: Subject) -> dict[str, Transition]:
    """What this person may do with a case of this kind right after opening it: answer, refuse, pass on."""
    kind = kind_of(name)
    facts = {"kind": name, "source": kind.source, "status": kind.initial, "stage": kind.states[kind.initial].stage}
    return {
        action: row
        for action, row in kind.transitions.items()
        if kind.initial in row.from_ and allows(guard_for(actor, f"case.{action}"), RESOURCE, facts)
    }


def open_by_officer(sent: Opening, actor: Subject) -> Opened:
    """File it; policy verb ``case.open`` on kind, category, source and division.

    Raises ``FormInvalid`` with every wrong field, ``Refused``, ``NotFound`` (kind), ``NotAnImage``, ``TooLarge``,
    and whatever ``act`` raises for what is to be done at once; then nothing is kept. A ``client_key`` that this
    officer has used before gives the case of that time.
    """
    source = sent.source or Source(kind_of(sent.kind).source)
    demand(guard_for(actor, VERB), VERB, RESOURCE, _facts(sent.kind, sent.category, source, sent.division))
    cleaned = _checked(sent, actor)
    before = _sent_before(sent, actor)
    if before is not None:
        return before
    photographs = [Attachments(current().data / "files").put(one) for one in sent.photographs]
    secret = follow_secret.new_secret() if source in _FOR_OTHERS or sent.contact != Reachable() else ""
    with transaction.atomic():
        # Asked again where nobody else can act: the same one may have come twice at the same moment.
        before = _sent_before(sent, actor)
        if before is not None:
            return before
        filing = _filing(sent, actor, source, cleaned)
        parent = _parent(sent, actor)
        linked = msgspec.structs.replace(
            filing,
            photographs=photographs,
            reporter=Contacts(current().data).keep(sent.contact) if sent.contact != Reachable() else "",
            follow_hash=follow_secret.digest(secret) if secret else "",
            parent=parent,
        )
        case = _and_then(open_case(linked, actor), sent.then, actor)
        if parent is not None:
            note(parent, "part-opened", case.opened_at, {"case": case.number}, actor=actor)
    return Opened(case=case, secret=follow_secret.spoken(secret) if secret else "")


def _parent(sent: Opening, actor: Subject) -> Case | None:
    """The open case that it is to be a part of, held; ``NotFound``, ``FormInvalid`` where it cannot have such parts."""
    if not sent.parent:
        return None
    parent = visible(guard_for(actor, "read"), number=sent.parent)
    if parent.closed_at is not None or sent.kind not in kind_of(parent.kind).parts:
        raise FormInvalid({"parent": NO_PART})
    return parent


def _and_then(case: Case, then: Then | None, actor: Subject) -> Case:
    if then is None:
        return case
    try:
        return act(case.pk, then.action, actor, then.form, expected_version=case.version)
    except FormInvalid as error:
        raise FormInvalid({f"{THEN}{name}": said for name, said in error.errors.items()}) from error


def _facts(kind: str, category: str, source: Source, division: str = "") -> dict[str, Any]:
    """What policies read of a case that is not there yet."""
    return {"kind": kind, "category": category, "source": str(source), "division": division or None}


def _checked(sent: Opening, actor: Subject) -> dict[str, Any]:
    """The answers, cleaned; ``FormInvalid`` names all that is wrong at once, so that a form comes back once."""
    kind, text = kind_of(sent.kind), plain(sent.text)
    category = kind.categories.get(sent.category)
    wrong = {
        "category": NOT_A_CHOICE if category is None else "",
        "condition": NO_SUCH_CONDITION if category and sent.condition not in {"", *category.conditions} else "",
        "text": MISSING if not text else TOO_LONG if len(text) > _LONGEST_TEXT else "",
        "place": _wrong_place(sent, kind),
        "address": TOO_LONG_ADDRESS if len(sent.address) > _LONGEST_ADDRESS else "",
        "telephone": NOT_A_TELEPHONE if plain(sent.contact.phone) and not normal(sent.contact.phone) else "",
        "division": NOT_A_CHOICE if sent.division and sent.division not in current().divisions else "",
        "photographs": TOO_MANY if len(sent.photographs) > MOST_PHOTOGRAPHS else "",
        "client_key": "" if not sent.client_key or _CLIENT_KEY.fullmatch(sent.client_key) else NOT_A_CHOICE,
    }
    errors = {field: problem for field, problem in wrong.items() if problem}
    cleaned: dict[str, Any] = {}
    try:
        cleaned = (
            forms.clean(asked_at_opening(sent.kind, sent.category), sent.form, _about(sent, actor)) if category else {}
        )
    except FormInvalid as error:
        errors |= error.errors
    if errors:
        raise FormInvalid(errors)
    return cleaned


def _about(sent: Opening, actor: Subject) -> forms.About:
    unit = category_of(sent.kind, sent.category).owner_unit
    guard = guard_for(actor, "read")
    return forms.About(kind=sent.kind, category=sent.category, unit=unit, place=sent.place, guard=guard)


def _wrong_place(sent: Opening, kind: CaseKind) -> str:
    if sent.place is not None:
        longitude, latitude = sent.place
        return "" if abs(longitude) <= 180 and abs(latitude) <= 90 else OUT_OF_RANGE
    said = plain(sent.address) or sent.division or sent.entity
    return PLACE_MISSING if kind.place == "needed" and not said else ""


def _key(sent: Opening, actor: Subject) -> str | None:
    """Each officer has keys of their own, so that nobody finds a case by trying another's."""
    return f"{actor.id}:{sent.client_key}" if sent.client_key else None


def _sent_before(sent: Opening, actor: Subject) -> Opened | None:
    key = _key(sent, actor)
    case = Case.objects.filter(client_key=key).first() if key else None
    return Opened(case=case, again=True) if case else None


def _filing(sent: Opening, actor: Subject, source: Source, cleaned: dict[str, Any]) -> Filing:
    text = plain(sent.text)
    return Filing(
        kind=sent.kind,
        category=sent.category,
        condition=sent.condition,
        source=str(source),
        title=text.splitlines()[0][:_LONGEST_TITLE],
        description=text,
        place=sent.place or (place_of(sent.entity) if category_of(sent.kind, sent.category).command else None),
        address=plain(sent.address),
        division=sent.division,
        entity_ref=sent.entity,
        collector=actor.id if source == Source.COLLECTOR else "",
        client_key=_key(sent, actor),
        form=cleaned,
    )
