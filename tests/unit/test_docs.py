"""The documents are complete and their links lead somewhere: what is not written down fails here."""

from __future__ import annotations

import re
from pathlib import Path

import click
import declared
import pytest
import tree

from huicheng.accounts.roles import ROLES

DOCUMENTS = [
    *tree.under("docs", ".md"),
    *(path for path in tree.files() if path.suffix == ".md" and path.parent == tree.REPO),
]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
#: Code between backticks, which is how a document names a thing.
CODE = re.compile(r"`([^`\n]+)`")
HEADING = re.compile(r"^#+\s+(.*)$", re.MULTILINE)


def reference(name: str) -> str:
    return (tree.REPO / "docs" / "reference" / name).read_text("utf-8")


def words(text: str) -> set[str]:
    """What a document names in code: whole spans, and the words in them."""
    spans = CODE.findall(text)
    return set(spans) | {word for span in spans for word in re.split(r"[\s=,:|/<>()\[\]]+", span)}


def test_every_setting_is_documented_and_none_that_is_not_read() -> None:
    named = set(declared.SETTING.findall(reference("settings.md")))
    # Set for tests and for the Makefile only.
    assert named == declared.settings() | {"HUICHENG_TEST_DATA", "HUICHENG_TEST_ENGINES"}


@pytest.mark.parametrize(
    ("path", "command"), list(declared.commands()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_command_and_its_options_are_documented(path: str, command: click.Command) -> None:
    sections = re.split(r"^## ", reference("commands.md"), flags=re.MULTILINE)
    own = [section for section in sections if section.startswith(f"`{path}`\n")]
    assert len(own) == 1, f"docs/reference/commands.md needs one section “## `{path}`”"
    assert set(declared.options(command)) - words(own[0]) == set()


def test_no_command_is_documented_that_does_not_exist() -> None:
    documented = re.findall(r"^## `(huicheng[^`]*)`$", reference("commands.md"), re.MULTILINE)
    assert set(documented) == {path for path, _ in declared.commands()}


def test_every_error_is_documented_and_none_that_does_not_exist() -> None:
    documented = re.findall(r"^\| `([a-z-]+)` \|", reference("errors.md"), re.MULTILINE)
    assert sorted(documented) == sorted(declared.error_slugs())


def test_every_verb_of_a_policy_is_documented() -> None:
    assert {"read", "case.report"} <= declared.verbs()
    assert declared.verbs() - words(reference("policies.md")) == set()


def test_every_role_is_documented_with_its_chinese_name_and_none_that_does_not_exist() -> None:
    documented = re.findall(r"^\| `([a-z-]+)` \| (\S+) \|", reference("roles.md"), re.MULTILINE)
    assert dict(documented) == {name: role.title["zh-hans"] for name, role in ROLES.items()}


def test_packs_grant_to_roles_that_exist() -> None:
    assert declared.granted_roles()
    assert declared.granted_roles() <= set(ROLES)


def test_every_key_of_a_pack_is_documented() -> None:
    assert declared.pack_keys() - words(reference("packs.md")) == set()


def test_every_file_of_a_pack_is_documented() -> None:
    files = {path.name for path in declared.PACK_FILES}
    assert "pack.yaml" in files
    assert files - words(reference("packs.md")) == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=tree.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    broken = [target for target in _targets(document) if not _exists(document, target)]
    assert broken == []


def _targets(document: Path) -> list[str]:
    """Links inside the checkout."""
    links = (match["target"] for match in LINK.finditer(document.read_text("utf-8")))
    return [link for link in links if "://" not in link and not link.startswith("mailto:")]


def _exists(document: Path, target: str) -> bool:
    file, _, fragment = target.partition("#")
    path = (document.parent / file).resolve() if file else document
    if not path.exists():
        return False
    return not fragment or fragment in {_anchor(title) for title in HEADING.findall(path.read_text("utf-8"))}


def _anchor(title: str) -> str:
    """The address that a heading gets on the usual hosts."""
    kept = re.sub(r"[^\w\- ]", "", title.strip().lower())
    return kept.replace(" ", "-")


def test_every_document_can_be_reached_from_the_index() -> None:
    seen: set[Path] = set()
    waiting = [tree.REPO / "docs" / "README.md"]
    while waiting:
        document = waiting.pop()
        if document in seen or document.suffix != ".md":
            continue
        seen.add(document)
        waiting += [(document.parent / target.partition("#")[0]).resolve() for target in _targets(document)]
    assert [tree.name(path) for path in tree.under("docs", ".md") if path not in seen] == []


def test_every_decision_says_its_status() -> None:
    records = [path for path in tree.under("docs/decisions", ".md") if path.name != "README.md"]
    assert records
    assert [tree.name(path) for path in records if "\nStatus: " not in path.read_text("utf-8")] == []
