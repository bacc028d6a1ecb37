"""Texts of packs and of errors, in the language of the page."""

from __future__ import annotations

import re

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huicheng.errors import HuichengError
from huicheng.errors.sentences import filled
from huicheng.packs import Text

_BETWEEN = " · "
_HAN = re.compile(r"[\u3400-\u9fff]")


def in_language(text: Text) -> str:
    """A pack's text in the language of the page; Chinese where that is missing, "" where nothing is."""
    spoken = "en" if (get_language() or "").startswith("en") else "zh-hans"
    return text.get(spoken) or text.get("zh-hans") or text.get("zh-Hans") or next(iter(text.values()), "")


def spoken(text: str) -> str:
    """One language of a line that says the same in both, "中文 · English", as sources and purposes do.

    A part without Chinese is English; what is written once only (GB 3095-2012) is shown in every language.
    """
    parts = text.split(_BETWEEN)
    english = [part for part in parts if not _HAN.search(part)]
    chinese = [part for part in parts if _HAN.search(part)]
    wanted = english if (get_language() or "").startswith("en") else chinese
    return _BETWEEN.join(wanted) or text


def problem_of(error: HuichengError) -> str:
    """What is wrong, translated."""
    return filled(error.problem, error.details, _)


def located(error: HuichengError) -> str:
    """Where, and what is wrong: of many lines of a file, or of many fields."""
    return f"{error.place}: {problem_of(error)}" if error.place else problem_of(error)


def remedy_of(error: HuichengError) -> str:
    """What to do, translated."""
    return filled(error.remedy, error.details, _)
