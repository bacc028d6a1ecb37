"""The house rules of the code, as far as a program can see them (docs/decisions/0001-the-house.md)."""

from __future__ import annotations

import ast
import re
import statistics
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest
import tree

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
MEDIAN_FUNCTION = 15

#: Names that say nothing about what a file holds.
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}

#: Where somebody's own machine shows through.
WORKPLACE = re.compile(r"(?<![\w.\-*/])/(?:home|Users|root|work|workspace)/\w")

SQL = re.compile(
    r"\s*(SELECT\s.+\sFROM\s|INSERT\s+(OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|ALTER\s+TABLE\s"
    r"|CREATE\s+(UNIQUE\s+|VIRTUAL\s+|TEMP\s+)*(TABLE|INDEX|VIEW|TRIGGER)\s|DROP\s+(TABLE|INDEX|VIEW)\s)",
    re.IGNORECASE | re.DOTALL,
)
#: What may be said to a connection in place: no rows, no names of tables.
IN_PLACE = re.compile(
    r"\s*(BEGIN|COMMIT|ROLLBACK|PRAGMA|SAVEPOINT|RELEASE|SET|LOAD|INSTALL|ATTACH|DETACH|VACUUM)\b", re.IGNORECASE
)
#: File → why it may hold SQL in Python.
SQL_ALLOWED = {
    "src/huicheng/stores/sqlite/schema.py": "what was migrated is asked before there is a schema for named ones",
}

#: The stores; and expressions, which evaluates one row in a database in memory.
APSW_USERS = ("src/huicheng/stores/", "src/huicheng/expressions/")

#: The data half and the ground: what their ``__init__.py`` does not name belongs to nobody else.
ROOMS_WITH_A_FACE = {
    *("access", "calendar", "city", "context", "expressions", "files", "ingest", "packs", "rules", "stores"),
}

SOURCES = tree.under("src", ".py")


def test_the_tests_see_the_product() -> None:
    assert len(SOURCES) > 30


def test_no_imports_run_in_a_circle_also_not_those_inside_of_functions() -> None:
    graph = grimp.build_graph("huicheng", cache_dir=None)
    imported = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    in_order = [*TopologicalSorter(imported).static_order()]  # CycleError names the modules
    assert len(in_order) == len(graph.modules)


def test_a_file_is_about_one_noun_and_at_most_400_lines_long() -> None:
    watched = [*SOURCES, *tree.under("tests", ".py"), *tree.under("bench", ".py"), *tree.under("frontend", ".ts")]
    lines = {tree.name(path): path.read_text("utf-8").count("\n") for path in watched}
    assert {path: count for path, count in lines.items() if count > LONGEST_FILE} == {}


def test_no_function_is_longer_than_60_lines() -> None:
    watched = [*SOURCES, *tree.under("tests", ".py"), *tree.under("bench", ".py")]
    assert [
        f"{tree.name(path)}:{function.lineno} {function.name}: {tree.length(function)} lines"
        for path in watched
        for function in tree.functions(path)
        if tree.length(function) > LONGEST_FUNCTION
    ] == []


def test_half_of_all_functions_are_at_most_15_lines_long() -> None:
    lengths = [tree.length(function) for path in SOURCES for function in tree.functions(path)]
    assert statistics.median(lengths) <= MEDIAN_FUNCTION


def test_no_file_has_a_name_that_says_nothing() -> None:
    parts = {tree.name(path): {Path(part).stem for part in path.relative_to(tree.REPO).parts} for path in tree.files()}
    assert [path for path, words in parts.items() if words & EMPTY_NAMES] == []


def test_no_file_shows_the_machine_it_was_written_on() -> None:
    found = []
    for path in tree.files():
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{tree.name(path)}: {match.group()}" for match in WORKPLACE.finditer(text)]
    assert found == []


def test_sql_stands_in_sql_files() -> None:
    found = [
        f"{tree.name(path)}:{line}: {text[:60]!r}"
        for path in SOURCES
        if tree.name(path) not in SQL_ALLOWED
        for line, text in tree.strings(path)
        if SQL.match(text)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "is_sql"),
    [
        ("SELECT id FROM entity WHERE id = ?", True),
        (" insert or replace into feed values (?)", True),
        ("UPDATE position SET seq = ?", True),
        ("CREATE TABLE x (a)", True),
        ("Select a file, then send it.", False),
        ("Update it, or choose another identifier.", False),
    ],
)
def test_sql_is_told_from_sentences(text: str, is_sql: bool) -> None:  # noqa: FBT001 - a table
    assert bool(SQL.match(text)) is is_sql


