"""JSON Patch, all six operations. Serves Q2."""

from __future__ import annotations

from typing import Any

import pytest

from huicheng.api.sensorthings.json_patch import PatchFailed, patched
from huicheng.errors import Invalid

GIVEN: dict[str, Any] = {"name": "x", "properties": {"a": 1, "list": [1, 2]}}


@pytest.mark.parametrize(
    ("operation", "properties"),
    [
        ({"op": "add", "path": "/properties/b", "value": 2}, {"a": 1, "list": [1, 2], "b": 2}),
        ({"op": "add", "path": "/properties/list/-", "value": 3}, {"a": 1, "list": [1, 2, 3]}),
        ({"op": "add", "path": "/properties/list/0", "value": 0}, {"a": 1, "list": [0, 1, 2]}),
        ({"op": "replace", "path": "/properties/list/0", "value": 0}, {"a": 1, "list": [0, 2]}),
        ({"op": "remove", "path": "/properties/a"}, {"list": [1, 2]}),
        ({"op": "copy", "from": "/properties/a", "path": "/properties/b"}, {"a": 1, "list": [1, 2], "b": 1}),
        ({"op": "move", "from": "/properties/a", "path": "/properties/b"}, {"list": [1, 2], "b": 1}),
        ({"op": "test", "path": "/properties/a", "value": 1}, {"a": 1, "list": [1, 2]}),
    ],
)
def test_an_operation_does_what_the_standard_says(operation: dict[str, Any], properties: dict[str, Any]) -> None:
    assert patched(GIVEN, [operation])["properties"] == properties
    assert GIVEN["properties"] == {"a": 1, "list": [1, 2]}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/properties/a", "value": 2},
        {"op": "remove", "path": "/properties/z"},
        {"op": "replace", "path": "/properties/z", "value": 1},
        {"op": "remove", "path": ""},
        {"op": "add", "path": "/properties/list/9", "value": 1},
        {"op": "copy", "from": "a", "path": "/b"},
    ],
)
def test_what_does_not_fit_fails_as_a_whole(operation: dict[str, Any]) -> None:
    with pytest.raises(PatchFailed):
        patched(GIVEN, [{"op": "remove", "path": "/name"}, operation])


@pytest.mark.parametrize("operations", [{}, [1], [{"op": "x", "path": "/a"}], [{"op": "add"}]])
def test_what_is_no_patch_is_refused(operations: Any) -> None:
    with pytest.raises(Invalid):
        patched(GIVEN, operations)
