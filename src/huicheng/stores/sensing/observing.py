"""Observations: which series they belong to is a question to the state, the rest one to history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from huicheng.city import Instant
from huicheng.stores.driving import drive
from huicheng.stores.history.edits import Edit
from huicheng.stores.history.engine import Table, column
from huicheng.stores.history.extents import keys_of, totalled
from huicheng.stores.history.reading import HistoryReader
from huicheng.stores.history.selection import Source
from huicheng.stores.history.sensing import Chosen, counted, numbered, page_of
from huicheng.stores.reads import Reads
from huicheng.stores.sensing.asked import Sensed, Sought
from huicheng.stores.sensing.compiling import check
from huicheng.stores.sensing.details import Details
from huicheng.stores.sensing.dividing import Divided, divided
from huicheng.stores.sensing.keys import ObservationKey
from huicheng.stores.sensing.rows import Row, Scope, Views, built, keyed
from huicheng.stores.snapshots import BuiltSnapshot

#: Values of one moment of one series that are looked at for one of them.
_OF_A_MOMENT = 10_000
#: So few series lie together in each file.
_FEW = 50
_FEATURE = "urn:ngsi-ld:FeatureOfInterest:"


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Which observations: of which Datastreams, of which feature, or one."""

    #: Conditions on the view of Datastreams.
    where: Scope = []
    feature: str | None = None
    #: One by its id was asked for; without a ``key`` the id was none.
    keyed: bool = False
    key: ObservationKey | None = None


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    """Series of the state, as columns: ids, entities, attributes, and values of terms over them."""

    ids: list[str]
    features: list[str | None]
    rows: NDArray[np.int64]
    codes: NDArray[np.int64]
    terms: list[tuple[Any, ...]]
    #: Texts by code.
    texts: list[str]

    def among(self, chosen: NDArray[np.bool_]) -> _Found:
        """Some of them."""
        places = np.flatnonzero(chosen)
        return _Found(
            ids=[self.ids[place] for place in places],
            features=[self.features[place] for place in places],
            rows=self.rows[places],
            codes=self.codes[places],
            terms=[self.terms[place] for place in places],
            texts=self.texts,
        )


