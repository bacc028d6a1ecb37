"""What the product carries or needs is licensed so that anybody may use it, and NOTICE says what it carries."""

from __future__ import annotations

import re
from importlib.metadata import files, metadata
from pathlib import Path

import pytest
import tree
from locks import locked, npm_packages

#: SPDX identifiers that ask for no more than credit, or (MPL) for changes to their own files.
FREE = {
    *("MIT", "MIT-0", "MIT-CMU", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "PSF-2.0"),
    *("MPL-2.0", "Zlib", "CC0-1.0", "Unlicense", "BlueOak-1.0.0"),
}
#: LGPL works that are used unmodified, as libraries of their own: name → why.
LIBRARIES_UNDER_LGPL: dict[str, str] = {
    "frozendict": "PyLD keeps its contexts in them",
    **dict.fromkeys(("psycopg", "psycopg-binary", "psycopg-pool"), "Django on PostgreSQL; an extra"),
}
#: How packages without an SPDX expression say it.
IN_WORDS = {
    "apache software license": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "revised bsd": "BSD-3-Clause",  # wntr
    "python software foundation license": "PSF-2.0",  # matplotlib, whose own licence is that one with its name in it
    "any-osi": "MIT",  # apsw: any licence that OSI has approved
}


def _spdx(words: str) -> str:
    return IN_WORDS.get(words.strip().lower(), words.strip())


def licences(distribution: str) -> list[str]:
    """What an installed distribution says of its licence, as SPDX expressions."""
    said = metadata(distribution)
    expression = said.get("License-Expression")
    if expression:
        return [expression]
    classifiers = [
        text.rsplit(" :: ", 1)[-1] for text in said.get_all("Classifier", []) if text.startswith("License ::")
    ]
    return [_spdx(text) for text in classifiers] or [_spdx(said.get("License") or "none")]


def is_free(expression: str) -> bool:
    """Whether an SPDX expression can be met with :data:`FREE` alone."""
    alternatives = re.split(r"\s+OR\s+", expression.strip("()"))
    return any(all(part.strip("() ") in FREE for part in re.split(r"\s+AND\s+", one)) for one in alternatives)


@pytest.mark.parametrize(
    ("expression", "free"),
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-3.0-only", True),
        ("MIT AND AGPL-3.0-only", False),
        ("(MIT OR Apache-2.0)", True),
        ("LGPL-2.1-or-later", False),
        ("none", False),
    ],
)
def test_a_licence_is_free_when_one_of_its_alternatives_is(expression: str, free: bool) -> None:  # noqa: FBT001 - a table
    assert is_free(expression) is free


@pytest.mark.parametrize("distribution", sorted(locked("run.txt")))
def test_every_python_package_at_run_time_is_free(distribution: str) -> None:
    found = licences(distribution)
    assert all(map(is_free, found)) or distribution in LIBRARIES_UNDER_LGPL, found


def test_what_is_left_out_of_the_locks_is_imported_by_nobody() -> None:
    left_out = re.findall(r"^([a-z-]+) ;", (tree.REPO / "requirements" / "overrides.txt").read_text("utf-8"), re.M)
    assert left_out == ["julian"]
    modules = [Path(str(file.locate())) for file in files("pyswmm") or [] if file.suffix == ".py"]
    assert modules
    assert [path for path in modules if re.search(r"^\s*(?:import|from) julian", path.read_text("utf-8"), re.M)] == []


def test_every_npm_package_is_free() -> None:
    said = {path: str(package.get("license")) for path, package in npm_packages().items() if path}
    assert {path: licence for path, licence in said.items() if not is_free(licence)} == {}


def test_notice_names_every_npm_package_that_may_come_into_the_built_front_end() -> None:
    notice = (tree.REPO / "NOTICE").read_text("utf-8")
    carried = [(path, package) for path, package in npm_packages().items() if path and not package.get("dev")]
    lines = [f"{path.split('node_modules/')[-1]} ({str(package['license']).strip('()')})" for path, package in carried]
    assert [line for line in lines if line not in notice.splitlines()] == []


def test_the_licence_is_apache_2_0() -> None:
    licence = (tree.REPO / "LICENSE").read_text("utf-8")
    assert "Apache License" in licence
    assert "Version 2.0, January 2004" in licence
