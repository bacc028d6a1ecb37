"""``huicheng migrate-store``: an embedded installation moves into a PostgreSQL database."""

from __future__ import annotations

from pathlib import Path

import click

from huicheng.cli.options import data
from huicheng.cli.words import _
from huicheng.project import move_store


@click.command
@data(_("Data directory; no server may run on it."))
@click.option(
    "--to",
    "url",
    required=True,
    envvar="HUICHENG_DATABASE",
    metavar="URL",
    help=_("The empty database, postgresql://…; best given as HUICHENG_DATABASE, which other users do not see."),
)
def migrate_store(data: Path, url: str) -> None:
    """Move a stopped installation into a PostgreSQL database."""
    for one in move_store(data, url):
        click.echo(f"{one.table:40} {one.rows:>12}  {one.checksum}")
    click.echo(
        _("Moved. Set HUICHENG_DATABASE from now on; city.db.moved and people.db.moved are the installation as it was.")
    )
