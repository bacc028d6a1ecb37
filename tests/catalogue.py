"""Every message that a person may see, found in templates, code and errors; and the catalogues that translate them.

``python tests/catalogue.py`` brings the catalogues up to date: new messages come in untranslated, lost ones go.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from huicheng.errors.sentences import OURS

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "huicheng"
LOCALE = SOURCE / "web" / "locale"
LANGUAGES = ("zh_Hans", "en")

_KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
#: Module-level names whose texts are message ids shown by a door: of forms and reports, of attributes that stay.
_MESSAGE_MODULES = (
    *(SOURCE / "cases" / name for name in ("forms.py", "making.py", "opening.py", "orders.py", "reporting.py")),
    SOURCE / "api" / "ngsild" / "fragments.py",
)

_HEADER = {
    "project": "Huicheng",
    "version": "1",
    "header_comment": "# Messages of Huicheng (Apache-2.0). Brought up to date by tests/catalogue.py.",
    "creation_date": datetime(2026, 11, 22, tzinfo=UTC),
    "revision_date": datetime(2026, 11, 22, tzinfo=UTC),
    "last_translator": "Huicheng",
    "language_team": "Huicheng",
    "msgid_bugs_address": "",
}

#: Message id or (singular, plural), and its context.
Message = tuple[str | tuple[str, str], str | None]


@cache
def messages() -> list[Message]:
    """Each once, in order."""
    found = [
        *_of_templates(),
        *_of_code(),
        *_of_errors(),
        *_of_reasons(),
        *_of_checks(),
        *_of_queries(),
        *_of_constants(),
        *_of_lists(),
    ]
    return sorted(set(found), key=str)


def catalogue(language: str) -> Catalog:
    """One catalogue as committed."""
    path = _path(language)
    if not path.is_file():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _path(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def _of_templates() -> Iterator[Message]:
    from django.utils.translation.template import templatize  # noqa: PLC0415 - needs the settings below

    for path in sorted(SOURCE.rglob("templates/**/*.html")):
        code = templatize(path.read_text("utf-8"), origin=str(path))
        # What is left of a template looks like Python without its indentation.
        yield from _extracted("\n".join(line.strip() for line in code.splitlines()))


def _of_code() -> Iterator[Message]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield from _extracted(path.read_text("utf-8"))


def _extracted(text: str) -> Iterator[Message]:
    for _line, found, _comments, context in extract("python", BytesIO(text.encode()), _KEYWORDS):
        message = (str(found[0]), str(found[1])) if isinstance(found, tuple) else str(found)
        yield message, context


def _of_errors() -> Iterator[Message]:
    """``problem`` and ``remedy`` of every error class."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                yield from _sentences(node)


def _sentences(node: ast.ClassDef) -> Iterator[Message]:
    for one in node.body:
        if isinstance(one, ast.Assign) and isinstance(one.value, ast.Constant) and isinstance(one.value.value, str):
            names = {target.id for target in one.targets if isinstance(target, ast.Name)}
            if names & {"problem", "remedy"}:
                yield one.value.value, None


def reasons() -> Iterator[tuple[Path, ast.expr]]:
    """What an error is told in sentences of ours: ``Invalid(why="…", mend="…")``."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for given in getattr(node, "keywords", ()):
                if given.arg in OURS:
                    yield from ((path, one) for one in _either(given.value))


def _either(said: ast.expr) -> Iterator[ast.expr]:
    if isinstance(said, ast.IfExp):
        yield from _either(said.body)
        yield from _either(said.orelse)
    else:
        yield said


def _of_reasons() -> Iterator[Message]:
    for _, said in reasons():
        if isinstance(said, ast.Constant) and isinstance(said.value, str) and said.value:
            yield said.value, None


def _of_checks() -> Iterator[Message]:
    """``Sentence(problem, remedy)`` of the checks of incoming values, and what to do instead at a read-only door."""
    for name in ("ingest/problem.py", "api/ngsild/permission.py"):
        for node in ast.walk(ast.parse((SOURCE / name).read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Sentence":
                yield from ((str(part.value), None) for part in node.args if isinstance(part, ast.Constant))
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "READ_ONLY":
                yield from ((str(ast.literal_eval(part)), None) for part in getattr(node.value, "values", ()))


def _of_queries() -> Iterator[Message]:
    """What is expected where a query breaks off: ``fault("…")``, or handed on to it."""
    for node in ast.walk(ast.parse((SOURCE / "context" / "conditions.py").read_text("utf-8"))):
        given = node.defaults if isinstance(node, ast.arguments) else getattr(node, "args", ())
        if isinstance(node, ast.arguments) or getattr(getattr(node, "func", None), "attr", "") in {"fault", "ordered"}:
            texts = [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            yield from ((text, None) for text in texts if " " in text)


def _of_constants() -> Iterator[Message]:
    """Sentences that are given names: they are shown beside a field."""
    for path in _MESSAGE_MODULES:
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                text = node.value.value
                if isinstance(text, str) and text.endswith("."):
                    yield text, None


def _of_lists() -> Iterator[Message]:
    """Words of enumerations."""
    from huicheng.calendar import Reason  # noqa: PLC0415 - needs the settings below
    from huicheng.cases.models import Source  # noqa: PLC0415 - needs the settings below
    from huicheng.expressions.expression import NOUNS  # noqa: PLC0415 - needs the settings below

    yield from ((str(reason), None) for reason in Reason)
    yield from ((str(source.label), None) for source in Source)
    yield from ((noun, None) for noun in NOUNS.values())


def update(language: str) -> list[str]:
    """Write the catalogue with today's messages; those without a translation."""
    old, new = catalogue(language), Catalog(locale=language, charset="utf-8", fuzzy=False, **_HEADER)
    missing = []
    for message, context in messages():
        known = old.get(message, context)
        text = known.string if known is not None else ""
        if not text and language == "en":
            text = message
        new.add(message, text, context=context)
        if not text or not any(text):
            missing.append(str(message))
    _path(language).parent.mkdir(parents=True, exist_ok=True)
    with _path(language).open("wb") as file:
        write_po(file, new, width=110, no_location=True, omit_header=False, sort_output=True)
    return missing


def _ready() -> None:
    """Django as the installation has it, without a database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huicheng.project.settings")
    import django  # noqa: PLC0415 - only when run

    django.setup()


if __name__ == "__main__":
    _ready()
    for one in LANGUAGES:
        for untranslated in update(one):
            sys.stdout.write(f"{one}: {untranslated}\n")
