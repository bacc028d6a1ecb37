"""``make conformance-sta SUITE=PATH``: a public SensorThings suite against the product.

The suite's code stays where it is, and runs in an environment of its own. Prints passed and total by folder, and what
failed that docs/reference/conformance.md does not list with its reason; ends with 1 when there is any.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import msgspec

from tests.conformance.product import REPO, serving

_EXPLAINED = REPO / "docs" / "reference" / "conformance.md"
_ROW = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)


class Result(msgspec.Struct, frozen=True):
    """One test."""

    folder: str
    name: str
    passed: bool
    message: str


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suite", type=Path, help="checkout of the suite")
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="Python that has its requirements")
    parser.add_argument("--database", default="", help="address of an empty PostgreSQL database; without one, SQLite")
    arguments = parser.parse_args()
    results = run(arguments.suite.resolve(), arguments.python, arguments.database)
    print_folders(results)
    explained = frozenset(_ROW.findall(_EXPLAINED.read_text("utf-8")))
    unexplained = [one for one in results if not one.passed and one.name.partition("[")[0] not in explained]
    for one in unexplained:
        print(f"FAILED {one.folder} {one.name}\n    {one.message}")  # noqa: T201 - what this program is for
    sys.exit(bool(unexplained) or not results)


def run(suite: Path, python: Path, database: str) -> list[Result]:
    """Start a server, let pytest run against it, read what it found."""
    with (
        tempfile.TemporaryDirectory(prefix="huicheng-suite-") as folder,
        serving(HUICHENG_DATABASE=database) as address,
    ):
        report = Path(folder) / "report.xml"
        line = [
            str(python.absolute()),
            "-B",
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            f"--junit-xml={report}",
            ".",
        ]
        environment = {**os.environ, "STA_BASE_URL": f"{address}/sta/v1.1"}
        environment.pop("PYTHONPATH", None)
        # A test that fails is no fault of this program: the status is not looked at.
        with (Path(folder) / "pytest.log").open("wb") as log:
            where = suite / "tests" / "conformance"
            subprocess.run(line, cwd=where, env=environment, check=False, stdout=log, stderr=log)
        if not report.exists():
            raise SystemExit((Path(folder) / "pytest.log").read_text("utf-8")[-3000:])
        return results_of(report)


def results_of(report: Path) -> list[Result]:
    """Every test of a run."""
    root = ElementTree.parse(report).getroot()  # noqa: S314 - written by pytest a moment ago
    return [_result(one) for one in root.iter("testcase")]


def _result(case: ElementTree.Element) -> Result:
    wrong = next((found for found in map(case.find, ("failure", "error", "skipped")) if found is not None), None)
    message = "" if wrong is None else " ".join(wrong.get("message", "").split())[:300]
    folder = case.get("classname", "").split(".")[0]
    return Result(folder, case.get("name", ""), wrong is None, message)


def print_folders(results: Sequence[Result]) -> None:
    """Passed and total, by folder."""
    by_folder: dict[str, list[Result]] = defaultdict(list)
    for one in results:
        by_folder[one.folder].append(one)
    for folder, those in [*sorted(by_folder.items()), ("all", list(results))]:
        print(f"{sum(one.passed for one in those):5} of {len(those):5}  {folder}")  # noqa: T201 - what this is for


if __name__ == "__main__":
    main()
