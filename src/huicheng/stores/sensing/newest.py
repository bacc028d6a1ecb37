"""The newest Observation of Datastreams: from the state, where history has none that is newer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from huicheng.city import Attribute, micros
from huicheng.stores.history.latest import Lately
from huicheng.stores.history.reading import HistoryReader
from huicheng.stores.reads import Reads
from huicheng.stores.sensing.asked import Path, Sensed, Sought
from huicheng.stores.sensing.keys import ObservationKey, series_of
from huicheng.stores.sensing.rows import Row
from huicheng.stores.snapshots import BuiltSnapshot, Snapshot

#: Columns that it reads beside those of every row of a Datastream.
HELD = ("_row", "_held")
_ORDER = ((Path(("phenomenonTime",)), True),)
_decode = msgspec.json.Decoder(Attribute).decode


def is_newest(sought: Sought) -> bool:
    """Whether a question about Observations asks for the newest one, and nothing else."""
    plain = sought.where is None and not sought.count and not sought.offset
    return plain and sought.limit == 1 and sought.order == _ORDER


class Newest:
    """Of one request."""

    def __init__(self, readers: Reads, past: HistoryReader, snapshot: BuiltSnapshot, *, brief: bool) -> None:
        self._readers, self._past, self._snapshot = readers, past, snapshot
        self._brief = brief
        #: For named statements, once it was asked.
        self.moment: Snapshot = snapshot

    async def of(self, rows: Sequence[Row]) -> dict[str, Sensed]:
        """By the id of their Datastream; one is missing where history has to be asked itself.

        That is where something was edited, or the state holds another value than the newest, or several; and while
        there is anything before which others may come.
        """
        if not rows:
            return {}
        self.moment = await self._snapshot.moment(self._readers.known_terms)
        if any(True for _ in self.moment.unsettled()):
            return {}
        edited = self._edited()
        lately = self._past.lately(self.moment, brief=self._brief)
        pages = ((row["@iot.id"], self._page(row, lately)) for row in rows if row["_thing"] not in edited)
        return {id_: page for id_, page in pages if page is not None}

    def _edited(self) -> set[str]:
        if not self._past.edits.are_there(self.moment):
            return set()
        return {name for (name,) in self.moment.rows("overlay.entities")}

    def _page(self, row: Row, lately: Lately) -> Sensed | None:
        entity, attribute = series_of(row["@iot.id"]) or ("", "")
        codes = self._readers.codes(self.moment, (attribute,))
        held = _observed(row["_held"])
        if held is None or held.observed_at is None or not codes:
            return None
        at, found = micros(held.observed_at), lately.of(row["_row"], codes[0])
        if found is None or found.at != at or not found.alone:
            return None
        key = ObservationKey(entity=entity, attribute=attribute, observed_at=at)
        one = {
            "@iot.id": str(key),
            "phenomenonTime": at,
            "result": _plain(held.value),
            "_series": row["@iot.id"],
            "_feature": row["_feature"],
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
