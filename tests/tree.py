"""The checkout as the house's own tests read it: its files, and the syntax of its Python."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def files() -> tuple[Path, ...]:
    """Every file that is tracked or would be; what .gitignore names is left out."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPO,
        capture_output=True,
        check=True,
        text=True,
    )
    paths = (REPO / name for name in sorted(set(listing.stdout.split("\0"))) if name)
    return tuple(path for path in paths if path.is_file())


def under(folder: str, *suffixes: str) -> list[Path]:
    """The files below a folder of the checkout that end in one of the suffixes."""
    root = REPO / folder
    return [path for path in files() if path.is_relative_to(root) and path.suffix in suffixes]


def name(path: Path) -> str:
    """The path as a reader of the checkout writes it."""
    return path.relative_to(REPO).as_posix()


@cache
def syntax(path: Path) -> ast.Module:
    """The parsed module."""
    return ast.parse(path.read_text("utf-8"), name(path))


def functions(path: Path) -> Iterator[FunctionNode]:
    """Every function and method of a module, nested ones too."""
    return (node for node in ast.walk(syntax(path)) if isinstance(node, FunctionNode))


def length(function: FunctionNode) -> int:
    """Lines from ``def`` to the end."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of every string literal, pieces of f-strings too, but not docstrings."""
    documentation = set(map(id, _docstrings(syntax(path))))
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.lineno, node.value


def _docstrings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Strings that stand as a statement by themselves."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def called(node: ast.Call) -> str:
    """The last name of what is called: ``execute`` for ``a.b.execute()``."""
    match node.func:
        case ast.Attribute(attr=word) | ast.Name(id=word):
            return word
    return ""
