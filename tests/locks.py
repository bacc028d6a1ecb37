"""What the locks pin, for the tests about them."""

from __future__ import annotations

import json
import re
from typing import Any

import tree
from packaging.utils import canonicalize_name

FRONT_END = tree.REPO / "frontend"
PINNED = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[\w.+!-]+)", re.MULTILINE)


def locked(file: str) -> dict[str, str]:
    """Name → version of one lock in requirements/."""
    text = (tree.REPO / "requirements" / file).read_text("utf-8")
    return {canonicalize_name(match["name"]): match["version"] for match in PINNED.finditer(text)}


def npm_packages() -> dict[str, dict[str, Any]]:
    """Path in node_modules → what package-lock.json says of it; "" is the project itself."""
    lock = FRONT_END / "package-lock.json"
    if not lock.is_file():
        return {}
    packages: dict[str, dict[str, Any]] = json.loads(lock.read_text("utf-8"))["packages"]
    return packages
