"""The case itself. Only ``engine`` and the consumers write here.

Times are instants (µs, UTC) of the case clock, except where ``wall`` is said.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connections, models

from huicheng.access import Guard
from huicheng.cases.visibility import rows_where

#: Later than every instant: where what has no limit, what waits, and what is over stand in the order of time left.
NO_LIMIT, WAITS, OVER = 2**60, 2**61, 2**62


class Source(models.TextChoices):
    """Where a case came from."""

    ALERT = "alert"
    PORTAL = "portal"
    DESK = "desk"
    COLLECTOR = "collector"
    HOTLINE = "hotline"
    OPEN311 = "open311"
    LEADER = "leader"
    PETITION = "petition"
    #: A sub-case, opened by an act on another.
    CASE = "case"
    #: Brought in from a file.
    FILE = "file"


class Urgency(models.TextChoices):
    """How far the case's clock, or that of its stage, has come (``packs.Warnings``)."""

    YELLOW = "yellow"
    RED = "red"
    OVERDUE = "overdue"


class ClockState(models.TextChoices):
    """What the legal clock does in the case's state (``packs.State.clock``)."""

    RUNS = "runs"
    PAUSED = "paused"
    STOPPED = "stopped"


class CaseRows(models.QuerySet["Case"]):
    """Cases, read through a guard."""

    def bulk_create(self, objs: Iterable[Case], *args: Any, **kwargs: Any) -> list[Case]:
        """Insert many at once, each with its place in the order of time left."""
        cases = list(objs)
        for case in cases:
            case.turn = case.turn_now()
        return super().bulk_create(cases, *args, **kwargs)

    def visible_to(self, guard: Guard) -> CaseRows:
        """Those that the guard's policies show."""
        condition = rows_where(guard, connections[self.db].vendor)
        return self if condition is None else self.filter(condition)


#: What lists are narrowed by.
_ASKED = (
    "kind",
    "state",
    "owner_unit",
    "handling_unit",
    "assignee",
    "escalated_to",
    "category",
    "division",
    "source",
    "warning",
    "marks",
    "opened_at",
    # Always null there; without it SQLite reads the row to see that.
    "closed_at",
)


