"""``huicheng cases verify``: is every history as it was written?"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from huicheng.cli import options
from huicheng.cli.words import _
from huicheng.project import verify_histories


@click.command
@options.data()
def verify(data: Path) -> None:
    """Check the chain of digests of every case's history; exits with 1 where one is broken."""
    cases, events, broken = verify_histories(data)
    for number, seq in broken:
        said = _("Case %(number)s: event %(seq)d is not as it was written.")
        click.echo(said % {"number": number, "seq": seq}, err=True)
    counted = {"cases": cases, "events": events, "broken": len(broken)}
    click.echo(_("%(cases)d cases, %(events)d events, %(broken)d histories broken.") % counted)
    sys.exit(1 if broken else 0)
