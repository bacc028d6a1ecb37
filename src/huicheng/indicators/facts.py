"""From Case entities to facts, and facts into people.db. Pure reading first, one write after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from django.db.models import Max
from django.forms.models import model_to_dict

from huicheng.city import Entity, Instant, parse_instant
from huicheng.errors import Invalid
from huicheng.indicators.declared import kinds
from huicheng.indicators.models import ActFact, CaseFact, EvaluationRun, PastCaseFact

RESOURCE = "Case"
_URN = f"urn:ngsi-ld:{RESOURCE}:"

#: Fields of a fact that are read from the entity; the others say when it held.
FIELDS = tuple(field.name for field in CaseFact._meta.get_fields() if field.name not in {"number", "since", "version"})
#: SQLite takes so many parameters in one statement.
_CHUNK = 500


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What one Case entity says."""

    case: CaseFact
    acts: list[ActFact]


def number_of(urn: str) -> str:
    """The case's number in its entity's id."""
    return urn.removeprefix(_URN)


def urn_of(number: str) -> str:
    """The entity's id of a case's number."""
    return _URN + number


def facts_of(entity: Entity, version: int, since: int) -> Facts | None:
    """The facts of one Case entity; ``None`` for one that does not say what it is or when it was opened."""
    values = {name: _content(held) for name, held in entity.attributes.items()}
    opened = _instant(values.get("openedAt"))
    if opened is None or not isinstance(values.get("kind"), str):
        return None
    number, acts, stages = number_of(entity.id), _listed(values.get("acts")), _listed(values.get("stages"))
    case = CaseFact(number=number, opened_at=opened, version=version, since=since)
    for name, value in {**_plain(values), **_place(values), **_counted(values, acts, stages)}.items():
        setattr(case, name, value)
    return Facts(case=case, acts=list(_acts(case, acts, stages)))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    owner = _text(values, "ownerUnit")
    return {
        "kind": values["kind"],
        "category": _text(values, "category"),
        "group": _group(values["kind"], _text(values, "category")),
        "condition": _text(values, "condition"),
        "source": _text(values, "source"),
        "status": _text(values, "status"),
        "unit": _text(values, "handlingUnit") or owner,
        "owner_unit": owner,
        "collector": _text(values, "collector"),
        "due_at": _instant(values.get("dueAt")),
        "closed_at": _instant(values.get("closedAt")),
        "in_time": values["inTime"] if isinstance(values.get("inTime"), bool) else None,
        "subcase": bool(values.get("parent")),
    }


def _place(values: Mapping[str, Any]) -> dict[str, str]:
    division = _text(values, "division")
    return {
        "town": division[:9] if len(division) >= 9 else "",
        "community": division if len(division) == 12 else "",
        "grid": _text(values, "grid"),
    }


def _counted(values: Mapping[str, Any], acts: Sequence[Any], stages: Sequence[Any]) -> dict[str, Any]:
    marks, answers = values.get("marks"), values.get("answers")
    done = Counter(str(one.get("action")) for one in acts)
    return {
        "acts": dict(sorted(done.items())) or None,
        "lasts": _lasts(acts) or None,
        "stages": _seconds(stages) or None,
        "answers": dict(sorted(answers.items())) if isinstance(answers, dict) and answers else None,
        "marks": "," + ",".join(sorted(map(str, marks))) + "," if isinstance(marks, list) and marks else "",
    }


def _lasts(acts: Iterable[Mapping[str, Any]]) -> dict[str, Instant]:
    found: dict[str, Instant] = {}
    for act in acts:
        at, name = _instant(act.get("at")), str(act.get("action"))
        if at is not None:
            found[name] = max(at, found.get(name, at))
    return dict(sorted(found.items()))


def _seconds(stages: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    spent: dict[str, float] = {}
    for stay in stages:
        begun, ended = _instant(stay.get("from")), _instant(stay.get("to"))
        if begun is not None and ended is not None:
            name = str(stay.get("stage"))
            spent[name] = spent.get(name, 0.0) + (ended - begun) / 1e6
    return spent


def _acts(case: CaseFact, acts: Sequence[Mapping[str, Any]], stages: Sequence[Mapping[str, Any]]) -> Iterable[ActFact]:
    ended = {_instant(stay.get("to")): stay.get("inTime") for stay in stages}
    for ordinal, act in enumerate(acts):
        at, took = _instant(act.get("at")), act.get("seconds")
        if at is None:
            continue
        punctual = ended.get(at)
        yield ActFact(
            number=case.number,
            ordinal=ordinal,
            kind=case.kind,
            action=str(act.get("action")),
            actor=_text(act, "actor"),
            actor_unit=_text(act, "unit"),
            at=at,
            took=float(took) if isinstance(took, int | float) else None,
            punctual=punctual if isinstance(punctual, bool) else None,
            since=case.since,
        )


def _group(kind: str, category: str) -> str:
    declared = kinds().get(kind)
    found = declared.categories.get(category) if declared else None
    return found.group.get("zh-hans", "") if found else ""


def _content(held: Any) -> Any:
    one = held[0] if isinstance(held, list) else held
    return one.content


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _listed(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _instant(value: Any) -> Instant | None:
    if not isinstance(value, str):
        return None
    try:
        return parse_instant(value)
    except Invalid:
        return None


# -- into people.db; the caller has a transaction


def take(found: Mapping[str, Facts | None], seq: int) -> None:
    """Put the facts of some cases in place of what was known; ``None``: the case is gone."""
    numbers = list(found)
    counted = EvaluationRun.objects.aggregate(newest=Max("seq"))["newest"] or 0
    for start in range(0, len(numbers), _CHUNK):
        some = {number: found[number] for number in numbers[start : start + _CHUNK]}
        known = CaseFact.objects.in_bulk(list(some))
        _supersede([old for number, old in known.items() if _changed(old, some[number])], seq, counted)
        _put([facts for number, facts in some.items() if facts and _changed(known.get(number), facts)])
        gone = [number for number, facts in some.items() if facts is None]
        CaseFact.objects.filter(number__in=gone).delete()
        acts = [act for facts in some.values() if facts for act in facts.acts]
        ActFact.objects.bulk_create(acts, ignore_conflicts=True, batch_size=_CHUNK)


def _changed(old: CaseFact | None, facts: Facts | None) -> bool:
    return old is None or facts is None or any(getattr(old, name) != getattr(facts.case, name) for name in FIELDS)


def _supersede(old: Sequence[CaseFact], seq: int, counted: int) -> None:
    """Keep what a run has counted: a run at ``counted`` has seen whatever held since then or before."""
    PastCaseFact.objects.bulk_create(
        (PastCaseFact(number=one.number, until=seq, **_fields(one)) for one in old if one.since <= counted),
        ignore_conflicts=True,
    )


def _fields(fact: CaseFact) -> dict[str, Any]:
    return model_to_dict(fact, fields=[*FIELDS, "version", "since"])


def _put(facts: Sequence[Facts]) -> None:
    CaseFact.objects.bulk_create(
        [one.case for one in facts],
        update_conflicts=True,
        unique_fields=["number"],
        update_fields=[*FIELDS, "version", "since"],
    )
