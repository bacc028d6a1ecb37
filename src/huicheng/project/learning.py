"""Learning categories from closed cases, started from the command line."""

from __future__ import annotations

from huicheng.cases.learning import Experience, learn
from huicheng.platform import Platform
from huicheng.project.beside import beside
from huicheng.project.configuration import Configuration


def learn_categories(configuration: Configuration) -> Experience:
    """What was learnt; ``TooFewCases``."""

    def work(platform: Platform) -> Experience:
        return learn(platform.data)

    return beside(configuration, work)
