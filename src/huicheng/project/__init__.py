"""The only composition root: configuration, processes, addresses.

Django's models can be imported only once its settings stand, and those follow the data directory.
So this face sets Django up first and imports the modules that need models after that; it is the
one place that does so.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import django
import uvloop

from huicheng.errors import Unavailable
from huicheng.files import kept_secret
from huicheng.ingest import Tick
from huicheng.packs import Course, Pack
from huicheng.people.setting import exists
from huicheng.project.broker_account import MQTT_ACCOUNT, mqtt_key
from huicheng.project.configuration import Configuration, from_environment
from huicheng.rules import Tested
from huicheng.stores import Moved

__all__ = [
    "MQTT_ACCOUNT",
    "Configuration",
    "from_environment",
    "import_cases",
    "move_store",
    "mqtt_key",
    "reindex_cases",
    "run_bulletin",
    "run_courses",
    "run_demo",
    "run_learning",
    "run_listener",
    "run_rebuild",
    "run_server",
    "run_worker",
    "verify_histories",
]


def run_server(configuration: Configuration) -> None:
    """Serve until SIGINT or SIGTERM."""
    _set_up(configuration)
    from huicheng.project.server import greet, serve  # noqa: PLC0415 - after Django's set-up, see above

    uvloop.run(serve(configuration, announce=greet))


def run_demo(configuration: Configuration) -> None:
    """Like :func:`run_server`, with the packs' examples and generated accounts."""
    _set_up(configuration)
    from huicheng.project.demo import Demonstration, prepare  # noqa: PLC0415 - as above
    from huicheng.project.server import serve  # noqa: PLC0415 - as above

    demo = Demonstration()
    uvloop.run(serve(configuration, prepare=prepare, announce=demo.announce, leave=demo.leave))


def run_worker(configuration: Configuration) -> None:
    """Consume the feed until the server that started this process goes."""
    configuration.export()
    django.setup()
    from huicheng.project.worker import work  # noqa: PLC0415 - as above

    uvloop.run(work(configuration))


def run_listener(configuration: Configuration, number: int) -> None:
    """Listen to the broker until the server that started this process goes."""
    from huicheng.project.listener import listen  # noqa: PLC0415 - the library of MQTT is not for every command

    uvloop.run(listen(configuration, number))


def run_bulletin(configuration: Configuration, month: str, language: str, issue: int | None) -> bytes:
    """The monthly bulletin as PDF; blocking."""
    configuration.export()
    django.setup()
    from huicheng.project.evaluating import print_bulletin  # noqa: PLC0415 - as above

    return print_bulletin(configuration, month, language, issue)


def run_rebuild(configuration: Configuration) -> tuple[int, float]:
    """The facts of evaluation, made again: how many cases, in how many seconds; blocking."""
    configuration.export()
    django.setup()
    from huicheng.project.evaluating import rebuild_facts  # noqa: PLC0415 - as above

    return rebuild_facts(configuration)


def run_courses(packs: Sequence[Pack], courses: Sequence[tuple[Pack, Course]]) -> list[Tested]:
    """What comes of the courses that packs bring along, each on an installation made for them; blocking."""
    with tempfile.TemporaryDirectory(prefix="huicheng-courses-") as folder:
        configuration = Configuration(data=Path(folder), database="")
        configuration.export()
        kept_secret(configuration.data / "keys" / "django.key")
        django.setup()
        from huicheng.project.trial import try_courses  # noqa: PLC0415 - as above

        return try_courses(configuration.data, packs, courses)


def import_cases(
    configuration: Configuration,
    source: str,
    files: Sequence[Path],
    encoding: str | None,
    watch: Callable[[Tick], None],
) -> list[Any]:
    """Bring files of cases in (``cases.importing.CaseFile``, with what came of each); blocking."""
    configuration.export()
    kept_secret(configuration.data / "keys" / "django.key")
    django.setup()
    from huicheng.project.importing import bring_in  # noqa: PLC0415 - as above

    return bring_in(configuration, source, files, encoding, watch)


def verify_histories(data: Path) -> tuple[int, int, list[tuple[str, int]]]:
    """Cases, events, and where a history is not as it was written: number of the case and event. Blocking."""
    _set_up_there(data)
    from huicheng.cases.history import check_all  # noqa: PLC0415 - as above

    checked = check_all()
    return checked.cases, checked.events, checked.broken


def reindex_cases(data: Path) -> int:
    """The full-text index of cases, written anew: of how many. Blocking."""
    _set_up_there(data)
    from huicheng.cases.search import reindex  # noqa: PLC0415 - as above

    return max(reindex(), default=0)


def move_store(data: Path, url: str) -> list[Moved]:
    """Move a stopped installation from its files into an empty PostgreSQL database; what came of each table. Blocking.

    Its files are called ``….moved`` then. ``Unavailable`` when a server runs, when there is a city in the database
    already, or when anything differs: then the files are as they were, and the database holds no city.
    """
    Configuration(data=data, database=url).export()
    kept_secret(data / "keys" / "django.key")
    django.setup()
    from huicheng.project.moving import move_installation  # noqa: PLC0415 - as above

    return move_installation(data, url)


def run_learning(configuration: Configuration) -> tuple[int, int, float]:
    """Learn categories from closed cases: how many cases and categories, and how right on cases held back; blocking."""
    configuration.export()
    django.setup()
    from huicheng.project.learning import learn_categories  # noqa: PLC0415 - as above

    learnt = learn_categories(configuration)
    return learnt.cases, len(learnt.classes), learnt.accuracy


def _set_up_there(data: Path) -> None:
    """For work on an installation that is there already."""
    configuration = Configuration(data=data)
    if not exists(data, configuration.database):
        raise Unavailable(place=str(data), why="There is no installation here.", mend="Name its directory with --data.")
    configuration.export()
    kept_secret(data / "keys" / "django.key")
    django.setup()


def _set_up(configuration: Configuration) -> None:
    configuration.check()
    configuration.export()
    # The settings read this secret when they are imported, so the first start makes it before.
    kept_secret(configuration.data / "keys" / "django.key")
    django.setup()
