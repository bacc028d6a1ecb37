"""cases.yaml: a kind of case as a state table with clocks, forms, categories and measures (W4.1, G4).

A kind is the whole of a process. What an answer in a form does to the case is said by the field's
``kind`` (see :class:`FormField`), so an engine that knows the field kinds knows every process.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import msgspec

from huicheng.packs.declared import Declared, Text


class CaseRef(Declared, frozen=True, kw_only=True):
    """Kind and category, e.g. ``environment/event`` and ``pm25-hourly``."""

    kind: str
    category: str


class Opens(CaseRef, frozen=True, kw_only=True):
    """The case that a rule or a transition opens."""

    #: "" = the category of the case that opens it, with that one's answers.
    category: str = ""
    #: Attribute of the thing that is judged, or that the case is about: a Relationship to the thing that the new
    #: case is about. "" = the same thing.
    target: str = ""
    #: Answers to what is asked at its opening.
    answers: dict[str, Any] = {}
    #: State in which it begins; "" = as its category says.
    state: str = ""


class ClockLimit(Declared, frozen=True, kw_only=True):
    """A legal or local time limit.

    urgent_hour 紧急工作时, work_hour 工作时, work_day 工作日, natural_day 自然日; second 秒, round the clock: for
    machines.
    """

    value: float
    type: Literal["urgent_hour", "work_hour", "work_day", "natural_day", "second"]
    source: str
    verified: bool = False
    #: Whose rule it is, where it is another place's: no rule of this district, however well its source was read.
    taken_from: Text = {}


class Stage(Declared, frozen=True, kw_only=True):
    """A part of the way (派遣, 处置, 核查 ...) with a limit of its own, beside the case's."""

    name: Text
    limit: ClockLimit | None = None
    #: Field (kind time) of the kind's ``opening``: the stage ends at the time that was answered, whatever its limit and
    #: whether or not the case's clock runs.
    until: str = ""
    #: The transition that the platform takes by itself when the limit has passed; with ``until``, at that time.
    then: str = ""


class Warnings(Declared, frozen=True, kw_only=True):
    """At which shares of a limit (0 to 1) the clock turns yellow and red; holds for stages too."""

    yellow: float
    red: float
    source: str
    verified: bool = False


class Escalation(Declared, frozen=True, kw_only=True):
    """When this share of the limit has passed (1 = due, 1.5 = half as long again), who else sees the case."""

    at: float
    #: Steps up the reporting line from the unit that has it.
    steps: int = 1
    source: str
    verified: bool = False


class State(Declared, frozen=True, kw_only=True):
    """One state of the table."""

    name: Text
    #: What the public sees.
    public: Text
    #: One of ``stages`` where the kind declares them.
    stage: str
    #: It ends the case. Only transitions with ``reopens`` leave it.
    final: bool = False
    #: The clock runs, is paused, or has stopped in this state.
    clock: Literal["runs", "paused", "stopped"] = "runs"
    #: The order of the category (``Command``) is out: the Case entity carries it in ``command``.
    orders: bool = False


class FormField(Declared, frozen=True, kw_only=True):
    """One answer. Its kind says what it does:

    text, choice, number, time, photo: kept with the event · ``unit``: that unit answers for the case and has
    it from now on · ``units``: each gets a sub-case of the transition's ``opens`` (协办) · ``person``: an officer
    of the unit who has it · ``extension``: so much is added to the case's limit, in the limit's own measure ·
    ``category``, ``condition``: another category or filing condition, with its limit · ``case``: number of
    another case that this one is merged into · ``about``: number of another case, which is what this one is about ·
    ``position``: where the device stood, how exactly it knows, and
    how far that is from the case: proof that somebody was there · ``course``: places one after the other, kept as
    GeoJSON: a line, or an area where the last place is the first.
    """

    name: Text
    kind: Literal[
        "text",
        "choice",
        "unit",
        "units",
        "person",
        "photo",
        "number",
        "time",
        "extension",
        "category",
        "condition",
        "case",
        "about",
        "position",
        "course",
    ] = "text"
    required: bool = True
    choices: dict[str, Text] = {}
    #: Bounds of a number.
    minimum: float | None = None
    maximum: float | None = None
    #: The answer (choice or number) is carried by the Case entity in ``answers``: for policies and figures.
    projected: bool = False
    #: The reporter may read it (an answer to a question, a reason for a refusal).
    public: bool = False
    #: Answers (of a choice) by which the reporter asks not to be named: the case is ``quiet`` from then on.
    conceals: list[str] = []
    #: Help beside the field.
    hint: Text = {}


