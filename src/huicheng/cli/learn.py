"""``huicheng cases learn``: categories from what officers made of closed cases."""

from __future__ import annotations

from pathlib import Path

import click

from huicheng.cli import options
from huicheng.cli.words import _
from huicheng.project import Configuration, run_learning


@click.command
@options.data()
@options.packs()
def learn(data: Path, packs: tuple[Path, ...]) -> None:
    """Learn from closed cases which category a text is of; suggestions use it from then on."""
    cases, categories, accuracy = run_learning(Configuration(data=data, packs=packs))
    said = _("%(cases)d cases of %(categories)d categories; of those held back %(share).0f %% were named rightly.")
    click.echo(said % {"cases": cases, "categories": categories, "share": accuracy * 100})
