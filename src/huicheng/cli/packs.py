"""``huicheng packs``: what can be asked of domains."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from huicheng.cli.pack_words import described, diagrams, drawn_as_svg, drawn_as_text
from huicheng.cli.words import _, language
from huicheng.packs import Pack, PackTest, pack_folders, read_packs, survey
from huicheng.project import run_courses
from huicheng.rules import Tested, run_pack_test


@click.group(help=_("Domains: folders with rules, cases and policies."))
def packs() -> None:
    """Domains: folders with rules, cases and policies."""


_FOLDER = click.argument(
    "folder", required=False, type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path)
)


@packs.command(
    help=_("Check the packs in FOLDER (default: all that are installed): file, line and remedy of each fault.")
)
@_FOLDER
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
    drafts, faults = survey(_with_others(folder, own) if folder else None)
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


@packs.command(
    help=_("Run the tests of the packs in FOLDER (default: of all that are installed), each on an empty store.")
)
@_FOLDER
def test(folder: Path | None) -> None:
    """Run the tests of the packs in FOLDER (default: of all that are installed), each on an empty store."""
    wanted = {one.name for one in pack_folders(folder)}
    known = read_packs(_with_others(folder, wanted) if folder else None)
    own = [pack for pack in known if pack.id in wanted]
    verdicts = [_run(known, pack, one) for pack in own for one in pack.tests]
    courses = [(pack, one) for pack in own for one in pack.courses]
    verdicts += [_tell(verdict) for verdict in (run_courses(known, courses) if courses else [])]
    failed = sum(not verdict.ok for verdict in verdicts)
    click.echo(_("%(count)d tests, %(failed)d failed.") % {"count": len(verdicts), "failed": failed})
    sys.exit(1 if failed else 0)


def _with_others(folder: Path, own: set[str]) -> tuple[Path, ...]:
    """The folder, and the installed packs that it may build on; its packs stand in for those of the same id."""
    others = [draft.folder for draft in survey()[0] if draft.pack.id not in own]
    return (*others, folder)


def _run(known: Sequence[Pack], pack: Pack, one: PackTest) -> Tested:
    return _tell(asyncio.run(run_pack_test(known, pack, one)))


def _tell(verdict: Tested) -> Tested:
    click.echo(f"{'ok    ' if verdict.ok else 'FAILED'} {verdict.rule}: {verdict.name}")
    for difference in verdict.differences:
        click.echo(f"         {difference}")
    return verdict