class Notice(Declared, frozen=True, kw_only=True):
    """A word that a transition sends out."""

    to: Literal["reporter", "unit", "superior"]
    #: Sentence with ``{number}``, ``{category}``, ``{unit}``, ``{due}``; nothing personal.
    says: Text


class Transition(Declared, frozen=True, kw_only=True):
    """One row of the state table. The policy verb is ``case.<action>``."""

    #: States it leaves from; ``["*"]`` is every state that is not final.
    from_: list[str] = msgspec.field(name="from")
    #: "" = the case stays in its state (supervise, urge, note), or goes back (``undoes``).
    to: str = ""
    #: The action that this one takes back: it leads to the state which that one left, with the owner, the unit and
    #: the officer who had it then, and the stage's clock goes on as if it had never stopped being that stage's.
    undoes: str = ""
    #: Not once one of these was done since the case came into its state (a recall, until the unit acts).
    unless: list[str] = []
    name: Text
    form: dict[str, FormField] = {}
    #: Not by anyone who did one of these actions on the case: judge and actor apart. ``open`` is one of them.
    not_by_actor_of: list[str] = []
    primary: bool = False
    #: Keyboard shortcut.
    key: str = ""
    #: It leaves a final state again: the case is open once more.
    reopens: bool = False
    #: Only so long after the case was closed (with ``reopens``).
    within: ClockLimit | None = None
    #: The case's clock starts anew at this moment.
    restarts_clock: bool = False
    #: Marks it sets and takes away: ``supervised`` 督办, ``urgent``, ``forced``, ``typical`` ...
    marks: list[str] = []
    unmarks: list[str] = []
    #: The sub-cases for the units of a ``units`` field; or, with a ``target``, one sub-case about another thing.
    opens: Opens | None = None
    #: Not while a sub-case is open.
    waits: bool = False
    #: Not while what the case makes would meet anything that ``CaseKind.clear_of`` names.
    clear: bool = False
    notices: list[Notice] = []


class Condition(Declared, frozen=True, kw_only=True):
    """One filing condition (立案条件) of a category, with its own limit and closing condition."""

    files_when: Text
    closes_when: Text
    limit: ClockLimit
    valid_from: date | None = None


class Command(Declared, frozen=True, kw_only=True):
    """What an order of a category says to the thing that it is about: which attribute is to become what."""

    #: Type of the thing.
    target: str
    attribute: str
    #: The value; ``None`` = the answer to the field ``answer`` of the questions.
    value: str | float | bool | None = None
    answer: str = ""


class Category(Declared, frozen=True, kw_only=True):
    """What a case is about (小类)."""

    name: Text
    #: Code of the classification, e.g. ``0102``; "" for none.
    code: str = ""
    #: Big class (大类); public addresses group by it.
    group: Text = {}
    #: Filing condition and closing condition in words, where there is but one.
    files_when: Text = {}
    closes_when: Text = {}
    #: The unit of last resort, when nothing else says who answers.
    owner_unit: str
    #: ``place``: first who answers for the grid cell (事件先属地), ``thing``: first who maintains the thing
    #: (部件先属主), ``fixed``: always ``owner_unit``.
    owner_by: Literal["fixed", "place", "thing"] = "fixed"
    limit: ClockLimit
    #: Several filing conditions; the first is taken until an officer chooses.
    conditions: dict[str, Condition] = {}
    #: What else a reporter is asked (Open311 service definition).
    questions: dict[str, FormField] = {}
    #: Action → fields that this category adds to the action's form (a checklist).
    forms: dict[str, dict[str, FormField]] = {}
    #: Words by which people call it, for search and suggestion.
    keywords: list[str] = []
    #: Citizens may choose it on the portal, and programs by Open311.
    public: bool = False
    #: State in which its cases begin; "" = the kind's ``initial``.
    initial: str = ""
    #: It is an order to a thing.
    command: Command | None = None


class Makes(Declared, frozen=True, kw_only=True):
    """The entity ``urn:ngsi-ld:TYPE:NUMBER`` that a case makes of the answers at its opening."""

    type: str
    #: Attribute → field of ``opening`` that gives it.
    attributes: dict[str, str]
    #: Attribute that says how far it has come, and state of the case → its value. In other states nothing is written.
    status: str
    states: dict[str, str]


