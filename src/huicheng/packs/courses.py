"""tests/cases/*.yaml: the course of a case told in acts: who does what, and what must come of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from huicheng.packs.declared import Declared
from huicheng.packs.kinds import CaseRef


class Act(Declared, frozen=True, kw_only=True):
    """One act on the case, and what must hold after it; what is not said is not compared."""

    #: ``role``, ``role@unit`` (else the unit of the role's demo account), and ``/2`` for another person alike;
    #: ``device`` is the thing that the case is about, ``platform`` what comes by itself until then.
    by: str
    does: str
    #: ``case``, a name of ``beside``, or ``part-1``, ``part-2`` for the sub-cases as they were opened.
    on: str = "case"
    #: Case clock; default is the time of the act before.
    at: datetime | None = None
    #: The form. ``@x`` stands for the number of the case called x, or for the person ``x`` in a field of that
    #: kind; a field of kind ``photo`` says how many.
    answers: dict[str, Any] = {}
    #: Slug of the error that it must meet (``refused``, ``same-person`` ...); then nothing has changed.
    refused: str = ""
    state: str = ""
    #: Unit that has it.
    unit: str = ""
    due: datetime | None = None
    in_time: bool | None = None
    #: All that transitions set, in any order.
    marks: list[str] | None = None


class Thing(Declared, frozen=True, kw_only=True):
    """An entity of a course, which is there before the case is opened."""

    type: str
    #: Attribute → value; a text that begins with ``urn:`` is where a Relationship leads.
    attributes: dict[str, str | float | bool] = {}


class Course(Declared, frozen=True, kw_only=True):
    """A sentence, and the acts that prove it. A kind is tested when each of its actions is taken once."""

    name: str
    #: Local id of the kind in this pack.
    kind: str
    category: str
    opens: datetime
    #: Answers to ``opening`` of the kind and ``questions`` of the category, as they are kept.
    opening: dict[str, Any] = {}
    #: Other cases that are opened before: name → kind and category.
    beside: dict[str, CaseRef] = {}
    #: Entities by their ids, and which of them the case is about.
    things: dict[str, Thing] = {}
    about: str = ""
    #: Who opens it, as in ``Act.by``; "" = the platform.
    by: str = ""
    #: Unit that answers from the beginning; default is as the category says.
    unit: str = ""
    due: datetime | None = None
    acts: list[Act]
