"""``huicheng packs check``: what is wrong with packs, and what they hold."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from huicheng.cli import options
from huicheng.cli.pack_words import described, diagrams, drawn_as_svg, drawn_as_text
from huicheng.cli.words import _, language
from huicheng.packs import Pack, pack_folders, survey, with_installed


@click.command
@options.folder
@click.option("--diagram", is_flag=True, help=_("Draw the state table of each kind of case (Mermaid)."))
@click.option("--draw", metavar="PACK/KIND", help=_("Draw one kind of case, with who may do what (Mermaid)."))
@click.option(
    "--svg",
    type=click.Path(dir_okay=False, path_type=Path),
    help=_("With --draw: write the drawing to this file as SVG."),
)
def check(folder: Path | None, *, diagram: bool, draw: str | None, svg: Path | None) -> None:
    """Check the packs in FOLDER (default: all that are installed): file, line and remedy of each fault."""
    own = {one.name for one in pack_folders(folder)}
    drafts, faults = survey(with_installed(folder) if folder else None)
    for fault in faults:
        click.echo(str(fault))
    if faults:
        click.echo(_("%(count)d fault(s).") % {"count": len(faults)}, err=True)
        sys.exit(1)
    if draw:
        _draw([draft.pack for draft in drafts], draw, svg)
        return
    for draft in drafts:
        if draft.pack.id in own:
            click.echo("\n".join(described(draft.pack)))
            click.echo("\n".join(diagrams(draft.pack)) if diagram else "", nl=diagram)


def _draw(known: Sequence[Pack], kind: str, svg: Path | None) -> None:
    if svg is None:
        click.echo("\n".join(drawn_as_text(known, kind)))
    else:
        svg.write_text(drawn_as_svg(known, kind, "zh-hans" if language() == "zh" else "en"), "utf-8")
