"""The locks: hashed, naming no registry, and holding all that pyproject.toml and package.json ask for."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tree
from locks import FRONT_END, PINNED, locked, npm_packages
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ("run.txt", "dev.txt")


def _project() -> dict[str, Any]:
    return tomllib.loads((tree.REPO / "pyproject.toml").read_text("utf-8"))


def _unmet(requirements: list[str], lock: dict[str, str]) -> list[str]:
    wanted = [Requirement(text) for text in requirements]
    return [
        str(one)
        for one in wanted
        if not one.specifier.contains(lock.get(canonicalize_name(one.name), "0"), prereleases=True)
        or canonicalize_name(one.name) not in lock
    ]


@pytest.mark.parametrize("file", LOCKS)
def test_a_lock_satisfies_what_the_product_and_its_demonstration_ask_for(file: str) -> None:
    project = _project()["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["demo"]]
    assert _unmet(wanted, locked(file)) == []


def test_the_development_lock_holds_every_tool() -> None:
    tools = (tree.REPO / "requirements" / "dev.in").read_text("utf-8").splitlines()
    assert _unmet([line for line in tools if line and not line.startswith("#")], locked("dev.txt")) == []


def test_the_build_is_pinned_to_the_versions_that_are_locked() -> None:
    lock = locked("dev.txt")
    wanted = [Requirement(text) for text in _project()["build-system"]["requires"]]
    assert [str(one.specifier) for one in wanted] == [f"=={lock[canonicalize_name(one.name)]}" for one in wanted]


def test_the_product_runs_on_the_versions_that_were_tested() -> None:
    run, dev = locked("run.txt"), locked("dev.txt")
    assert run
    assert {name: version for name, version in run.items() if dev.get(name) != version} == {}


@pytest.mark.parametrize("file", LOCKS)
def test_every_locked_distribution_has_a_hash(file: str) -> None:
    blocks = re.split(r"^(?=\S)", (tree.REPO / "requirements" / file).read_text("utf-8"), flags=re.MULTILINE)
    pinned = [block for block in blocks if PINNED.match(block)]
    assert pinned
    assert [block.split()[0] for block in pinned if "--hash=sha256:" not in block] == []


def _client_files() -> list[Path]:
    """Locks and the settings of package clients."""
    names = {"package-lock.json", "package.json", ".npmrc", "pip.conf", "uv.lock"}
    return [path for path in tree.files() if path.name in names or path.parent == tree.REPO / "requirements"]


def test_no_lock_and_no_client_setting_names_an_address() -> None:
    found = [
        f"{tree.name(path)}:{number}: {line.strip()[:80]}"
        for path in _client_files()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if "://" in line
    ]
    assert found == [], "`make lock` writes the locks without addresses"


@pytest.mark.skipif(not FRONT_END.is_dir(), reason="there is no front end")
def test_the_npm_lock_holds_what_package_json_asks_for_with_integrity() -> None:
    asked = json.loads((FRONT_END / "package.json").read_text("utf-8"))
    packages = npm_packages()
    for group in ("dependencies", "devDependencies"):
        for name, version in asked.get(group, {}).items():
            assert packages[f"node_modules/{name}"]["version"] == version, f"{name} is not pinned to one version"
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []
