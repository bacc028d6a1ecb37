"""``make conformance-ngsild SUITE=PATH``: the public mirror of ETSI's Robot suite against the product.

The suite's code stays where it is. Each of its folders runs on an empty store: tests of one leave things behind that
others count. Prints passed and total by folder, and what failed that
docs/reference/conformance.md does not list with its reason; ends with 1 when there is any.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

import msgspec

from tests.conformance.broker import install, stop
from tests.conformance.product import REPO, emptied, serving

_EXPLAINED = REPO / "docs" / "reference" / "conformance.md"
_ROW = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)
#: Addresses that the suite's data name → the suite's file, below its directory.
_CONTEXTS = "https://forge.etsi.org/rep/cim/ngsi-ld-test-suite/-/raw/develop/resources/jsonld-contexts"
_MODELS = (
    "https://easy-global-market.github.io/ngsild-api-data-models/ngsildTestSuite/ngsildTestSuiteV1.8-compound.jsonld"
)
_FILES = {
    f"{_CONTEXTS}/ngsi-ld-test-suite-compound.jsonld": "resources/jsonld-contexts/ngsi-ld-test-suite-compound.jsonld",
    f"{_CONTEXTS}/ngsi-ld-test-suite.jsonld": "resources/jsonld-contexts/ngsi-ld-test-suite.jsonld",
    # An older copy of the same, elsewhere.
    _MODELS: "resources/jsonld-contexts/ngsi-ld-test-suite-compound.jsonld",
}
#: Contexts of others that its data only name; here they say nothing.
_ELSEWHERE = (
    "https://fiware.github.io/NGSI-LD_TestSuite/ldContext/testContext.jsonld",
    "http://smartdatamodels.org/context.jsonld",
    "https://fiware.github.io/data-models/context.jsonld",
)
#: It expects two series of twenty instances to be more than one answer, and everything else of it to be less.
_PAGE = "30"
#: Its mock server of contexts.
_CONTEXT_HOST = "127.0.0.1:8087"
#: Folders whose results are printed on a line of their own.
_DEPTH = 3


class Result(msgspec.Struct, frozen=True):
    """One test case."""

    #: ``ContextInformation/Provision/Entities``
    folder: str
    #: ``001_01_02``: what the suite and the list of exclusions name it by.
    name: str
    title: str
    passed: bool
    message: str


def main() -> None:
    """Run it."""
    arguments = _arguments()
    chosen = folders(arguments.suite / "TP" / "NGSI-LD", arguments.only)
    results = [one for folder in chosen for one in run(arguments.suite, folder, arguments.robot, arguments.database)]
    explained = frozenset(_ROW.findall(_EXPLAINED.read_text("utf-8"))) if _EXPLAINED.exists() else frozenset()
    print_folders(results)
    unexplained = [one for one in results if not one.passed and one.name not in explained]
    for one in unexplained:
        print(f"FAILED {one.folder} {one.title}\n    {one.message}")  # noqa: T201 - what this program is for
    sys.exit(bool(unexplained))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suite", type=Path, help="checkout of the suite")
    parser.add_argument("only", nargs="*", help="folders or files below TP/NGSI-LD; without any, all")
    parser.add_argument("--robot", type=Path, default=Path("robot"), help="the program robot")
    parser.add_argument("--database", default="", help="a PostgreSQL database: each folder has an empty one beside it")
    return parser.parse_args()


def folders(tests: Path, only: Sequence[str]) -> list[str]:
    """Those that results are printed by, below the ones that were named; a named file stands for itself."""
    files = [file for one in only or [""] for file in _files(tests / one)]
    named = {"/".join(file.relative_to(tests).parent.parts[:_DEPTH]) for file in files}
    return sorted({one for one in only if one.endswith(".robot")} or named)


def _files(path: Path) -> Sequence[Path]:
    return [path] if path.is_file() else [*path.rglob("*.robot")]


def run(suite: Path, only: str, robot: Path, database: str) -> list[Result]:
    """Start a server on an empty store, let robot run against it, read what it found."""
    with tempfile.TemporaryDirectory(prefix="huicheng-suite-") as folder:
        contexts = Path(folder) / "contexts.json"
        nothing = Path(folder) / "nothing.jsonld"
        nothing.write_text('{"@context": {}}', "utf-8")
        files = {url: str(suite.resolve() / file) for url, file in _FILES.items()}
        contexts.write_text(json.dumps({**dict.fromkeys(_ELSEWHERE, str(nothing)), **files}), "utf-8")
        options = ["--notify-private", "loopback", "--context-map", str(contexts)]
        settings = {"HUICHENG_CONTEXT_HOSTS": _CONTEXT_HOST, "HUICHENG_HISTORY_PAGE": _PAGE}
        with emptied(database) as empty, serving(options, HUICHENG_DATABASE=empty, **settings) as address:
            _robot(suite, only, robot, variables(address), Path(folder))
        return results_of(Path(folder) / "output.xml")


def variables(address: str) -> dict[str, str]:
    """What the suite has to be told."""
    hosts = ("notification_server_host", "context_source_host", "context_server_host", "mqtt_broker_host")
    base = f"{address}/ngsi-ld/v1"
    return {"url": base, "temporal_api_url": base, **dict.fromkeys(hosts, "127.0.0.1")}


def _robot(suite: Path, only: str, robot: Path, told: Mapping[str, str], output: Path) -> None:
    line = [str(robot.resolve()) if robot.parent != Path() else str(robot), "--outputdir", str(output)]
    line += ["--log", "NONE", "--report", "NONE", "--console", "dotted", "--name", "NGSI-LD"]
    line += [word for name, value in told.items() for word in ("--variable", f"{name}:{value}")]
    line += ["--pythonpath", "libraries/robotframework-httpctrl/src"]
    # Its own libraries lie beside it. A test that fails is no fault of this program: the status is not looked at.
    line += ["--pythonpath", "libraries", f"TP/NGSI-LD/{only}"]
    settings = {**os.environ, **install(output)}
    try:
        with (output / "robot.log").open("wb") as log:
            subprocess.run(line, cwd=suite, check=False, stdout=log, stderr=log, env=settings)
    finally:
        stop(output)


def results_of(output: Path) -> list[Result]:
    """Every test case of a run."""
    root = ElementTree.parse(output).getroot()  # noqa: S314 - written by robot a moment ago
    return [found for suite in root.iter("suite") if suite.get("source", "").endswith(".robot") for found in _in(suite)]


def _in(suite: ElementTree.Element) -> list[Result]:
    path = Path(suite.get("source", ""))
    parts = path.parts[path.parts.index("NGSI-LD") + 1 : -1]
    return [_result(test, "/".join(parts[:_DEPTH]), path.stem) for test in suite.findall("test")]


def _result(test: ElementTree.Element, folder: str, file: str) -> Result:
    title = test.get("name", "")
    status = test.find("status")
    passed = status is not None and status.get("status") == "PASS"
    message = (status.text or "") if status is not None else ""
    return Result(folder, _name(title, file), title, passed, " ".join(message.split())[:300])


def _name(title: str, file: str) -> str:
    """The number that leads the title; some titles have none, or one with another separator."""
    first = title.split(maxsplit=1)[0] if title.split() else ""
    return first if re.match(r"[A-Z]?\d{3}_", first) else f"{file}__{re.sub(r'[^0-9A-Za-z]+', '_', title)[:40]}"


def print_folders(results: Sequence[Result]) -> None:
    """Passed and total, by folder."""
    by_folder: dict[str, list[Result]] = defaultdict(list)
    for one in results:
        by_folder[one.folder].append(one)
    for folder, those in [*sorted(by_folder.items()), ("all", list(results))]:
        print(f"{sum(one.passed for one in those):5} of {len(those):5}  {folder}")  # noqa: T201 - what this is for


if __name__ == "__main__":
    main()
