"""``huicheng ingest``: files of a source into history, or as if their rows arrived now."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import click
import msgspec

from huicheng.cli import options
from huicheng.cli.progress import Bar
from huicheng.cli.words import _
from huicheng.errors import Invalid
from huicheng.ingest import Ingest, Job, Summary, ingest_growing, ingest_history, ingest_live
from huicheng.packs import Pack, Source, entity_types, installed, read_packs
from huicheng.rules import CONSUMER
from huicheng.stores import OpenedStore, open_beside

_INTERRUPTED = 130


class Speed(click.ParamType[float]):
    """``3600x`` or ``3600``: seconds of event time in a second."""

    name = "speed"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The factor; a usage error when it is none."""
        try:
            speed = float(str(value).removesuffix("x"))
        except ValueError:
            speed = 0.0
        if not 0 < speed < float("inf"):
            self.fail(f"“{value}” is not a speed such as 3600x.", param, ctx)
        return speed


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says."""

    files: tuple[Path, ...]
    source: str
    #: ``None``: as files are usually taken, whole or growing.
    way: Literal["history", "live"] | None
    follow: bool
    speed: float | None
    data: Path
    packs: tuple[Path, ...]
    encoding: str | None
    again: bool
    as_json: bool
    #: Minutes that a row may be ahead of the clock.
    tolerance: float


@click.command
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@click.option("--source", required=True, help=_("Source that describes the columns, e.g. environment/air-hourly."))
@click.option(
    "--as",
    "way",
    type=click.Choice(["history", "live"]),
    help=_("Store without judging (the default), or judge as if the rows arrived at their own times."),
)
@click.option(
    "--follow",
    is_flag=True,
    help=_("Go on with what is added to the files, until Ctrl-C; the rules judge it, unless --as history."),
)
@click.option("--speed", type=Speed(), help=_("With --as live: seconds of event time in a second, e.g. 3600x."))
@options.data(_("Data directory; rows go to the server that runs on it, if one does."))
@options.packs()
@click.option("--encoding", help=_("Encoding of text files, where it is not UTF-8, UTF-16 or GB 18030."))
@click.option("--again", is_flag=True, help=_("Read files once more that have been read to their end."))
@click.option("--json", "as_json", is_flag=True, help=_("Print the summary as JSON."))
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=5,
    envvar="HUICHENG_FUTURE_TOLERANCE",
    show_default=True,
    help=_("Minutes that a row may be ahead of the clock."),
)
def ingest(**sent: Any) -> None:
    """Read files of a source: CSV and JSON lines (also gzipped), Parquet."""
    choices = Choices(**sent)
    if choices.speed is not None and (choices.way != "live" or choices.follow):
        raise click.UsageError("--speed goes with --as live, and not with --follow.")
    try:
        asyncio.run(_ingest(choices))
    except KeyboardInterrupt:
        click.echo(_("Stopped. The same command goes on where it was."), err=True)
        sys.exit(_INTERRUPTED)


async def _ingest(choices: Choices) -> None:
    packs = read_packs((*installed(), *choices.packs)) if choices.packs else read_packs()
    source = _source(packs, choices.source)
    store = open_beside(choices.data)
    began = time.monotonic()
    try:
        with Bar() as bar:
            job = _job(choices, packs, source, store, bar)
            summaries = await _run(choices, job, store)
    finally:
        await store.close()
    _report(choices, summaries, time.monotonic() - began)


def _job(choices: Choices, packs: Sequence[Pack], source: Source, store: OpenedStore, bar: Bar) -> Job:
    way_in = Ingest(store, entity_types(packs), tolerance=timedelta(minutes=choices.tolerance))
    return Job(way_in, choices.source, source, choices.data, encoding=choices.encoding, again=choices.again, watch=bar)


async def _run(choices: Choices, job: Job, store: OpenedStore) -> list[Summary]:
    if choices.follow:
        return await _follow(choices, job)
    if choices.way != "live":
        return await ingest_history(job, choices.files)
    if store.is_writer:
        click.echo(_("No server runs here: the rules judge these rows when “huicheng run” starts."), err=True)
    return await ingest_live(
        job, choices.files, speed=choices.speed, consumers=(CONSUMER,), running=not store.is_writer
    )


async def _follow(choices: Choices, job: Job) -> list[Summary]:
    """Until Ctrl-C, which lets the rows at hand be stored."""
    stopping = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    return await ingest_growing(job, choices.files, stopping, judged=choices.way != "history")


def _source(packs: Sequence[Pack], name: str) -> Source:
    sources = {f"{pack.id}/{key}": source for pack in packs for key, source in pack.sources.items()}
    if name not in sources:
        there = ", ".join(sorted(sources))
        raise Invalid(
            place="--source", why="There is no source “%(name)s”; there are: %(there)s.", name=name, there=there
        )
    return sources[name]


# -- the summary -----------------------------------------------------------------------------------

#: Count of Summary.progress → its name in the summary.
_COUNTS = {
    "rows": "rows",
    "accepted": "accepted",
    "duplicates": "duplicates",
    "rejected": "rejects",
    "empty": "empty",
    "observations": "observations",
}


_WORDS = {
    "rows": _("rows"),
    "accepted": _("accepted"),
    "duplicates": _("duplicates"),
    "rejects": _("rejects"),
    "empty": _("empty"),
    "observations": _("observations"),
    "seconds": _("seconds"),
}


def _report(choices: Choices, summaries: Sequence[Summary], seconds: float) -> None:
    """Totals on standard output, remarks on standard error."""
    for one in summaries:
        _remark(one)
    totals = {word: sum(_count(one, count) for one in summaries) for count, word in _COUNTS.items()}
    figures = {**totals, "seconds": round(seconds, 1)}
    if choices.as_json:
        click.echo(json.dumps(figures))
    else:
        click.echo("\n".join(f"{_WORDS[word]:<14}{figure:>12,}" for word, figure in figures.items()))


def _count(summary: Summary, count: str) -> int:
    """A count; of a file that had been read before, every row it took then is a duplicate now."""
    progress = summary.progress
    if not summary.known:
        return int(getattr(progress, count))
    before = {"duplicates": progress.accepted + progress.duplicates, "accepted": 0, "observations": 0}
    return before.get(count, int(getattr(progress, count)))


def _remark(summary: Summary) -> None:
    def say(what: str) -> None:
        click.echo(f"{summary.file}: {what}", err=True)

    if summary.known:
        say(_("read before, nothing to do (--again reads it once more)"))
    if summary.resumed_at:
        say(_("went on after row %(row)s") % {"row": f"{summary.resumed_at:,}"})
    if summary.lacking:
        say(_("has no column %(columns)s") % {"columns": ", ".join(summary.lacking)})
    if summary.rejects is not None:
        say(_("rejects are listed in %(file)s") % {"file": summary.rejects})
