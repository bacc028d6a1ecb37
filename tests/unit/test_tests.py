"""No test that cannot fail: each asserts something, or says what must be raised."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import tree

#: Calls that fail a test by themselves: pytest's, and Playwright's ``expect``.
FAILING = {"raises", "warns", "fail", "expect", "eventually"}


def _tests(path: Path) -> Iterator[tree.FunctionNode]:
    return (function for function in tree.functions(path) if function.name.startswith("test_"))


def _asserting_functions(path: Path) -> set[str]:
    """Functions of the module that hold an assertion themselves, to which a test may leave it."""
    return {function.name for function in tree.functions(path) if _asserts(function, FAILING)}


def _asserts(function: tree.FunctionNode, failing: set[str]) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Assert) and not isinstance(node.test, ast.Constant):
            return True
        if isinstance(node, ast.Call) and tree.called(node) in failing | {"AssertionError"}:
            return True
    return False


def _shared_asserting_functions() -> set[str]:
    """Asserting functions of modules that test modules import, of conftest.py files, and of the bench."""
    modules = [*tree.under("tests", ".py"), *tree.under("bench", ".py")]
    shared = [path for path in modules if not path.name.startswith("test_")]
    return {name for path in shared for name in _asserting_functions(path)}


def test_every_test_asserts_something() -> None:
    shared = _shared_asserting_functions() | FAILING
    found = [
        f"{tree.name(path)}:{test.lineno} {test.name}"
        for path in tree.under("tests", ".py")
        for test in _tests(path)
        if not _asserts(test, shared | _asserting_functions(path) - {test.name})
    ]
    assert found == []


@pytest.mark.parametrize("body", ["pass", "assert True", "print(1)"])
def test_a_test_without_an_assertion_is_recognised(body: str) -> None:
    function = ast.parse(f"def test_x():\n    {body}\n").body[0]
    assert isinstance(function, ast.FunctionDef)
    assert not _asserts(function, FAILING)
