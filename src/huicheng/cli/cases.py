"""``huicheng cases``: what is done with many cases at once."""

from __future__ import annotations

import click

from huicheng.cli.late import Late
from huicheng.cli.words import _


@click.group(help=_("Cases: what is done with many at once."))
def cases() -> None:
    """Cases: what is done with many at once."""


for command in (
    Late(
        "import",
        "huicheng.cli.importing:import_",
        _("Bring in cases of another system: CSV and JSON lines (also gzipped), Parquet."),
    ),
    Late(
        "learn",
        "huicheng.cli.learn:learn",
        _("Learn from closed cases which category a text is of; suggestions use it from then on."),
    ),
    Late("reindex", "huicheng.cli.reindex:reindex", _("Write the full-text index of cases anew.")),
    Late(
        "verify",
        "huicheng.cli.verify:verify",
        _("Check the chain of digests of every case's history; exits with 1 where one is broken."),
    ),
):
    cases.add_command(command)
