"""A command brings only what it needs: help and light commands start without the doors and the stores."""

from __future__ import annotations

import subprocess
import sys

import click
import declared
import pytest
from click.testing import CliRunner
from tree import REPO

from huicheng.cli import main
from huicheng.cli.late import Late

#: Calls a command as the shell does, and tells which of the heavy modules stand in the process then.
CALL = """
import sys
from huicheng.cli import main
try:
    main(sys.argv[1:], "huicheng")
except SystemExit as end:
    assert not end.code, end.code
print("LOADED", *sorted({"django", "duckdb", "huicheng.api", "huicheng.project", "huicheng.stores"} & set(sys.modules)))
"""
LATE = [(path, one) for path, one in declared.called() if isinstance(one, Late)]


@pytest.mark.parametrize("words", [("--help",), ("cases", "--help"), ("packs", "check", "src/huicheng/domains/water")])
def test_a_light_command_imports_neither_doors_nor_stores(words: tuple[str, ...]) -> None:
    done = subprocess.run([sys.executable, "-c", CALL, *words], cwd=REPO, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1].split() == ["LOADED"]


@pytest.mark.parametrize(("path", "late"), LATE, ids=[path for path, _ in LATE])
def test_a_late_command_is_there_under_its_name_and_has_the_words_of_the_list(path: str, late: Late) -> None:
    assert late.real.name == path.rsplit(maxsplit=1)[-1]
    assert late.real.help
    assert late.hidden or late.real.help == late.help


def test_help_completes_and_lists_every_command_that_is_not_hidden() -> None:
    shown = {name for name, one in main.commands.items() if not one.hidden}
    helped = CliRunner().invoke(main, ["--help"]).stdout.split("Commands:")[1]
    assert {line.split()[0] for line in helped.splitlines() if line.strip()} == shown
    context = click.Context(main, info_name="huicheng")
    assert {item.value for item in main.shell_complete(context, "")} == shown