class Case(models.Model):
    """Anything with an owner, a legal clock, a state table and an append-only history."""

    #: yyMMdd by the case clock, then four digits or more of that day's sequence: ``2611220001``.
    number = models.CharField(max_length=16, unique=True)
    #: ``pack/kind``, e.g. ``environment/event``.
    kind = models.CharField(max_length=100)
    category = models.CharField(max_length=64)
    state = models.CharField(max_length=32)
    stage = models.CharField(max_length=32)
    #: Key of the category's filing condition; "" where it has none.
    condition = models.CharField(max_length=64, blank=True)
    source = models.CharField(max_length=12, choices=Source.choices)
    #: Free text: never projected, never in the feed.
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    longitude = models.FloatField(null=True)
    latitude = models.FloatField(null=True)
    address = models.CharField(max_length=200, blank=True)
    #: Statistical code of the community or town (12 digits), "" when not known.
    division = models.CharField(max_length=12, blank=True)
    grid = models.CharField(max_length=20, blank=True)
    #: Unique where there is one: an alert opens one case.
    alert_id = models.CharField(max_length=200, null=True, unique=True)  # noqa: DJ001 - NULL is not a duplicate
    entity_ref = models.CharField(max_length=300, blank=True)
    #: The device that hears the orders of that thing; "" = the thing itself, or no order.
    device_ref = models.CharField(max_length=300, blank=True)
    #: What it orders: ``{attribute, value}`` of that thing; null = it is no order.
    command = models.JSONField(null=True)
    #: Of what but one case may be open (``packs.CaseKind.exclusive``); null once it is closed.
    exclusive_key = models.CharField(max_length=400, null=True, unique=True)  # noqa: DJ001 - NULL is not a duplicate
    #: Code of the unit that answers for it: the category's, then the one it is dispatched to.
    owner_unit = models.CharField(max_length=32)
    #: Code of the unit that has it; "" before it is dispatched.
    handling_unit = models.CharField(max_length=32, blank=True)
    #: Subject of the officer of that unit who has it; "" = anybody there.
    assignee = models.CharField(max_length=64, blank=True)
    #: Subject of the collector who found it, "" otherwise.
    collector = models.CharField(max_length=64, blank=True)
    #: It is a part of that one (协办, 子案件).
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="subcases")
    #: It says the same as that one, where it is dealt with.
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")
    #: ``supervised``, ``urgent``, ``forced`` ..., and the machine's ``no-place``, ``outside``.
    marks = models.JSONField(default=list)
    #: Answers of forms whose fields are ``projected``.
    answers = models.JSONField(default=dict)
    opened_at = models.BigIntegerField()
    #: From when the clock counts: the opening, or where a transition restarted it.
    clock_from = models.BigIntegerField()
    #: ``None`` only for a kind without a limit.
    due_at = models.BigIntegerField(null=True)
    closed_at = models.BigIntegerField(null=True)
    in_time = models.BooleanField(null=True)
    #: The limit as it was when the case opened: ``packs.ClockLimit``.
    limit = models.JSONField()
    #: Version of the standard that the limit comes from; 0 is the pack's.
    standard = models.PositiveIntegerField(default=0)
    clock = models.CharField(max_length=8, choices=ClockState.choices, default=ClockState.RUNS)
    #: Pairs [start, end]; the end is null while the pause lasts.
    pauses = models.JSONField(default=list)
    #: ``due_at`` rests on days whose holidays are not published yet.
    due_assumed = models.BooleanField(default=False)
    #: When the limit of the stage is due; ``None`` without one, or while the clock stands.
    stage_due_at = models.BigIntegerField(null=True)
    warning = models.CharField(max_length=8, choices=Urgency.choices, blank=True)
    #: The next instant at which the clock has something to say; ``None`` when it has nothing more.
    alarm_at = models.BigIntegerField(null=True)
    #: What the clocks as they stand have said already (``alarms.Alarm.key``).
    rung = models.JSONField(default=list)
    #: Code of the unit further up that sees it because it is late.
    escalated_to = models.CharField(max_length=32, blank=True)
    #: What comes first in an inbox: the next due time of a clock that runs, then what is paused, then what is over.
    #: Kept at every save. (A generated column would do the same, but no SQLite index that has one covers a query.)
    turn = models.BigIntegerField(default=NO_LIMIT)
    #: Grows by one with each event.
    version = models.PositiveIntegerField(default=1)
    #: Subject of ``accounts.Contact`` or of an account; "" for a machine.
    reporter = models.CharField(max_length=64, blank=True)
    #: Whoever reported it asks not to be named: policies leave the contact to those who took it down.
    quiet = models.BooleanField(default=False)
    #: Keyed digest of the secret with which the reporter follows the case.
    follow_hash = models.CharField(max_length=64, blank=True)

    #: Made by the sender (a telephone without a network, a program), so that what is sent twice is filed once.
    client_key = models.CharField(max_length=100, null=True, unique=True)  # noqa: DJ001 - NULL is not a duplicate

    objects = CaseRows.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=("assignee", "turn"), name="case_assignee"),
            models.Index(fields=("warning", "turn", "number"), condition=models.Q(closed_at=None), name="case_warning"),
            models.Index(fields=("owner_unit",), name="case_owner_unit"),
            models.Index(fields=("handling_unit",), name="case_handling_unit"),
            models.Index(fields=("entity_ref",), name="case_entity_ref"),
            models.Index(fields=("alarm_at",), name="case_alarm_at"),
            models.Index(fields=("escalated_to",), name="case_escalated_to"),
            models.Index(fields=("kind", "opened_at"), name="case_kind_opened"),
            # Lists of open cases: in order, with all that policies and filters ask, so that rows need not be read.
            models.Index(
                fields=("turn", "number", *_ASKED), condition=models.Q(closed_at=None), name="case_open_by_turn"
            ),
            models.Index(
                fields=("kind", "state", "turn", "number", *_ASKED[2:]),
                condition=models.Q(closed_at=None),
                name="case_board",
            ),
            # Open cases near a place, for duplicates.
            models.Index(fields=("latitude", "longitude"), condition=models.Q(closed_at=None), name="case_open_place"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Whatever is written, the place in the order of time left is written with it."""
        self.turn = self.turn_now()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "turn"}
        super().save(*args, **kwargs)

    def turn_now(self) -> int:
        """See ``turn``."""
        if self.clock == ClockState.PAUSED:
            return WAITS
        if self.clock == ClockState.STOPPED:
            return OVER
        return min((at for at in (self.stage_due_at, self.due_at) if at is not None), default=NO_LIMIT)
