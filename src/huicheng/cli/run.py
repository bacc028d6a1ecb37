"""``huicheng run``, ``huicheng demo`` and the worker that they start."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from huicheng.cli import options
from huicheng.cli.words import _
from huicheng.project import Configuration, from_environment, run_demo, run_listener, run_server, run_worker

_DATA = options.data(_("Directory of all data; made when it is not there."))
_OPTIONS = (
    _DATA,
    click.option(
        "--host", default="127.0.0.1", envvar="HUICHENG_HOST", show_default=True, help=_("Address to listen on.")
    ),
    click.option("--port", type=int, default=8000, envvar="HUICHENG_PORT", show_default=True, help=_("Port.")),
    options.packs(),
    click.option(
        "--boundary",
        type=click.Path(path_type=Path, exists=True, dir_okay=False, resolve_path=True),
        envvar="HUICHENG_BOUNDARY_FILE",
        help=_("GeoJSON file (WGS 84) with the district's outline."),
    ),
    click.option(
        "--notify-private",
        default="",
        envvar="HUICHENG_NOTIFY_PRIVATE",
        help=_("Notify also loopback addresses (loopback) or private networks (yes)."),
    ),
    click.option(
        "--context-map",
        type=click.Path(path_type=Path, exists=True, dir_okay=False, resolve_path=True),
        envvar="HUICHENG_CONTEXT_MAP",
        help=_("JSON file that says which file holds the remote JSON-LD context at an address."),
    ),
    click.option(
        "--tolerance",
        type=float,
        default=5.0,
        envvar="HUICHENG_FUTURE_TOLERANCE",
        show_default=True,
        help=_("Minutes that an observation may be ahead of the clock."),
    ),
    click.option(
        "--compact-after",
        type=click.FloatRange(min=0),
        default=3600.0,
        envvar="HUICHENG_COMPACT_AFTER",
        show_default=True,
        help=_("Seconds that changes stay in the feed before they are compacted into Parquet files, and after."),
    ),
    click.option(
        "--mqtt",
        "mqtt_url",
        default="",
        envvar="HUICHENG_MQTT",
        help=_("Broker to listen to: mqtt://host or mqtts://host. Without it nobody listens."),
    ),
    click.option(
        "--mqtt-processes",
        type=click.IntRange(min=1, max=64),
        default=1,
        envvar="HUICHENG_MQTT_PROCESSES",
        show_default=True,
        help=_("Processes that share what the broker hands over."),
    ),
)


def _with_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)


@click.command
@_with_options
@click.option("--no-auth", is_flag=True, help=_("Answer data doors without a key; loopback addresses only."))
def run(*, no_auth: bool, **choices: Any) -> None:
    """Serve an installation: doors, writer and worker."""
    _log_to_stderr()
    run_server(Configuration(no_auth=no_auth, **choices))


@click.command
@_with_options
@click.option("--examples", is_flag=True, help=_("File example cases, marked 示例, where there is no case yet."))
@click.option(
    "--simulation/--no-simulation",
    default=True,
    envvar="HUICHENG_SIMULATION",
    show_default=True,
    help=_("Start the models of the simulated district."),
)
def demo(**choices: Any) -> None:
    """Serve a demonstration with example stations and generated accounts."""
    _log_to_stderr()
    run_demo(Configuration(demo=True, **choices))


@click.command
def worker() -> None:
    """Consume the feed. Started by ``run`` and ``demo``; ends with them."""
    _log_to_stderr()
    run_worker(from_environment())


@click.command
@click.argument("number", type=click.IntRange(min=0))
def listener(number: int) -> None:
    """Listen to the broker. Started by ``run`` and ``demo``; ends with them."""
    _log_to_stderr()
    run_listener(from_environment(), number)
