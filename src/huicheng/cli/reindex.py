"""``huicheng cases reindex``: the full-text index of cases, written anew."""

from __future__ import annotations

from pathlib import Path

import click

from huicheng.cli import options
from huicheng.cli.words import _
from huicheng.project import reindex_cases


@click.command
@options.data()
def reindex(data: Path) -> None:
    """Write the full-text index of cases anew."""
    click.echo(_("%(cases)d cases are indexed.") % {"cases": reindex_cases(data)})
