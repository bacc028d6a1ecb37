"""The newest Observation of Datastreams: from the state, where history has none that is newer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from huicheng.city import Attribute, micros
from huicheng.stores.history.latest import Lately
from huicheng.stores.history.reading import HistoryReader
from huicheng.stores.reads import Reads
from huicheng.stores.sensing.asked import Path, Sensed, Sought
from huicheng.stores.sensing.keys import ObservationKey, series_of
from huicheng.stores.sensing.rows import Row, Views, keyed
from huicheng.stores.snapshots import BuiltSnapshot

_ORDER = ((Path(("phenomenonTime",)), True),)
_decode = msgspec.json.Decoder(Attribute).decode


def is_newest(sought: Sought) -> bool:
    """Whether a question about Observations asks for the newest one, and nothing else."""
    plain = sought.where is None and not sought.count and not sought.offset
    return plain and sought.limit == 1 and sought.order == _ORDER


class Newest:
    """Of one request."""

    def __init__(
        self, readers: Reads, past: HistoryReader, snapshot: BuiltSnapshot, views: Views, *, brief: bool
    ) -> None:
        self._readers, self._past = readers, past
        self._snapshot, self._views = snapshot, views
        self._brief = brief

    def of(self, rows: Sequence[Row]) -> dict[str, Sensed]:
        """By the id of their Datastream; one is missing where history has to be asked itself.

        That is where something was edited, or the state holds another value than the newest, or several; and while
        there is anything before which others may come.
        """
        if not rows or any(True for _ in self._snapshot.unsettled()):
            return {}
        edited = self._edited()
        ids = [row["@iot.id"] for row in rows if row["_thing"] not in edited]
        lately = self._past.lately(self._snapshot, brief=self._brief)
        features = {row["@iot.id"]: row["_feature"] for row in rows}
        held = self._views.select("Datastreams", ("id", "_row", "_held"), keyed("Datastreams", *ids)) if ids else []
        pages = ((id_, self._page(id_, features, lately, row, text)) for id_, row, text in held)
        return {id_: page for id_, page in pages if page is not None}

    def _edited(self) -> set[str]:
        if not self._past.edits.are_there(self._snapshot):
            return set()
        return {name for (name,) in self._snapshot.rows("overlay.entities")}

    def _page(
        self, id_: str, features: Mapping[str, str | None], lately: Lately, row: int, text: str | None
    ) -> Sensed | None:
        entity, attribute = series_of(id_) or ("", "")
        codes = self._readers.codes(self._snapshot, (attribute,))
        held = _observed(text)
        if held is None or held.observed_at is None or not codes:
            return None
        at, found = micros(held.observed_at), lately.of(row, codes[0])
        if found is None or found.at != at or not found.alone:
            return None
        key = ObservationKey(entity=entity, attribute=attribute, observed_at=at)
        one = {
            "@iot.id": str(key),
            "phenomenonTime": at,
            "result": _plain(held.value),
            "_series": id_,
            "_feature": features[id_],
        }
        return Sensed(set="Observations", rows=[one], more=found.more)


def _observed(text: str | None) -> Attribute | None:
    """The one instance that an attribute has, where it is a value of the default data set."""
    if text is None or not text.startswith("{"):
        return None
    held = _decode(text)
    is_plain = held.type == "Property" and held.dataset_id is None and isinstance(held.value, bool | int | float | str)
    return held if is_plain else None


def _plain(value: Any) -> Any:
    """As history keeps it: numbers are of one kind there."""
    if isinstance(value, bool | str):
        return value
    return int(value) if float(value).is_integer() else float(value)
