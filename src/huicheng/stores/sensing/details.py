"""What entities of type Observation say of observations, beside their value and the moment they came with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from huicheng.city import Instant, interval_text, parse_instant, parse_interval
from huicheng.errors import Invalid
from huicheng.stores.driving import drive
from huicheng.stores.history.engine import Table, column
from huicheng.stores.sensing.keys import ObservationKey, observation_key
from huicheng.stores.sensing.rows import Row, Scope, Views, among, between, known
from huicheng.stores.snapshots import Snapshot

_VIEW = "details"
_IRI = "urn:ngsi-ld:Observation:"
_NAMES = ("phenomenonTime", "resultTime", "resultQuality", "validTime", "parameters")
_JSON = frozenset({"resultQuality", "parameters"})
_NONE: Mapping[str, Any] = dict.fromkeys(_NAMES[1:])
#: Of so few series what is said is looked for by their ids.
_FEW = 50

#: Values of ``_NAMES``.
_Values = tuple[Any, ...]


class Details:
    """Of one request."""

    def __init__(self, views: Views, snapshot: Snapshot) -> None:
        self._views = views
        self._snapshot = snapshot

    def describe(self, rows: Sequence[Row], moment: Snapshot | None = None) -> None:
        """Say it of observations; ``moment``: of the same snapshot."""
        held: dict[str, _Values] = {}
        if rows and _are_there(moment or self._snapshot):
            ids = tuple(_IRI + row["@iot.id"] for row in rows)
            lines = drive(self._views.select(_VIEW, ("_iri", *_NAMES), [among("_iri", ids)]))
            held = {line[0]: line[1:] for line in lines}
        for row in rows:
            row.update(_NONE)
            if said := held.get(_IRI + row["@iot.id"]):
                row.update(_described(row["phenomenonTime"], said))

    def table(self, series: Sequence[str], codes: Mapping[str, int], *, spans_only: bool) -> Table | None:
        """All of it for the engine, by what identifies an observation; ``series`` by their place.

        ``spans_only``: only of observations that last; ``None`` where none does.
        """
        lines = [*self._lines(series, spans_only=spans_only)] if _are_there(self._snapshot) else []
        if spans_only and not lines:
            return None
        places = {id_: place for place, id_ in enumerate(series)}
        keys = [key for key, _ in lines]
        whole: dict[str, list[Any]] = {
            "place": [places[key.series] for key in keys],
            "dataset": [-1 if key.dataset_id is None else codes.get(key.dataset_id, -2) for key in keys],
            "first_at": [key.observed_at for key in keys],
            "ordinal": [key.n + 1 for key in keys],
        }
        table = {name: np.array(values, dtype=np.int64) for name, values in whole.items()}
        return table | {name: column(values) for name, values in _columns([held for _, held in lines]).items()}

    def _lines(self, series: Sequence[str], *, spans_only: bool) -> Iterator[tuple[ObservationKey, _Values]]:
        wanted = frozenset(series)
        scopes: list[Scope] = [[_of(one)] for one in series] if len(series) <= _FEW else [[]]
        for scope in scopes:
            limited = [*scope, known("phenomenonTime")] if spans_only else scope
            for iri, *held in drive(self._views.select(_VIEW, ("_iri", *_NAMES), limited)):
                key = observation_key(iri.removeprefix(_IRI))
                if key is not None and key.series in wanted:
                    yield key, tuple(held)


def _are_there(snapshot: Snapshot) -> bool:
    return any(True for _ in snapshot.rows("sensing.has_details"))


def _of(series: str) -> Any:
    """Those whose id goes on with @; A is the character after it."""
    return between("_iri", f"{_IRI}{series}@", f"{_IRI}{series}A")


def _columns(held: Sequence[_Values]) -> dict[str, list[Any]]:
    times = [_lasting(_json(one[0])) for one in held]
    valid = [_span(one[3]) for one in held]
    return {
        "ended_at": [one and one[1] for one in times],
        "resultTime": [one[1] for one in held],
        "resultQuality": [one[2] for one in held],
        "validTime": [one and one[0] for one in valid],
        "validEnd": [one and one[1] for one in valid],
        "parameters": [one[4] for one in held],
    }


def _described(at: Instant, held: _Values) -> dict[str, Any]:
    said = dict(zip(_NAMES, held, strict=True))
    span = _lasting(_json(said.pop("phenomenonTime")))
    told = {name: _json(value) if name in _JSON else value for name, value in said.items()}
    return told if span is None or span[1] < at else {**told, "phenomenonTime": interval_text(at, span[1])}


def _json(held: Any) -> Any:
    return None if held is None else msgspec.json.decode(held)


def _lasting(text: Any) -> tuple[Instant, Instant] | None:
    """Both ends of a time as it is kept; whatever is no interval says nothing."""
    return _span(text) if isinstance(text, str) and "/" in text else None


def _span(text: Any) -> tuple[Instant, Instant] | None:
    try:
        return parse_interval(text) if "/" in text else (parse_instant(text),) * 2
    except (Invalid, TypeError):
        return None
