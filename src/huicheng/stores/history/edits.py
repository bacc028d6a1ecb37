"""Edits of history (decision 8), as tables that lie over observations when they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from huicheng.city import Attribute, Observation, micros
from huicheng.errors import Invalid
from huicheng.stores.faces import HistoryQuery
from huicheng.stores.history.engine import Table
from huicheng.stores.snapshots import Snapshot

#: In place of an instance, an attribute or a data set: all of them.
_ALL = "*"
_ANY_CODE = -2
_MOST_KNOWN = 100_000


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the overlay, and the row of the state that it is about."""

    row: int
    entity: str
    attribute: str
    instance: str
    dataset: str
    body: str | None
    at: int


class Over(msgspec.Struct, frozen=True, kw_only=True):
    """What lies over some observations."""

    #: What is gone of all that was received until a moment: :meth:`Edits.lost`.
    lost: Table
    #: What stands in place of single observations: :meth:`Edits.edited`; the column ``edit`` counts them.
    edited: Table
    #: Of each of these the instance that stands there; ``None``: it is gone.
    instead: Sequence[Attribute | None] = ()

    @property
    def moments(self) -> tuple[int, int] | None:
        """The first and the last moment of what is edited, as it came; ``None`` when nothing is."""
        times = self.edited["observed_at"]
        return (int(times.min()), int(times.max())) if len(times) else None


class _First(msgspec.Struct, frozen=True, kw_only=True):
    """An observation as it came."""

    observed_at: int
    dataset_id: str | None
    value: Any


class Edits:
    """Finds what was edited. An instance is found once in a process: what came never changes."""

    def __init__(self, raw: Callable[[HistoryQuery], list[Observation]]) -> None:
        """``raw`` answers as if nothing had been edited."""
        self._raw = raw
        self._known: dict[str, _First | None] = {}

    @staticmethod
    def are_there(snapshot: Snapshot) -> bool:
        """Whether anything was ever edited; nearly always not."""
        return any(True for _ in snapshot.rows("overlay.any"))

    def listed(self, snapshot: Snapshot, wanted: Sequence[int] | None) -> list[Edit]:
        """What was edited of rows of the state (``None``: of all); nearly always nothing."""
        names = tuple(name for (name,) in snapshot.rows("overlay.entities"))
        if not names:
            return []
        among = None if wanted is None else frozenset(wanted)
        found = ((row[0], row[1]) for row in snapshot.rows("state.find", names))
        return self.of(snapshot, {name: row for name, row in found if among is None or row in among})

    def over(self, edits: Sequence[Edit], codes: Mapping[str, int]) -> Over:
        """As tables. Looks for what is edited: not to be called inside a snapshot."""
        pairs = self._pairs(edits)
        return Over(
            lost=self.lost(edits, codes),
            edited=self._table(pairs, codes),
            instead=[_held(edit) for edit, _ in pairs],
        )

    def losses(self, edits: Sequence[Edit], codes: Mapping[str, int]) -> Over | None:
        """Only what is gone as a whole; ``None`` when nothing is."""
        whole = [one for one in edits if one.instance == _ALL]
        return Over(lost=self.lost(whole, codes), edited=self._table([], codes)) if whole else None

    def of(self, snapshot: Snapshot, rows: Mapping[str, int]) -> list[Edit]:
        """Of these entities, with their rows of the state; nearly always nothing."""
        edited = {name for (name,) in snapshot.rows("overlay.entities")} & rows.keys()
        return [
            Edit(row=rows[name], entity=name, attribute=attribute, instance=instance, dataset=dataset, body=body, at=at)
            for name in sorted(edited)
            for attribute, instance, dataset, body, at in snapshot.rows("overlay.of", name)
        ]

    def lost(self, edits: Iterable[Edit], codes: Mapping[str, int]) -> Table:
        """What is gone of all that was received until a moment."""
        found = [one for one in edits if one.instance == _ALL]
        columns = {
            "entity": [one.row for one in found],
            "attribute": [_code(one.attribute, codes) for one in found],
            "dataset": [_dataset(one.dataset, codes) for one in found],
            "until": [one.at for one in found],
        }
        return {name: np.array(held, dtype=np.int64) for name, held in columns.items()}

    def edited(self, edits: Sequence[Edit], codes: Mapping[str, int]) -> Table:
        """What stands in place of single observations, or that they are gone."""
        return self._table(self._pairs(edits), codes)

    def _pairs(self, edits: Sequence[Edit]) -> list[tuple[Edit, _First]]:
        single = (one for one in edits if one.instance != _ALL)
        return [(one, first) for one in single if (first := self._first(one)) is not None]

    def _table(self, pairs: Sequence[tuple[Edit, _First]], codes: Mapping[str, int]) -> Table:
        now = [_now(one) for one, _ in pairs]
        return {
            "edit": np.arange(len(pairs), dtype=np.int64),
            "entity": _ints(one.row for one, _ in pairs),
            "attribute": _ints(codes.get(one.attribute, _ANY_CODE) for one, _ in pairs),
            "dataset": _ints(_dataset(first.dataset_id or "", codes) for _, first in pairs),
            "observed_at": _ints(first.observed_at for _, first in pairs),
            "number": _numbers(first.value for _, first in pairs),
            "text": _texts(first.value for _, first in pairs),
            "gone": _ints(one.body is None for one, _ in pairs),
            "until": _ints(one.at for one, _ in pairs),
            "new_at": _ints(
                first.observed_at if at is None else at for (_, first), (_, at) in zip(pairs, now, strict=True)
            ),
            "new_number": _numbers(value for value, _ in now),
            "new_text": _texts(value for value, _ in now),
        }

    def _first(self, edit: Edit) -> _First | None:
        """The observation of an identifier, which tells nothing of it: looked for in all that came."""
        if edit.instance not in self._known:
            if len(self._known) > _MOST_KNOWN:
                self._known = {}
            query = HistoryQuery(entities=(edit.entity,), attributes=(edit.attribute,))
            found = (one for one in self._raw(query) if one.instance_id == edit.instance)
            self._known[edit.instance] = next(
                (_First(observed_at=one.observed_at, dataset_id=one.dataset_id, value=one.value) for one in found),
                None,
            )
        return self._known[edit.instance]


