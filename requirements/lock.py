"""Choose versions anew and write the lock files; `make lock` runs it.

No lock names a registry: which one answers is a matter of the machine that installs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(sysconfig.get_path("scripts"))
COMPILE = ("pip", "compile", "--quiet", "--generate-hashes", "--no-emit-index-url", "--no-header", "--upgrade")
SHAPE = (
    *(
        "--override",
        "requirements/overrides.txt",
        "--python-version",
        "3.11",
        "--extra",
        "demo",
        "--extra",
        "learn",
        "--extra",
        "postgres",
        "--extra",
        "print",
        "--extra",
        "simulation",
    ),
    "pyproject.toml",
)


def lock_python() -> None:
    """requirements/dev.txt for the checkout, and of it requirements/run.txt: what the product itself runs on."""
    _run(SCRIPTS / "uv", *COMPILE, *SHAPE, "requirements/dev.in", "--output-file", "requirements/dev.txt")
    _run(
        SCRIPTS / "uv",
        *COMPILE,
        *SHAPE,
        "--constraint",
        "requirements/dev.txt",
        "--output-file",
        "requirements/run.txt",
    )


def lock_node(folder: Path) -> None:
    """package-lock.json without the addresses that npm writes into it."""
    lock = folder / "package-lock.json"
    _run(SCRIPTS / "npm", "install", "--package-lock-only", "--no-audit", "--no-fund", cwd=folder)
    found: dict[str, Any] = json.loads(lock.read_text("utf-8"))
    for package in found["packages"].values():
        package.pop("resolved", None)
        package.pop("funding", None)
    lock.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _run(program: Path, *arguments: str, cwd: Path = ROOT) -> None:
    path = os.pathsep.join((str(SCRIPTS), os.environ["PATH"]))
    done = subprocess.run([program, *arguments], cwd=cwd, env={**os.environ, "PATH": path}, check=False)  # noqa: S603 - fixed words
    if done.returncode:
        sys.exit(done.returncode)


if __name__ == "__main__":
    lock_python()
    if (ROOT / "frontend" / "package.json").is_file():
        lock_node(ROOT / "frontend")
