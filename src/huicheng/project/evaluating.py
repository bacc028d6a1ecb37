"""Work on evaluation that a person starts from the command line, beside the running server or without it."""

from __future__ import annotations

import time

from huicheng.cases.times import case_now
from huicheng.desk.bulletin_page import make
from huicheng.indicators.bulletins import bulletin
from huicheng.indicators.fact_consumer import FactConsumer
from huicheng.indicators.printing import bulletin_pdf
from huicheng.platform import Platform
from huicheng.project.beside import beside
from huicheng.project.configuration import Configuration

#: Who makes a bulletin from the command line.
_BY = "platform"


def print_bulletin(configuration: Configuration, month: str, language: str, issue: int | None) -> bytes:
    """The PDF of one issue; without a number the newest, made now where something has changed or none is there."""

    def work(platform: Platform) -> bytes:
        del platform
        found = bulletin(month, issue) if issue else make(month, _BY, case_now())
        return bulletin_pdf(found.content[language], found.made_at)

    return beside(configuration, work)


def rebuild_facts(configuration: Configuration) -> tuple[int, float]:
    """Make all facts again from the store: how many cases, in how many seconds."""

    def work(platform: Platform) -> tuple[int, float]:
        begun = time.monotonic()
        return FactConsumer(platform).rebuild(), time.monotonic() - begun

    return beside(configuration, work)
