"""What a story leaves behind: steps with who, what, address, figures and a screenshot; as JSON and to read."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import msgspec


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that somebody did or saw."""

    number: int
    who: str
    what: str
    #: Path of the page; "" for a step outside the browser.
    address: str
    screenshot: str
    #: What was checked, by name.
    facts: dict[str, Any]
    at: str


class Evidence:
    """Kept in a folder as the story goes on, so that a story that fails has left what it saw."""

    def __init__(self, folder: Path, story: str, title: str) -> None:
        self.folder = folder
        self._story, self._title = story, title
        self._steps: list[Step] = []
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def steps(self) -> list[Step]:
        return list(self._steps)

    def picture(self) -> Path:
        """Where the next step's screenshot goes."""
        return self.folder / f"{len(self._steps) + 1:02d}.png"

    def note(self, who: str, what: str, *, address: str = "", screenshot: str = "", **facts: Any) -> None:
        """One more step."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        number = len(self._steps) + 1
        self._steps.append(
            Step(number=number, who=who, what=what, address=address, screenshot=screenshot, facts=facts, at=at)
        )
        self._write(passed=False)

    def finish(self) -> None:
        """All of it happened as the story says."""
        self._write(passed=True)

    def _write(self, *, passed: bool) -> None:
        told = {"story": self._story, "title": self._title, "passed": passed, "steps": self._steps}
        (self.folder / "evidence.json").write_bytes(msgspec.json.format(msgspec.json.encode(told)))
        rows = "\n".join(map(_row, self._steps))
        head = f"{escape(self._story)} {escape(self._title)}"
        (self.folder / "index.html").write_text(_PAGE.format(title=head, rows=rows), "utf-8")


_PAGE = """<!doctype html><html lang="zh-hans"><meta charset="utf-8"><title>{title}</title>
<h1>{title}</h1><ol>
{rows}
</ol></html>
"""


def _row(step: Step) -> str:
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in step.facts.items())
    picture = f'<img src="{escape(step.screenshot)}" width="720" alt="{escape(step.what)}">' if step.screenshot else ""
    return (
        f"<li><p><b>{escape(step.who)}</b> {escape(step.what)} {escape(step.address)}</p><dl>{facts}</dl>{picture}</li>"
    )
