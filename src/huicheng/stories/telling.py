"""Telling a story from beginning to end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from huicheng.stories import dispute, flood
from huicheng.stories.evidence import Evidence
from huicheng.stories.people import Company, company
from huicheng.stories.system import System


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """One of the five."""

    title: str
    #: The moment at which it begins, by the case clock; "" = now.
    begins: str
    told: Callable[[System, Company, Evidence], None]
    #: It needs the simulated district (extra ``simulation``).
    simulated: bool = False


STORIES: dict[str, Story] = {
    "S1": Story(title=flood.TITLE, begins="", told=flood.tell, simulated=True),
    "S2": Story(title=dispute.TITLE, begins=dispute.BEGINS, told=dispute.tell),
}


def tell(name: str, data: Path, out: Path) -> Evidence:
    """Tell it on a data directory that is fresh, or was a story's before; what it left lies in ``out``.

    Raises ``StoryFailed`` where something did not go as the story says, after ending the system.
    """
    story = STORIES[name]
    evidence = Evidence(out, name, story.title)
    data.mkdir(parents=True, exist_ok=True)
    system = System(data=data, simulated=story.simulated)
    system.start()
    if story.begins:
        system.stop()
        system.set_clock(story.begins)
        system.start()
    try:
        with company(system, evidence) as people:
            story.told(system, people, evidence)
        evidence.finish()
    finally:
        system.stop()
    return evidence
