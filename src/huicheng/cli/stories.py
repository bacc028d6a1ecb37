"""``huicheng stories``: whole ways through the system, told by people in real browsers."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from huicheng.cli.words import _
from huicheng.stories import STORIES, tell


@click.command
@click.argument("names", nargs=-1, type=click.Choice(sorted(STORIES)))
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False, resolve_path=True),
    help=_("Directory of all data; made when it is not there."),
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False, resolve_path=True),
    default="reports/stories",
    show_default=True,
    help=_("Where screenshots and evidence go."),
)
def stories(names: tuple[str, ...], data: Path | None, out: Path) -> None:
    """Tell them one after another; all of them when none is named."""
    for name in names or sorted(STORIES):
        with tempfile.TemporaryDirectory(prefix="huicheng-story-") as made:
            evidence = tell(name, data or Path(made) / "data", out / name)
        click.echo(f"{name} ✓ {len(evidence.steps)} · {out / name / 'index.html'}")
