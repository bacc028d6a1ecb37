"""The command line speaks the language of its environment (zh-hans and en for every visible text)."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("language", "says"),
    [("zh_CN.UTF-8", "智慧城市运行平台"), ("en_GB.UTF-8", "operating platform"), ("C", "operating platform")],
)
def test_help_is_in_the_language_of_the_environment(language: str, says: str) -> None:
    environment = {name: held for name, held in os.environ.items() if name not in {"LANGUAGE", "LC_ALL"}}
    line = [sys.executable, "-m", "huicheng", "--help"]
    out = subprocess.run(line, env=environment | {"LANG": language}, capture_output=True, check=True, text=True).stdout
    assert says in out
