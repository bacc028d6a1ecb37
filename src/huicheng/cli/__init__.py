"""One command, sub-commands. Each stands in a file of its own."""

from __future__ import annotations

import sys

import click

from huicheng.cli.cases import cases
from huicheng.cli.devices import devices
from huicheng.cli.evaluation import bulletin, evaluation
from huicheng.cli.ingest import ingest
from huicheng.cli.learn import learn
from huicheng.cli.moving import migrate_store
from huicheng.cli.packs import packs
from huicheng.cli.reindex import reindex
from huicheng.cli.run import demo, listener, run, worker
from huicheng.cli.stories import stories
from huicheng.cli.verify import verify
from huicheng.cli.words import _, told
from huicheng.errors import HuichengError


class _Program(click.Group):
    """Tells a user's mistake in a sentence with its remedy, and ends with status 2."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except HuichengError as error:
            click.echo(f"huicheng: {told(error)}", err=True)
            sys.exit(2)


@click.group(cls=_Program, help=_("慧城 Huicheng: the operating platform of a smart city."))
@click.version_option(package_name="huicheng")
def main() -> None:
    """慧城 Huicheng: the operating platform of a smart city."""


cases.add_command(reindex)
cases.add_command(learn)
cases.add_command(verify)
for command in (
    bulletin,
    cases,
    demo,
    devices,
    evaluation,
    ingest,
    listener,
    migrate_store,
    packs,
    run,
    stories,
    worker,
):
    main.add_command(command)
