"""tests/cases/*.yaml: each course names a kind, actions and roles that there are, and each action is taken once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from huicheng.packs.checks.contracts import ROLES
from huicheng.packs.checks.judging import unknown
from huicheng.packs.courses import Act, Course
from huicheng.packs.document import Address
from huicheng.packs.fault import Fault
from huicheng.packs.kinds import CaseKind
from huicheng.packs.model import Pack
from huicheng.packs.places import Draft

#: Who does what comes by itself.
ITSELF = "platform"


def check_courses(draft: Draft, packs: Sequence[Draft]) -> Iterator[Fault]:
    """The checks of every course."""
    kinds = {f"{one.pack.id}/{key}": kind for one in packs for key, kind in one.pack.kinds.items()}
    for index, course in enumerate(draft.pack.courses):
        kind = draft.pack.kinds.get(course.kind)
        if kind is None:
            yield draft.course_fault(index, ("kind",), *unknown("kind", course.kind, draft.pack.kinds))
        else:
            yield from _course(draft, index, course, kind, kinds)


def _course(draft: Draft, index: int, course: Course, kind: CaseKind, kinds: dict[str, CaseKind]) -> Iterator[Fault]:
    if course.category not in kind.categories:
        yield draft.course_fault(index, ("category",), *unknown("category", course.category, kind.categories))
    beside = {name: kinds.get(ref.kind) for name, ref in course.beside.items()}
    for name, ref in course.beside.items():
        if ref.kind not in kinds:
            yield draft.course_fault(index, ("beside", name, "kind"), *unknown("kind of case", ref.kind, kinds))
    if course.about and course.about not in course.things:
        yield draft.course_fault(index, ("about",), *unknown("thing", course.about, course.things))
    role = course.by.partition("/")[0].partition("@")[0]
    if role and role not in ROLES:
        yield draft.course_fault(index, ("by",), *unknown("role", role, ROLES))
    for place, act in enumerate(course.acts):
        yield from _act(draft, index, ("acts", place), act, {"case": kind, **beside})


def _act(draft: Draft, index: int, at: Address, act: Act, cases: dict[str, CaseKind | None]) -> Iterator[Fault]:
    role = act.by.partition("/")[0].partition("@")[0]
    if role not in (*ROLES, ITSELF):
        yield draft.course_fault(index, (*at, "by"), *unknown("role", role, ROLES))
    if act.on not in cases and not act.on.startswith("part-"):
        yield draft.course_fault(index, (*at, "on"), *unknown("case", act.on, [*cases, "part-1"]))
    kind = cases.get(act.on)
    if kind is not None and act.does not in kind.transitions:
        yield draft.course_fault(index, (*at, "does"), *unknown("action", act.does, kind.transitions))
    if kind is not None and act.state and act.state not in kind.states:
        yield draft.course_fault(index, (*at, "state"), *unknown("state", act.state, kind.states))


def never_taken(pack: Pack) -> list[str]:
    """Actions of the pack's kinds that no course takes with success; a kind like another is that one."""
    taken = {
        (_kind_on(pack, course, act), act.does) for course in pack.courses for act in course.acts if not act.refused
    }
    known = {key: kind for key, kind in pack.kinds.items() if not _twin(pack, key)}
    return [
        f"{key} {action}" for key, kind in known.items() for action in kind.transitions if (key, action) not in taken
    ]


def _kind_on(pack: Pack, course: Course, act: Act) -> str:
    if act.on.startswith("part-"):
        opened = [row.opens for row in pack.kinds[course.kind].transitions.values() if row.opens is not None]
        return opened[0].kind.partition("/")[2] if opened else ""
    beside = course.beside.get(act.on)
    return course.kind if beside is None else beside.kind.partition("/")[2]


def _twin(pack: Pack, key: str) -> bool:
    """Whether an earlier kind has the same table."""
    earlier = list(pack.kinds)[: list(pack.kinds).index(key)]
    return any(pack.kinds[other].transitions == pack.kinds[key].transitions for other in earlier)
