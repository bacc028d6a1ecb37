"""JSON Patch (RFC 6902) on a JSON object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from huicheng.errors import Invalid

_MOST = 1_000


class PatchFailed(Invalid):
    """Problem: an operation found not what it needs. Remedy: read the entity again."""

    status = 409
    slug = "patch-failed"
    problem = "The patch cannot be applied: %(why)s"
    remedy = "Read the entity again, and correct the operation named."


def patched(document: dict[str, Any], operations: Any) -> dict[str, Any]:
    """The document after all operations, or an error and nothing."""
    if not isinstance(operations, list) or len(operations) > _MOST:
        raise Invalid(place="/", why="A JSON Patch is an array of at most %(most)s operations.", most=_MOST)
    found: Any = deepcopy(document)
    for number, one in enumerate(operations):
        if not isinstance(one, dict) or one.get("op") not in _OPERATIONS or not isinstance(one.get("path"), str):
            raise Invalid(place=f"/{number}", why="An operation has “op” and “path”.")
        found = _OPERATIONS[one["op"]](found, one)
    if not isinstance(found, dict):
        raise Invalid(place="/", why="An entity is a JSON object.")
    return found


def _steps(pointer: Any) -> list[str]:
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        raise PatchFailed(place=str(pointer)[:80], why="this is no JSON pointer.")
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _read(document: Any, pointer: Any) -> Any:
    held = document
    for step in _steps(pointer):
        held = _member(held, step, pointer)
    return held


def _member(held: Any, step: str, pointer: Any) -> Any:
    if isinstance(held, dict) and step in held:
        return held[step]
    if isinstance(held, list) and step.isdigit() and int(step) < len(held):
        return held[int(step)]
    raise PatchFailed(place=str(pointer)[:80], why="nothing is there.")


def _put(document: Any, pointer: Any, value: Any, *, replace: bool = False) -> Any:
    steps = _steps(pointer)
    if not steps:
        return value
    parent = document
    for step in steps[:-1]:
        parent = _member(parent, step, pointer)
    last = steps[-1]
    if replace:
        _member(parent, last, pointer)
    if isinstance(parent, dict):
        parent[last] = value
    elif isinstance(parent, list) and (last == "-" or (last.isdigit() and int(last) <= len(parent))):
        place = len(parent) if last == "-" else int(last)
        parent[place : place + replace] = [value]
    else:
        raise PatchFailed(place=str(pointer)[:80], why="nothing can be put there.")
    return document


def _removed(document: Any, pointer: Any) -> Any:
    steps = _steps(pointer)
    if not steps:
        raise PatchFailed(place="/", why="the whole entity cannot be removed.")
    parent = document
    for step in steps[:-1]:
        parent = _member(parent, step, pointer)
    _member(parent, steps[-1], pointer)
    del parent[steps[-1] if isinstance(parent, dict) else int(steps[-1])]
    return document


def _tested(document: Any, one: Mapping[str, Any]) -> Any:
    if _read(document, one["path"]) != one.get("value"):
        raise PatchFailed(place=one["path"][:80], why="another value stands there.")
    return document


def _moved(document: Any, one: Mapping[str, Any]) -> Any:
    held = _read(document, one.get("from"))
    return _put(_removed(document, one.get("from")), one["path"], held)


_OPERATIONS: Mapping[str, Callable[[Any, Mapping[str, Any]], Any]] = {
    "add": lambda document, one: _put(document, one["path"], one.get("value")),
    "replace": lambda document, one: _put(document, one["path"], one.get("value"), replace=True),
    "remove": lambda document, one: _removed(document, one["path"]),
    "copy": lambda document, one: _put(document, one["path"], deepcopy(_read(document, one.get("from")))),
    "move": _moved,
    "test": _tested,
}