@pytest.mark.parametrize(
    ("call", "put_together"),
    [
        ('c.execute(f"SELECT {x}")', True),
        ('c.execute("DELETE FROM t WHERE a = %s" % x)', True),
        ('c.execute("INSERT INTO t VALUES (?)", row)', True),
        ("c.execute(STATEMENTS.upsert, row)", False),
        ('c.execute("BEGIN IMMEDIATE")', False),
        ('c.execute(f"PRAGMA cache_size = {pages}")', False),
    ],
)
def test_a_statement_put_together_in_place_is_recognised(call: str, put_together: bool) -> None:  # noqa: FBT001 - a table
    node = ast.parse(call, mode="eval").body
    assert isinstance(node, ast.Call)
    assert _put_together(node) is put_together


def test_files_that_may_hold_sql_are_there_and_do() -> None:
    assert all(any(SQL.match(text) for _, text in tree.strings(tree.REPO / path)) for path in SQL_ALLOWED)


def test_no_statement_is_put_together_where_it_is_executed() -> None:
    found = [
        f"{tree.name(path)}:{node.lineno}"
        for path in SOURCES
        if tree.name(path) not in SQL_ALLOWED
        for node in ast.walk(tree.syntax(path))
        if isinstance(node, ast.Call)
        and tree.called(node) in {"execute", "executemany", "executescript"}
        and _put_together(node)
    ]
    assert found == []


def _put_together(call: ast.Call) -> bool:
    """Whether the statement is an f-string, a sum, a ``%`` or ``format``, or more than a word in place."""
    if not call.args:
        return False
    match call.args[0]:
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
            return not IN_PLACE.match(text)
        case ast.JoinedStr() | ast.BinOp():
            return True
        case ast.Call() as inner:
            return tree.called(inner) == "format"
        case ast.Constant(value=str(text)):
            return not IN_PLACE.match(text)
    return False


def test_city_db_is_opened_by_apsw_only_and_people_db_by_django_only() -> None:
    """Two libraries on one SQLite file lose committed rows (docs/decisions/0001-the-house.md)."""
    faults = []
    for path in SOURCES:
        modules = _imported(path)
        named = {
            database for _, text in tree.strings(path) for database in ("city.db", "people.db") if database in text
        }
        faults += [f"{tree.name(path)}: {modules & {'sqlite3', 'django'}} beside city.db"] * (
            "city.db" in named and bool(modules & {"sqlite3", "django"})
        )
        faults += [f"{tree.name(path)}: apsw beside people.db"] * ("people.db" in named and "apsw" in modules)
    assert faults == []


def test_only_the_stores_open_files_with_apsw_and_nobody_imports_sqlite3() -> None:
    users = {tree.name(path): _imported(path) & {"apsw", "sqlite3"} for path in SOURCES}
    assert [path for path, found in users.items() if found and not path.startswith(APSW_USERS)] == []
    assert [path for path, found in users.items() if "sqlite3" in found] == []


def test_rooms_without_django_are_imported_by_their_face() -> None:
    """A face is the room's ``__init__.py``; Django loads its own rooms before that could import their models."""
    strangers = [
        f"{tree.name(path)}: {module}"
        for path in SOURCES
        for module in _modules(path)
        if module.startswith("huicheng.")
        and module.count(".") > 1
        and (room := module.split(".")[1]) in ROOMS_WITH_A_FACE
        and not path.is_relative_to(tree.REPO / "src" / "huicheng" / room)
    ]
    assert strangers == []


def _imported(path: Path) -> set[str]:
    """First names of all modules that a module imports."""
    return {module.split(".")[0] for module in _modules(path)}


def _modules(path: Path) -> set[str]:
    """Full names of all modules that a module imports, or imports from."""
    found: set[str] = set()
    for node in ast.walk(tree.syntax(path)):
        match node:
            case ast.Import(names=names):
                found |= {alias.name for alias in names}
            case ast.ImportFrom(module=str(module), level=0):
                found.add(module)
    return found


def test_every_silenced_check_gives_its_reason() -> None:
    bare = re.compile(r"#\s*(noqa(?!: [A-Z]+\d+(, ?[A-Z]+\d+)*\W+\w)|type: ignore(?!\[[\w, -]+\]\W+\w))")
    found = [
        f"{tree.name(path)}:{number}"
        for path in (*SOURCES, *tree.under("tests", ".py"))
        if path != Path(__file__)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if bare.search(line)
    ]
    assert found == []
