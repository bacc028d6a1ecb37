"""One command, sub-commands. Each stands in a file of its own, and is imported when it is called."""

from __future__ import annotations

import sys

import click

from huicheng.cli.cases import cases
from huicheng.cli.late import Late
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


for command in (
    cases,
    Late(
        "bulletin",
        "huicheng.cli.evaluation:bulletin",
        _("Print the monthly bulletin of evaluation as PDF (needs the extra “print”)."),
    ),
    Late(
        "demo",
        "huicheng.cli.run:demo",
        _("Serve a demonstration with example stations and generated accounts."),
    ),
    Late("devices", "huicheng.cli.devices:devices", _("Devices: register, keys, files for a broker.")),
    Late("evaluation", "huicheng.cli.evaluation:evaluation", _("Evaluation of units, areas and officers.")),
    Late(
        "ingest",
        "huicheng.cli.ingest:ingest",
        _("Read files of a source: CSV and JSON lines (also gzipped), Parquet."),
    ),
    Late("listener", "huicheng.cli.run:listener", hidden=True),
    Late(
        "migrate-store",
        "huicheng.cli.moving:migrate_store",
        _(
            "Move a stopped installation from city.db and people.db into a PostgreSQL database, compared table by"
            " table: all of it or nothing."
        ),
    ),
    Late("packs", "huicheng.cli.packs:packs", _("Domains: folders with rules, cases and policies.")),
    Late("run", "huicheng.cli.run:run", _("Serve an installation: doors, writer and worker.")),
    Late(
        "stories",
        "huicheng.cli.stories:stories",
        _("Tell a story on a data directory of its own: pages, APIs, a restart; leaves screenshots and evidence."),
    ),
    Late("worker", "huicheng.cli.run:worker", hidden=True),
):
    main.add_command(command)
