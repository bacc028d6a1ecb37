"""What an application would make, and what it would meet: in words, and as a drawing seen from above (W1.2)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from huicheng.cases.clearance import Conflict, asked_of, conflicts
from huicheng.cases.kinds import kind_of
from huicheng.cases.making import made_id
from huicheng.cases.models import Case
from huicheng.city import SPACE_ATTRIBUTES, Meeting, parse_instant
from huicheng.desk.airspace_drawing import drawing_of
from huicheng.desk.course import Named
from huicheng.desk.things import attribute_type, in_words, type_name
from huicheng.packs import ClearOf
from huicheng.web.figures import figure
from huicheng.web.moments import moment
from huicheng.web.reading import Reader
from huicheng.web.texts import in_language

#: Drawn, not written.
_LOCATION = "location"


def airspace_of(reader: Reader, case: Case) -> dict[str, Any] | None:
    """What stands on the page of a case that makes something which has to be clear of others; else ``None``.

    Conflicts are those of this moment, and only while there is something to decide.
    """
    kind = kind_of(case.kind)
    if kind.makes is None or not kind.clear_of:
        return None
    asked = asked_of(case, kind.makes)
    open_ = any(row.clear and case.state in row.from_ for row in kind.transitions.values())
    met = conflicts(case) if open_ else []
    named = Named(reader)
    return {
        "made": dict(zip(("name", "address"), named.of(made_id(kind.makes, case)), strict=True)),
        "facts": list(_facts(kind.makes.type, asked)),
        "decides": open_,
        "conflicts": [_conflict(named, one) for one in met],
        "parameters": [_parameter(one) for one in kind.clear_of],
        "drawing": drawing_of(asked.get(_LOCATION), met),
    }


def _facts(entity_type: str, asked: dict[str, Any]) -> Iterator[dict[str, str]]:
    for name in SPACE_ATTRIBUTES:
        declared = attribute_type(entity_type, name)
        if declared is None or name == _LOCATION or asked.get(name) is None:
            continue
        value = asked[name]
        words = moment(parse_instant(value)) if declared.kind == "time" else in_words(declared, value)
        yield {"name": in_language(declared.name), "value": words}


def _parameter(rule: ClearOf) -> dict[str, Any]:
    words = _("%(apart)s m in plan, %(above)s m in height") % {
        "apart": figure(rule.apart),
        "above": figure(rule.above),
    }
    return {"type": type_name(rule.type), "words": words, "source": rule.source, "verified": rule.verified}


def _conflict(named: Named, one: Conflict) -> dict[str, Any]:
    name, address = named.of(one.entity)
    return {
        "name": name,
        "address": address,
        "type": type_name(one.type),
        "says": [_plan(one.meeting), _heights(one.meeting), _time(one.meeting), *_unknown(one)],
    }


def _plan(met: Meeting) -> str:
    if met.distance is None:
        return _("Where it lies is not known.")
    if met.distance == 0:
        return _("They cross in plan.")
    return _("They come as near as %(metres)s m in plan.") % {"metres": figure(round(met.distance))}


def _heights(met: Meeting) -> str:
    if met.floor >= met.ceiling:
        return _("Their heights are %(metres)s m apart.") % {"metres": figure(met.floor - met.ceiling)}
    if math.isinf(met.ceiling):
        return _("Heights that both have: from %(floor)s m upwards.") % {"floor": figure(met.floor)}
    return _("Heights that both have: %(floor)s to %(ceiling)s m.") % {
        "floor": figure(met.floor),
        "ceiling": figure(met.ceiling),
    }


def _time(met: Meeting) -> str:
    begins = _("ever") if met.begins is None else moment(met.begins)
    ends = _("for good") if met.ends is None else moment(met.ends)
    return _("Time that both have: %(begins)s – %(ends)s.") % {"begins": begins, "ends": ends}


def _unknown(one: Conflict) -> Sequence[str]:
    names = [attribute_type(one.type, name) for name in one.meeting.unknown]
    words = ", ".join(in_language(name.name) for name in names if name is not None)
    return [_("Its record does not say: %(names)s. That counts as all of it.") % {"names": words}] if words else []
