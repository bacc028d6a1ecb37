"""Entities, properties and links as the standard writes them (OGC 18-088, 8.1 and 9.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from huicheng.api.http import Answer
from huicheng.api.sensorthings.options import Options
from huicheng.api.sensorthings.urls import entity_url
from huicheng.city import interval_text, rfc3339
from huicheng.stores import sensing

_JSON = ((b"content-type", b"application/json"),)
_TEXT = ((b"content-type", b"text/plain; charset=utf-8"),)
#: Kinds of properties that rows hold as an instant, or as an interval already written.
_TIMES = frozenset({"time", "interval"})
#: A property that is said even when it is not known.
_SAID = frozenset({"resultTime"})
#: Columns of a dataArray, unless $select says so.
COMPONENTS = ("id", "phenomenonTime", "resultTime", "result")

_encode = msgspec.json.Encoder().encode


def json_answer(held: Any, status: int = 200, headers: Iterable[tuple[bytes, bytes]] = ()) -> Answer:
    """A body of JSON."""
    return Answer(status, _encode(held), (*_JSON, *headers))


class Writer:
    """Writes rows of one request."""

    def __init__(self, base: str) -> None:
        self._base = base
        #: Entities that several rows lead to, by what they were read and asked as.
        self._written: dict[tuple[int, int], dict[str, Any]] = {}

    def link(self, name: str, row: Mapping[str, Any]) -> str:
        """The selfLink of a row."""
        return entity_url(self._base, name, row["@iot.id"])

    def entity(self, name: str, row: Mapping[str, Any], options: Options) -> dict[str, Any]:
        """One entity with its control information."""
        link = self.link(name, row)
        shown: dict[str, Any] = {"@iot.id": row["@iot.id"], "@iot.selfLink": link}
        chosen = options.select
        if chosen:
            shown = {key: held for key, held in shown.items() if key in chosen}
        for prop in sensing.SETS[name].properties:
            held = value_of(name, row, prop)
            if (not chosen or prop in chosen) and (held is not None or prop in _SAID):
                shown[prop] = held
        shown |= _reckoned(name, row)
        for other, leads in sensing.SETS[name].links.items():
            if other in options.expand:
                self._expanded(shown, other, leads.target, row, options.expand[other], f"{link}/{other}")
            elif not chosen or other in chosen:
                shown[f"{other}@iot.navigationLink"] = f"{link}/{other}"
        return shown

    def _expanded(  # noqa: PLR0913, PLR0917 - one place, and all of it about one link
        self, shown: dict[str, Any], link: str, target: str, row: Mapping[str, Any], options: Options, url: str
    ) -> None:
        held = row[link]
        if not isinstance(held, sensing.Sensed):
            shown[link] = None if held is None else self._once(target, held, options)
            return
        if held.count is not None:
            shown[f"{link}@iot.count"] = held.count
        shown[link] = [self.entity(target, one, options) for one in held.rows]
        if held.more:
            shown[f"{link}@iot.nextLink"] = f"{url}?$top={options.limit}&$skip={options.skip + options.limit}"

    def _once(self, name: str, row: Mapping[str, Any], options: Options) -> dict[str, Any]:
        key = id(row), id(options)
        found = self._written.get(key)
        if found is None:
            found = self._written[key] = self.entity(name, row, options)
        return found

    def data_array(self, rows: Iterable[Mapping[str, Any]], options: Options) -> list[dict[str, Any]]:
        """Observations as columns, by Datastream (OGC 18-088, 12.1)."""
        wanted = [name for name in COMPONENTS if not options.select or name in options.select]
        wanted += sorted(options.select - {*COMPONENTS, "@iot.id", *sensing.SETS["Observations"].links})
        found: dict[str, list[list[Any]]] = {}
        for row in rows:
            line = [row["@iot.id"] if one == "id" else value_of("Observations", row, one) for one in wanted]
            found.setdefault(row["_series"], []).append(line)
        return [
            {
                "Datastream@iot.navigationLink": entity_url(self._base, "Datastreams", series),
                "components": wanted,
                "dataArray@iot.count": len(lines),
                "dataArray": lines,
            }
            for series, lines in found.items()
        ]


def _reckoned(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """What is not wanted has not been read."""
    return {one: value_of(name, row, one) for one in sensing.SETS[name].reckoned if row.get(one) is not None}


def value_of(name: str, row: Mapping[str, Any], prop: str) -> Any:
    """A property as JSON; a time as RFC 3339, a period as two of them (ISO 8601)."""
    held = row.get(prop)
    if isinstance(held, tuple):
        return interval_text(*held)
    if isinstance(held, int) and sensing.SETS[name].properties.get(prop) in _TIMES:
        return rfc3339(held)
    return held


def property_answer(held: Any, path: tuple[str, ...], *, raw: bool) -> Answer:
    """A property alone, or (``$value``) what it holds."""
    for step in path[1:]:
        held = held.get(step) if isinstance(held, dict) else None
    if not raw:
        return json_answer({path[-1]: held})
    if isinstance(held, str):
        return Answer(200, held.encode(), _TEXT)
    return Answer(200, _encode(held), _JSON if isinstance(held, dict | list) else _TEXT)
