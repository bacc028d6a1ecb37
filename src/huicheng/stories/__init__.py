"""Stories: whole ways through the system, told on a running installation by people in real browsers.

A story starts ``huicheng demo`` on a data directory, acts only through pages and public APIs, ends the
system in the middle and starts it again, and leaves screenshots and an evidence file. It needs the extra
``stories`` (Playwright) and Chromium.
"""

from huicheng.stories.telling import STORIES, tell

__all__ = ["STORIES", "tell"]