class Observations:
    """Observations of one request."""

    def __init__(self, readers: Reads, past: HistoryReader, snapshot: BuiltSnapshot, views: Views) -> None:
        self._readers, self._snapshot, self._views = readers, snapshot, views
        self._past = past
        self.details = Details(views, snapshot)

    def page(self, series: Series, sought: Sought) -> Sensed:
        """A page, and the count when asked."""
        if series.keyed and series.key is None:
            return _nothing(sought)
        if sought.where is not None:
            check(sought.where)
        parts = divided(self._views.idiom, sought.where, sought.order)
        is_whole = _is_whole(series, parts)
        if is_whole and sought.count and not sought.limit:
            return Sensed(set="Observations", rows=[], count=self._whole(series, parts))
        found = self._series(series, parts)
        if not found.ids:
            return _nothing(sought)
        chosen = self._chosen(series, found, parts)
        if chosen is None:
            return _nothing(sought)
        count = None
        if sought.count:
            count = self._whole(series, parts) if is_whole else self._count(chosen)
        if series.keyed:  # others of its moment are few
            those = self._rows(chosen, _OF_A_MOMENT, 0, found)
            return Sensed(set="Observations", rows=[row for row in those if row["@iot.id"] == str(series.key)])
        rows = self._rows(chosen, sought.limit + 1, sought.offset, found)
        return Sensed(set="Observations", rows=rows[: sought.limit], more=len(rows) > sought.limit, count=count)

    # -- the state

    def _series(self, series: Series, parts: Divided) -> _Found:
        scope = [*series.where, *map(built, parts.scope)]
        if series.key is not None:
            scope += keyed("Datastreams", series.key.series)
        rows = drive(self._views.select("Datastreams", ("id", "_feature", "_row", "_attribute"), scope, parts.columns))
        texts = self._readers.terms(self._snapshot)
        wanted = {row[3] for row in rows}
        codes = {text: code for code, text in enumerate(texts) if text in wanted}
        kept = [row for row in rows if row[3] in codes]
        return _Found(
            ids=[row[0] for row in kept],
            features=[row[1] for row in kept],
            rows=np.array([row[2] for row in kept], dtype=np.int64),
            codes=np.array([codes[row[3]] for row in kept], dtype=np.int64),
            terms=[row[4:] for row in kept],
            texts=texts,
        )

    # -- history

    def _chosen(self, series: Series, found: _Found, parts: Divided) -> Chosen | None:
        """The rows of history that are meant; ``None`` when there cannot be any."""
        edited = self._edited_tables(found)
        at = None if series.key is None else series.key.observed_at
        start, end = _widened(parts, edited) if at is None else (at, at + 1)
        source = self._source(found, start, end)
        if source.is_empty:
            return None
        datasets = _datasets(found.texts)
        tables = {"series": _series_table(found, parts), "features": self._features(datasets, parts)}
        said = self._said(found, parts)
        if said is not None:
            tables |= {"details": said, "moments": {"observed_at": np.unique(said["first_at"])}}
        return Chosen(
            edits=bool(edited),
            source=source,
            tables={**tables, **edited},
            where=parts.where,
            order=parts.order,
            feature=self._feature_of(series.feature),
            dataset=self._dataset_of(series.key, found.texts),
            names=parts.names,
            details=said is not None,
        )

    def _said(self, found: _Found, parts: Divided) -> Table | None:
        """What is said of its observations, where it is asked for; ``None`` where none of them lasts."""
        if not parts.details and not parts.times:
            return None
        codes = {text: code for code, text in enumerate(found.texts)}
        return self.details.table(found.ids, codes, spans_only=not parts.details)

    def _edited_tables(self, found: _Found) -> dict[str, Table]:
        """What lies over them: ``edited`` and ``lost``; nothing where nothing does."""
        edits = self._edits(found)
        codes = {text: code for code, text in enumerate(found.texts)} if edits else {}
        overlay = self._past.edits
        return {"edited": overlay.edited(edits, codes), "lost": overlay.lost(edits, codes)} if edits else {}

    def _edits(self, found: _Found) -> list[Edit]:
        if not self._past.edits.are_there(self._snapshot):
            return []
        entities = (one.rpartition("!")[0] for one in found.ids)
        return self._past.edits.of(self._snapshot, dict(zip(entities, found.rows.tolist(), strict=True)))

    def _source(self, found: _Found, start: Instant | None, end: Instant | None) -> Source:
        entities = np.unique(found.rows).tolist()
        codes = np.unique(found.codes).tolist()
        return self._past.source_of(self._snapshot, entities, codes, start, end)

    def _feature_of(self, feature: str | None) -> tuple[str, int] | None:
        """The id of the feature asked for, and its code as a dataset (-2: none)."""
        if feature is None:
            return None
        [code] = self._readers.codes(self._snapshot, (feature,)) or (-2,)
        return feature, code

    def _dataset_of(self, key: ObservationKey | None, texts: Sequence[str]) -> int | None:
        if key is None:
            return None
        if key.dataset_id is None:
            return -1
        return texts.index(key.dataset_id) if key.dataset_id in texts else -2

    def _count(self, chosen: Chosen) -> int:
        found = self._past.engine.fetch(counted(chosen), chosen.parameters, chosen.all_tables)
        return int(found["n"][0])

    def _whole(self, series: Series, parts: Divided) -> int:
        """All observations of series: from what is kept of files, where no two places can hold the same one."""
        scope = [*series.where, *map(built, parts.scope)]
        lines = drive(self._views.select("Datastreams", ("_iri", "_row", "_attribute"), scope))
        codes = {text: code for code, text in enumerate(self._readers.terms(self._snapshot))}
        known = [line for line in lines if line[2] in codes]
        keys = keys_of([line[1] for line in known], [codes[line[2]] for line in known])
        edited = self._edited()
        plain = keys[[line[0] not in edited for line in known]] if edited else keys
        total, crossed = totalled(self._past.extents_of(self._snapshot), plain)
        rest = np.union1d(crossed, np.setdiff1d(keys, plain))
        return total + (self._one_by_one(series, parts, rest) if len(rest) else 0)

    def _edited(self) -> set[str]:
        edits = self._past.edits
        return (
            {name for (name,) in self._snapshot.rows("overlay.entities")} if edits.are_there(self._snapshot) else set()
        )

    def _one_by_one(self, series: Series, parts: Divided, keys: NDArray[np.int64]) -> int:
        found = self._series(series, parts)
        chosen = self._chosen(series, found.among(np.isin(keys_of(found.rows, found.codes), keys)), parts)
        return 0 if chosen is None else self._count(chosen)

    def _rows(self, chosen: Chosen, limit: int, offset: int, found: _Found) -> list[Row]:
        if limit <= 1:
            return []
        chosen, page = self._found(chosen, limit, offset, found)
        if not len(page["entity"]):
            return []
        ordinals = self._ordinals(chosen, page)
        rows = [self._row(one, found, ordinals) for one in _lines(page)]
        self.details.describe(rows)
        return rows

    def _found(self, chosen: Chosen, limit: int, offset: int, found: _Found) -> tuple[Chosen, Table]:
        """The lines of a page, looked for at one end of history where they are in the order of time; and where."""
        for near in self._nearer(chosen, limit + offset, found):
            page = self._past.engine.fetch(page_of(near, limit, offset), near.parameters, near.all_tables)
            if len(page["entity"]) == limit:
                return near, page
        return chosen, self._past.engine.fetch(page_of(chosen, limit, offset), chosen.parameters, chosen.all_tables)

    def _nearer(self, chosen: Chosen, wanted: int, found: _Found) -> Iterator[Chosen]:
        """The same of stretches of time that may be enough."""
        latest = chosen.is_latest_first
        if latest is None or len(found.ids) <= _FEW:
            return
        ends = self._past.ends(self._snapshot, chosen.source)
        for start, end in ends.stretches(wanted, latest=latest, strained=chosen.where is not None):
            yield msgspec.structs.replace(chosen, source=self._source(found, start, end))

    def _ordinals(self, chosen: Chosen, page: Mapping[str, NDArray[Any]]) -> Mapping[tuple[Any, ...], int]:
        """The ordinals of observations that share their moment with another; all others are the first."""
        times = np.unique(page["first_at"])
        source = msgspec.structs.replace(
            chosen.source,
            tail=chosen.source.tail.within(int(times[0]), int(times[-1]) + 1),
            start=int(times[0]),
            end=int(times[-1]) + 1,
            entities=np.unique(page["entity"]).tolist(),
            attributes=np.unique(page["attribute"]).tolist(),
        )
        rows = self._past.engine.fetch(
            numbered(source), source.parameters, {**source.tables, "moments": {"observed_at": times}}
        )
        return {_identity(one): int(one["ordinal"]) - 1 for one in _lines(rows)}

    def _row(self, one: Mapping[str, Any], found: _Found, ordinals: Mapping[tuple[Any, ...], int]) -> Row:
        place = int(one["place"])
        dataset = found.texts[one["dataset"]] if one["dataset"] >= 0 else None
        entity, _, attribute = found.ids[place].rpartition("!")
        key = ObservationKey(
            entity=entity,
            attribute=attribute,
            observed_at=int(one["first_at"]),
            n=ordinals.get(_identity(_first_of(one)), 0),
            dataset_id=dataset,
        )
        is_feature = dataset is not None and dataset.startswith(_FEATURE)
        return {
            "@iot.id": str(key),
            "phenomenonTime": int(one["observed_at"]),
            "result": _result(one["number"], one["text"]),
            "_series": key.series,
            "_feature": dataset if is_feature else found.features[place],
        }

    # -- tables for the engine

    def _features(self, datasets: Mapping[str, int], parts: Divided) -> Table:
        """Values of terms over features that are named as datasets."""
        table: dict[str, NDArray[Any]] = {"dataset": np.array(list(datasets.values()), dtype=np.int64)}
        if not parts.of_features or not datasets:
            return table | {f"f{n}": column([None] * len(datasets)) for n in range(len(parts.of_features))}
        scope = keyed("FeaturesOfInterest", *datasets)
        lines = drive(self._views.select("FeaturesOfInterest", ("id",), scope, parts.of_features))
        values = {line[0]: line[1:] for line in lines}
        for n in range(len(parts.of_features)):
            table[f"f{n}"] = column([values[one][n] if one in values else None for one in datasets])
        return table


