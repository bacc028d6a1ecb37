"""``huicheng cases import``: cases of another system."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from huicheng.cli import options
from huicheng.cli.progress import Bar
from huicheng.cli.words import _
from huicheng.project import Configuration, import_cases

_INTERRUPTED = 130


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@click.option("--source", required=True, help=_("Import of a pack that describes the columns, e.g. sf311/requests."))
@options.data()
@options.packs()
@click.option("--encoding", help=_("Encoding of text files, where it is not UTF-8, UTF-16 or GB 18030."))
@click.option("--json", "as_json", is_flag=True, help=_("Print the summary as JSON."))
def import_(*, files: tuple[Path, ...], source: str, encoding: str | None, as_json: bool, **choices: Any) -> None:
    """Bring in cases of another system: CSV and JSON lines (also gzipped), Parquet."""
    began = time.monotonic()
    try:
        with Bar() as bar:
            brought = import_cases(Configuration(**choices), source, files, encoding, bar)
    except KeyboardInterrupt:
        click.echo(_("Stopped. The same command goes on where it was."), err=True)
        sys.exit(_INTERRUPTED)
    _report(brought, time.monotonic() - began, as_json=as_json)


_WORDS = {
    "rows": _("rows"),
    "opened": _("cases opened"),
    "known": _("known already"),
    "closed": _("cases closed"),
    "unplaced": _("without position"),
    "rejects": _("rejects"),
    "seconds": _("seconds"),
}


def _report(brought: Sequence[Any], seconds: float, *, as_json: bool) -> None:
    """Totals on standard output, remarks on standard error."""
    for one in brought:
        if one.rejected is not None:
            click.echo(_("rejects are listed in %(file)s") % {"file": one.rejected}, err=True)
    counted = {name: sum(getattr(one.counts, name) for one in brought) for name in _WORDS if name != "seconds"}
    figures = {**counted, "seconds": round(seconds, 1)}
    if as_json:
        click.echo(json.dumps(figures))
    else:
        click.echo("\n".join(f"{_WORDS[name]:<18}{figure:>12,}" for name, figure in figures.items()))
