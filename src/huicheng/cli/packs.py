"""``huicheng packs``: what can be asked of domains."""

from __future__ import annotations

import click

from huicheng.cli.late import Late
from huicheng.cli.words import _


@click.group(help=_("Domains: folders with rules, cases and policies."))
def packs() -> None:
    """Domains: folders with rules, cases and policies."""


for command in (
    Late(
        "check",
        "huicheng.cli.pack_check:check",
        _("Check the packs in FOLDER (default: all that are installed): file, line and remedy of each fault."),
    ),
    Late(
        "test",
        "huicheng.cli.pack_test:test",
        _("Run the tests of the packs in FOLDER (default: of all that are installed), each on an empty store."),
    ),
):
    packs.add_command(command)