def _is_whole(series: Series, parts: Divided) -> bool:
    """Whether every observation of its series is meant."""
    return parts.where is None and series.feature is None and not series.keyed and not parts.columns


def _widened(parts: Divided, edited: Mapping[str, Table]) -> tuple[Instant | None, Instant | None]:
    """Bounds of time with everything that an edit may have moved into them."""
    moments = edited["edited"]["observed_at"] if edited else ()
    if not len(moments):
        return parts.start, parts.end
    first, last = int(np.min(moments)), int(np.max(moments)) + 1
    return None if parts.start is None else min(parts.start, first), None if parts.end is None else max(parts.end, last)


def _nothing(sought: Sought) -> Sensed:
    return Sensed(set="Observations", rows=[], count=0 if sought.count else None)


def _datasets(texts: Sequence[str]) -> dict[str, int]:
    """Features of interest that observations are told apart by."""
    return {text: code for code, text in enumerate(texts) if text.startswith(_FEATURE)}


def _series_table(found: _Found, parts: Divided) -> Table:
    table: dict[str, NDArray[Any]] = {
        "entity": found.rows,
        "attribute": found.codes,
        "place": np.arange(len(found.ids)),
        "id": np.array(found.ids, dtype=object),
        "feature": column(found.features),
    }
    for n in range(len(parts.columns)):
        table[f"s{n}"] = column([values[n] for values in found.terms])
    return table


def _lines(columns: Mapping[str, NDArray[Any]]) -> Iterable[dict[str, Any]]:
    names = list(columns)
    lists = [columns[name].tolist() for name in names]
    return [dict(zip(names, line, strict=True)) for line in zip(*lists, strict=True)]


def _identity(one: Mapping[str, Any]) -> tuple[Any, ...]:
    number = one["number"]
    return (
        one["entity"],
        one["attribute"],
        one["dataset"],
        one["observed_at"],
        None if number is None or number != number else number,  # noqa: PLR0124 - NaN, where there is no number
        one["text"],
    )


def _first_of(one: Mapping[str, Any]) -> dict[str, Any]:
    """The line as it first came."""
    return {**one, "observed_at": one["first_at"], "number": one["first_number"], "text": one["first_text"]}


def _result(number: float | None, text: str | None) -> Any:
    if text is not None:
        return msgspec.json.decode(text)
    return int(number) if number is not None and number.is_integer() else number
