"""The running system and its browser."""

from browsing import axe, browser, demo, watched

__all__ = ["axe", "browser", "demo", "watched"]
