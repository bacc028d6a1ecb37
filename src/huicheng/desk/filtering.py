"""The filters of lists: read from the address of the page, and offered as fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from huicheng.accounts.units import unit_names
from huicheng.cases.inbox import Filters
from huicheng.cases.kinds import kinds
from huicheng.cases.models import Source, Urgency
from huicheng.city import Instant, micros
from huicheng.desk.mark_words import mark_words
from huicheng.packs import CaseKind
from huicheng.platform import current
from huicheng.web.texts import in_language

Choices = list[dict[str, Any]]

#: What of an address is a filter; the rest (page, tab) is where one stands in the list.
NAMES = ("q", "kind", "category", "state", "unit", "division", "source", "mark", "warning", "since", "until", "entity")
#: The state that asks for closed cases too.
ANY_STATE = "any"


def filters_in(query: QueryDict) -> Filters:
    """What the address asks for; a value that means nothing filters nothing."""
    get = query.get
    state, until = _text(query, "state"), _day(_text(query, "until"))
    return Filters(
        text=_text(query, "q"),
        kind=_text(query, "kind"),
        category=_text(query, "category"),
        state="" if state == ANY_STATE else state,
        source=_text(query, "source"),
        units=(_text(query, "unit"),) if get("unit") else (),
        division=_text(query, "division"),
        mark=_mark(_text(query, "mark")),
        warning=_text(query, "warning"),
        since=_midnight(_day(_text(query, "since"))),
        until=_midnight(until + timedelta(days=1) if until else None),
        entity=query.get("entity", "")[:300].replace("\0", ""),
        closed=state == ANY_STATE,
    )


def _text(query: QueryDict, name: str) -> str:
    return query.get(name, "").replace("\0", "").strip()[:100]


def _mark(text: str) -> str:
    """A mark is a key; quotation marks would look into the list's form."""
    return text if text.replace("-", "").isalnum() else ""


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1970 < found.year < 9000 else None


def _midnight(day: date | None) -> Instant | None:
    return None if day is None else micros(datetime.combine(day, time.min, tzinfo=ZoneInfo(settings.TIME_ZONE)))


def active(request: HttpRequest) -> str:
    """The filters of the address alone, as a query that can be kept."""
    query = request.GET.copy()
    for name in set(query) - {*NAMES, "scope"}:
        del query[name]
    return query.urlencode()


def fields(request: HttpRequest) -> list[dict[str, Any]]:
    """Every filter as a field: name, label, choices with the chosen one."""
    get = request.GET.get
    kind = kinds().get(get("kind", ""))
    some = [kind] if kind else list(kinds().values())
    offered: list[tuple[str, str, Choices]] = [
        ("kind", _("Kind of case"), _words({name: in_language(one.name) for name, one in kinds().items()})),
        ("category", _("Category"), _words(_categories(some))),
        ("state", _("State"), [*_words(_states(some)), {"value": ANY_STATE, "name": _("All, closed ones too")}]),
        ("warning", _("Warning"), _words(warning_words())),
        ("unit", _("Unit"), _words(unit_names())),
        ("division", _("Town"), _words({one.code: one.name for one in current().divisions.at("town")})),
        ("source", _("Source"), _words({str(one): source_words(one) for one in Source})),
        ("mark", _("Mark"), _words(mark_words(some))),
    ]
    return [
        {"name": name, "label": label, "choices": _chosen(choices, get(name, "")), "value": get(name, "")}
        for name, label, choices in offered
        if choices
    ]


def warning_words() -> dict[str, str]:
    """Key of a warning → its words."""
    return {Urgency.YELLOW: _("yellow warning"), Urgency.RED: _("red warning"), Urgency.OVERDUE: _("overdue")}


def source_words(source: Source) -> str:
    """Where a case came from."""
    return {
        Source.ALERT: _("Alert"),
        Source.PORTAL: _("Portal"),
        Source.DESK: _("Desk"),
        Source.COLLECTOR: _("Collector"),
        Source.HOTLINE: _("Hotline"),
        Source.OPEN311: _("Open311"),
        Source.LEADER: _("Leader's instruction"),
        Source.PETITION: _("Petition"),
        Source.CASE: _("Joint handling"),
        Source.FILE: _("From a file"),
    }[source]


def _categories(some: Iterable[CaseKind]) -> Mapping[str, str]:
    return {key: in_language(one.name) for kind in some for key, one in kind.categories.items()}


def _states(some: Iterable[CaseKind]) -> Mapping[str, str]:
    """Keys with their names; one key of several kinds with the first kind's name."""
    named: dict[str, str] = {}
    for kind in some:
        for key, state in kind.states.items():
            named.setdefault(key, in_language(state.name))
    return named


def _words(named: Mapping[str, str]) -> Choices:
    return [{"value": str(value), "name": name} for value, name in named.items()]


def _chosen(choices: Choices, value: str) -> Choices:
    return [{**one, "chosen": one["value"] == value} for one in choices]
