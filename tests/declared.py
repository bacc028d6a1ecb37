"""What the code declares and the documents must name: settings, commands, errors, verbs, pack files."""

from __future__ import annotations

import ast
import re
import typing
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import tree

from huicheng.cli import main
from huicheng.cli.late import Late
from huicheng.packs import Declared, PolicyDeclaration, built_in, read_packs

SETTING = re.compile(r"\bHUICHENG_[A-Z][A-Z_]*[A-Z]\b")
SOURCES = tree.under("src", ".py")
PACK_FILES = [path for path in tree.under("src/huicheng/domains", ".yaml") if path.parent.parent.name == "domains"]


def settings() -> set[str]:
    """Every environment variable of ours that the product reads."""
    return {found for path in SOURCES for _, text in tree.strings(path) for found in SETTING.findall(text)}


def called(command: click.Command = main, path: tuple[str, ...] = ("huicheng",)) -> Iterator[tuple[str, click.Command]]:
    """``huicheng ingest`` and so on, as it stands in the list that it is called from; hidden ones too."""
    yield " ".join(path), command
    command = _real(command)
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from called(child, (*path, name))


def commands() -> Iterator[tuple[str, click.Command]]:
    """The same, with all that click knows of each."""
    return ((path, _real(one)) for path, one in called())


def _real(command: click.Command) -> click.Command:
    return command.real if isinstance(command, Late) else command


def options(command: click.Command) -> Iterator[str]:
    """How a parameter is written: ``--port``, or the name of an argument in capitals."""
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            yield max(parameter.opts, key=len)
        else:
            yield parameter.make_metavar(click.Context(command)).strip("[]{}.…")


def error_slugs() -> set[str]:
    """The stable names of all problems that a door can answer with."""
    return {value for path in SOURCES for value in _assigned(path, "slug")}


def _assigned(path: Path, name: str) -> Iterator[str]:
    """Strings that classes of a module assign to an attribute."""
    for owner in ast.walk(tree.syntax(path)):
        for statement in owner.body if isinstance(owner, ast.ClassDef) else ():
            match statement:
                case ast.Assign(targets=[ast.Name(id=target)], value=ast.Constant(value=str(text))) if target == name:
                    yield text


def declared_policies() -> list[PolicyDeclaration]:
    """The policies of every built-in pack."""
    return [policy for pack in read_packs(built_in()) for policy in pack.policies.values()]


def verbs() -> set[str]:
    """What policies grant and doors ask for: in packs, and in code (``actions=("read",)``, ``demand(g, "read")``)."""
    in_packs = {verb for policy in declared_policies() for verb in policy.actions}
    in_code = {verb for path in SOURCES for verb in (*_keyword_strings(path, "actions"), *_demanded(path))}
    return in_packs | in_code


def _keyword_strings(path: Path, keyword: str) -> Iterator[str]:
    for node in ast.walk(tree.syntax(path)):
        if isinstance(node, ast.keyword) and node.arg == keyword:
            yield from (part.value for part in ast.walk(node) if _is_text(part))


def _demanded(path: Path) -> Iterator[str]:
    """The action that a call asks a guard for, where it is written out or a constant of the module."""
    constants = _constants(path)
    for argument in _asked_for(path):
        match argument:
            case ast.Constant(value=str(verb)):
                yield verb
            case ast.Name(id=name) if name in constants:
                yield constants[name]


def _asked_for(path: Path) -> Iterator[ast.expr]:
    """The second argument of calls that make or ask a guard."""
    for node in ast.walk(tree.syntax(path)):
        if isinstance(node, ast.Call) and tree.called(node) in {"compile_guard", "demand", "guard", "guard_for"}:
            yield from node.args[1:2]


def _constants(path: Path) -> dict[str, str]:
    """Module-level names that stand for a text."""
    found = {}
    for statement in tree.syntax(path).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                found[name] = text
    return found


def _is_text(node: ast.AST) -> typing.TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def granted_roles() -> set[str]:
    """Roles that the built-in packs grant to."""
    grantees = {grantee for policy in declared_policies() for grantee in policy.grantees}
    return {grantee.removeprefix("role:") for grantee in grantees if grantee.startswith("role:")}


def pack_keys() -> set[str]:
    """Every key that a pack file may hold."""
    return {field.encode_name for one in Declared.__subclasses__() for field in msgspec.structs.fields(one)}
