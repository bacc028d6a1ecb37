"""How a write meets a stored document (ETSI GS CIM 009, 5.6): pure functions over attributes.

Instances of an attribute are told apart by their data set; ``None`` is the default instance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from huicheng.city import Attribute, Attributes
from huicheng.stores.faces import Mode
from huicheng.stores.members import covers

#: What asks for removal inside a merge (CIM 009, 4.5.0).
NULL = "urn:ngsi-ld:null"

#: The same as a text in no language.
_NULLS: tuple[object, ...] = (NULL, {"@none": NULL})

_Instances = dict[str | None, Attribute]
#: ``None`` in place of an instance removes it.
_Patches = Mapping[str | None, Attribute | None]


#: Modes that put an instance whole in place of the one that is there.
_OVERWRITING = frozenset({Mode.UPDATE, Mode.PATCH})
#: Modes that only write over what is there.
NEEDS = frozenset({Mode.PATCH, Mode.COVER})
#: Modes that may take instances away.
DROPPING = frozenset({Mode.REPLACE, Mode.MERGE})


def put(stored: Attributes, new: Attributes, mode: Mode, *, newest: bool = False) -> tuple[Attributes, Attributes]:
    """The attributes after the write, and those that it wrote (empty: it changed nothing).

    With ``newest`` everything goes to history, but no older value takes a newer one's place; and what says again
    what is stored, of the same time, says nothing. An attribute may then have several instances of one data set, of
    different times.
    """
    if mode is Mode.REPLACE and not newest:
        return new, new
    if newest and mode is Mode.UPDATE and list in set(map(type, new.values())):
        return _put_courses(stored, new)
    if not stored and mode in _TAKES_ALL:
        return new, new
    after: Attributes = {} if mode is Mode.REPLACE else dict(stored)
    written: Attributes = {}
    over = mode in _OVERWRITING and not newest
    for name, held in new.items():
        if over and _of_one(held) and _of_one(stored.get(name)):  # nearly all
            written[name] = after[name] = held
            continue
        before = by_dataset(stored.get(name))
        accepted = _accepted(before, by_dataset(held), mode)
        if newest:
            accepted = {dataset: one for dataset, one in accepted.items() if not _says_again(before.get(dataset), one)}
        if accepted:
            winning = _newer(before, accepted) if newest else accepted
            written[name] = _held(_present(accepted))
            _store(after, name, _present({**before, **winning}))
    return after, written


def _of_one(held: Attribute | list[Attribute] | None) -> bool:
    """Whether there is one instance, the default one."""
    return held is not None and held.__class__ is not list and held.dataset_id is None  # type: ignore[union-attr] # no list


def _put_courses(stored: Attributes, new: Attributes) -> tuple[Attributes, Attributes]:
    """An update with ``newest``, some of whose attributes have several instances."""
    after, written = dict(stored), {}
    for name, held in new.items():
        before = by_dataset(stored.get(name))
        several = held if isinstance(held, list) else [held]
        said = [one for one in several if not _says_again(before.get(one.dataset_id), one)]
        if not said:
            continue
        winning = dict(before)
        for one in said:
            if not _is_newer(winning.get(one.dataset_id), one):
                winning[one.dataset_id] = one
        written[name] = said if len(said) > 1 else said[0]
        _store(after, name, winning)
    return after, written


#: Modes that take every attribute of an entity that has none yet.
_TAKES_ALL = frozenset({Mode.CREATE, Mode.REPLACE, Mode.UPDATE, Mode.APPEND})


def without(stored: Attributes, name: str, dataset: str | None) -> Attributes | None:
    """The attributes without one instance; ``None`` when it was not there."""
    left = by_dataset(stored.get(name))
    if left.pop(dataset, None) is None:
        return None
    after = dict(stored)
    _store(after, name, left)
    return after


def dropped(before: Attributes, after: Attributes) -> Iterator[tuple[str, str, str]]:
    """Name, data set ("": none) and kind of each instance that is no more."""
    for name, held in before.items():
        left = by_dataset(after.get(name))
        for dataset, one in by_dataset(held).items():
            if dataset not in left:
                yield name, dataset or "", one.type


def by_dataset(held: Attribute | list[Attribute] | None) -> _Instances:
    """The instances of an attribute by data set."""
    if held is None:
        return {}
    several = held if isinstance(held, list) else [held]
    return {one.dataset_id: one for one in several}


def _is_newer(stored: Attribute | None, new: Attribute | None) -> bool:
    if stored is None or new is None or stored.observed_at is None or new.observed_at is None:
        return False
    return stored.observed_at > new.observed_at


def _says_again(stored: Attribute | None, new: Attribute | None) -> bool:
    return stored is not None and stored.observed_at is not None and stored == new


def _store(attributes: Attributes, name: str, left: _Instances) -> None:
    if left:
        attributes[name] = _held(left)
    else:
        attributes.pop(name, None)


def _held(several: _Instances) -> Attribute | list[Attribute]:
    found = list(several.values())
    return found[0] if len(found) == 1 else found


def _present(accepted: _Patches) -> _Instances:
    return {dataset: one for dataset, one in accepted.items() if one is not None}


def _newer(before: _Instances, accepted: _Patches) -> _Patches:
    return {dataset: one for dataset, one in accepted.items() if not _is_newer(before.get(dataset), one)}


def _accepted(before: _Instances, new: _Instances, mode: Mode) -> _Patches:
    """The instances that the mode lets through."""
    if mode is Mode.APPEND:
        return {dataset: one for dataset, one in new.items() if dataset not in before}
    if mode is Mode.PATCH:
        return {dataset: one for dataset, one in new.items() if dataset in before}
    if mode is Mode.COVER:
        return {dataset: one for dataset, one in new.items() if dataset in before and covers(one, before[dataset])}
    if mode is Mode.MERGE:
        return {dataset: _merged(before.get(dataset), one) for dataset, one in new.items()}
    return dict(new)


def _merged(before: Attribute | None, patch: Attribute) -> Attribute | None:
    if patch.content in _NULLS:
        return None
    if before is None or before.type != patch.type:
        return patch
    merged = _merge_json(msgspec.to_builtins(before), msgspec.to_builtins(patch))
    return msgspec.convert(merged, Attribute)


def _merge_json(target: Any, patch: Any) -> Any:
    """RFC 7396, with the NGSI-LD null beside ``null``; a GeoJSON value is put whole."""
    if not isinstance(patch, dict) or "coordinates" in patch:
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None or value == NULL:
            result.pop(key, None)
        else:
            result[key] = _merge_json(result.get(key), value)
    return result
