"""``huicheng bulletin`` and ``huicheng evaluation``: what is printed and mended outside the pages."""

from __future__ import annotations

from pathlib import Path

import click

from huicheng.cli import options
from huicheng.cli.words import _
from huicheng.project import Configuration, run_bulletin, run_rebuild

_DATA = options.data(_("Data directory of the installation; a server may run on it."))


@click.command
@click.option("--month", required=True, help=_("A month that is over, e.g. 2026-10."))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    required=True,
    help=_("Where the PDF goes."),
)
@click.option(
    "--language",
    type=click.Choice(["zh-hans", "en"]),
    default="zh-hans",
    show_default=True,
    help=_("In which language it is printed."),
)
@click.option("--issue", type=click.IntRange(min=1), help=_("An earlier issue again, byte for byte."))
@_DATA
def bulletin(*, month: str, out: Path, language: str, issue: int | None, data: Path) -> None:
    """Print the monthly bulletin of evaluation as PDF (needs the extra “print”)."""
    document = run_bulletin(Configuration(data=data), month, language, issue)
    out.write_bytes(document)
    click.echo(_("%(out)s: %(size)d bytes") % {"out": out, "size": len(document)})


@click.group
def evaluation() -> None:
    """Evaluation of units, areas and officers."""


@evaluation.command(help=_("Make the facts that are counted again from the store; kept runs stay as they are."))
@_DATA
def rebuild(*, data: Path) -> None:
    """Make the facts that are counted again from the store; kept runs stay as they are."""
    cases, seconds = run_rebuild(Configuration(data=data))
    click.echo(_("%(cases)d cases in %(seconds).1f s") % {"cases": cases, "seconds": seconds})