class ClearOf(Declared, frozen=True, kw_only=True):
    """Entities that what a case makes must not meet: in plan, in height and in time at once.

    Read are ``location``, ``floor``, ``ceiling``, ``validFrom`` and ``validTo``; what is missing holds everything.
    """

    type: str
    #: Which of them count: an expression over their attributes.
    where: str = "TRUE"
    #: So many metres in plan, and between heights, count as met.
    apart: float = 0
    above: float = 0
    source: str
    verified: bool = False


#: What a row of an evaluation table stands for. ``group`` is the big class (大类), ``person`` whoever did an act.
Subject = Literal["town", "community", "grid", "unit", "category", "group", "source", "person", "collector"]


class Measure(Declared, frozen=True, kw_only=True):
    """One column of an evaluation table: rows counted, a rate of two counts, or a mean; over cases or acts.

    Expressions read the facts of docs/reference/evaluation.md; ``period_start`` and ``period_end`` are names.
    """

    name: Text
    #: Rows that count; with ``of``, the numerator among ``of``.
    count: str
    of: str = ""
    #: ``mean`` of this expression over the rows instead of their number.
    mean: str = ""
    #: What a mean is of: its figures are seconds, shown as hours, or a plain number.
    unit: Literal["", "seconds"] = ""
    #: The formula in words.
    words: Text
    direction: Literal["up", "down", "none"] = "none"
    source: str = ""
    verified: bool = False
    #: A unit may object to a case in it; the objection, accepted, takes the case out of this measure.
    contested: bool = False


class Scheme(Declared, frozen=True, kw_only=True):
    """How subjects of one sort are evaluated (区域, 部门, 岗位, 采集员)."""

    name: Text
    #: Grows by one whenever a formula changes; every run says with which it was counted.
    version: int = 1
    #: What a row of the table is.
    subject: Subject
    #: Kinds whose cases are counted, ``pack/kind``; empty = only the kind that declares it.
    kinds: list[str] = []
    #: Facts that are counted: one for each case, or one for each act.
    over: Literal["case", "act"] = "case"
    #: Acts of these actions, for ``over: act``; empty = all.
    actions: list[str] = []
    #: Rows that are looked at at all, beside those of the period; "" = all.
    rows: str = ""
    measures: dict[str, Measure]
    #: Expression over the measures' names, per hundred; "" = no score, so no ranking.
    score: str = ""
    #: The score in words.
    score_words: Text = {}
    valid_from: date
    source: str
    verified: bool = False
    #: It stands in the monthly bulletin.
    bulletin: bool = True


class CaseKind(Declared, frozen=True, kw_only=True):
    """One kind of case: any process with an owner and a clock."""

    name: Text
    initial: str
    states: dict[str, State]
    #: Action → row of the table.
    transitions: dict[str, Transition]
    categories: dict[str, Category]
    #: Stages in their order; empty = the states' stages, without limits.
    stages: dict[str, Stage] = {}
    warnings: Warnings | None = None
    escalation: list[Escalation] = []
    #: What is asked when one is opened at the desk, beside category, text and place.
    opening: dict[str, FormField] = {}
    #: Whence one comes that an officer opens: calls are taken down at the hotline seat, petitions on their page,
    #: leaders' instructions on the general one. Others come from the desk, or from a collector's telephone.
    source: Literal["desk", "hotline", "leader", "petition"] = "desk"
    #: It needs a place; "" where it has none, so that no page asks for one.
    place: Literal["needed", "asked", "none"] = "asked"
    #: Reporter, text and course are for those who handle it only; it is never suggested as a duplicate.
    confidential: bool = False
    evaluation: dict[str, Scheme] = {}
    #: At most one case is open for each value of these: ``refEntity`` or an attribute of the thing that it is about
    #: (``controlGroup``); the first that the thing has counts. Empty = as many as there are.
    exclusive: list[str] = []
    #: Kinds, ``pack/kind``, of which an officer may open a case as a part of an open one.
    parts: list[str] = []
    makes: Makes | None = None
    clear_of: list[ClearOf] = []
    #: Case fields that the Case entity carries; never personal ones.
    projected: list[str]


def begins_in(kind: CaseKind, category: Category) -> str:
    """The state in which a case of the category begins."""
    return category.initial or kind.initial