def _code(attribute: str, codes: Mapping[str, int]) -> int:
    """-1 for all; an attribute without a code has no observations."""
    return -1 if attribute == _ALL else codes.get(attribute, _ANY_CODE)


def _dataset(name: str, codes: Mapping[str, int]) -> int:
    """Of a data set its code, -1 for default instances, -2 for all."""
    if name == _ALL:
        return _ANY_CODE
    return codes.get(name, _ANY_CODE - 1) if name else -1


def _now(edit: Edit) -> tuple[Any, int | None]:
    held = _held(edit)
    if held is None:
        return None, None
    return held.content, None if held.observed_at is None else micros(held.observed_at)


def _held(edit: Edit) -> Attribute | None:
    """What stands there instead; ``None``: it is gone."""
    if edit.body is None:
        return None
    try:
        return msgspec.json.decode(edit.body, type=Attribute)
    except msgspec.DecodeError as fault:
        raise Invalid(
            place=edit.entity, why="An edit of its history cannot be read: %(fault)s", fault=str(fault)
        ) from fault


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _ints(values: Iterable[Any]) -> NDArray[np.int64]:
    return np.array([int(value) for value in values], dtype=np.int64)


def _numbers(values: Iterable[Any]) -> NDArray[np.float64]:
    return np.array([float(value) if _is_number(value) else np.nan for value in values], dtype=np.float64)


def _texts(values: Iterable[Any]) -> NDArray[np.object_]:
    said = [None if value is None or _is_number(value) else msgspec.json.encode(value).decode() for value in values]
    return np.array(said, dtype=object)
