"""The command line's words: Chinese where the environment's language is Chinese, else English.

The language of a process is settled when it starts, so texts may be translated where they stand.
"""

from __future__ import annotations

import os

from huicheng.errors import HuichengError
from huicheng.errors.sentences import sentence, translations

#: As ``gettext`` itself looks at the environment.
_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def language() -> str:
    """``zh`` or ``en``."""
    named = next((held for name in _VARIABLES if (held := os.environ.get(name))), "")
    return "zh" if named.lower().startswith("zh") else "en"


_ = translations(language()).gettext
ngettext = translations(language()).ngettext


def told(error: HuichengError) -> str:
    """Where, what and what to do, in one line."""
    said = sentence(language(), error.problem, error.remedy, error.details)["detail"]
    return f"{error.place}: {said}" if error.place else said
