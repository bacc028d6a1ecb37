"""``huicheng packs``: what can be asked of domains."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from huicheng.packs import Pack, PackTest, read_packs, survey
from huicheng.rules import Verdict, run_pack_test


@click.group()
def packs() -> None:
    """Domains: folders with rules, cases and policies."""


@packs.command()
@click.argument(
    "folder", required=False, type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path)
)
def test(folder: Path | None) -> None:
    """Run the tests of the packs in FOLDER (default: of all that are installed), each on an empty store."""
    wanted = {draft.pack.id for draft in survey(folder)[0]}
    known = read_packs(_with_others(folder, wanted) if folder else None)
    verdicts = [_run(known, pack, one) for pack in known if pack.id in wanted for one in pack.tests]
    failed = sum(not verdict.ok for verdict in verdicts)
    click.echo(f"{len(verdicts)} tests, {failed} failed.")
    sys.exit(1 if failed else 0)


def _with_others(folder: Path, own: set[str]) -> tuple[Path, ...]:
    """The folder, and the installed packs that it may build on; its packs stand in for those of the same id."""
    others = [draft.folder for draft in survey()[0] if draft.pack.id not in own]
    return (*others, folder)


def _run(known: Sequence[Pack], pack: Pack, one: PackTest) -> Verdict:
    verdict = asyncio.run(run_pack_test(known, pack, one))
    click.echo(f"{'ok    ' if verdict.ok else 'FAILED'} {verdict.rule}: {verdict.name}")
    for difference in verdict.differences:
        click.echo(f"         {difference}")
    return verdict
