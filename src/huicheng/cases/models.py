"""Cases and what happened to them. Only ``engine`` and the consumers write here.

Times are instants (µs, UTC) of the case clock, except where ``wall`` is said.
"""

from __future__ import annotations

from django.db import connections, models

from huicheng.access import Guard
from huicheng.cases.visibility import rows_where


class Source(models.TextChoices):
    """Where a case came from."""

    ALERT = "alert"
    PORTAL = "portal"
    DESK = "desk"


class ClockState(models.TextChoices):
    """What the legal clock does in the case's state (``packs.State.clock``)."""

    RUNS = "runs"
    PAUSED = "paused"
    STOPPED = "stopped"


class CaseRows(models.QuerySet["Case"]):
    """Cases, read through a guard."""

    def visible_to(self, guard: Guard) -> CaseRows:
        """Those that the guard's policies show."""
        condition = rows_where(guard, connections[self.db].vendor)
        return self if condition is None else self.filter(condition)


class Case(models.Model):
    """Anything with an owner, a legal clock, a state table and an append-only history."""

    #: yyMMdd by the case clock, then four digits or more of that day's sequence: ``2611220001``.
    number = models.CharField(max_length=16, unique=True)
    #: ``pack/kind``, e.g. ``environment/event``.
    kind = models.CharField(max_length=100)
    category = models.CharField(max_length=64)
    state = models.CharField(max_length=32)
    stage = models.CharField(max_length=32)
    source = models.CharField(max_length=8, choices=Source.choices)
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
    #: Code of the unit that answers for it: the category's, then the one it is dispatched to.
    owner_unit = models.CharField(max_length=32)
    #: Code of the unit that has it; "" before it is dispatched.
    handling_unit = models.CharField(max_length=32, blank=True)
    opened_at = models.BigIntegerField()
    #: ``None`` only for a kind without a limit.
    due_at = models.BigIntegerField(null=True)
    closed_at = models.BigIntegerField(null=True)
    in_time = models.BooleanField(null=True)
    #: The limit as it was when the case opened: ``packs.ClockLimit``.
    limit = models.JSONField()
    clock = models.CharField(max_length=8, choices=ClockState.choices, default=ClockState.RUNS)
    #: Pairs [start, end]; the end is null while the pause lasts.
    pauses = models.JSONField(default=list)
    #: ``due_at`` rests on days whose holidays are not published yet.
    due_assumed = models.BooleanField(default=False)
    #: Grows by one with each event.
    version = models.PositiveIntegerField(default=1)
    #: Subject of ``accounts.Contact`` or of an account; "" for a machine.
    reporter = models.CharField(max_length=64, blank=True)
    #: Keyed digest of the secret with which the reporter follows the case.
    follow_hash = models.CharField(max_length=64, blank=True)

    objects = CaseRows.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=("clock", "due_at"), name="case_clock_due"),
            models.Index(fields=("owner_unit",), name="case_owner_unit"),
            models.Index(fields=("handling_unit",), name="case_handling_unit"),
            models.Index(fields=("entity_ref",), name="case_entity_ref"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class CaseEvent(models.Model):
    """One thing that happened. Rows are never changed or removed: triggers refuse it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    #: 1, 2, 3 ... within the case; equals the case's version after it.
    seq = models.PositiveIntegerField()
    at = models.BigIntegerField()
    received = models.BigIntegerField(help_text="wall clock")
    #: ``open``, an action of the kind's table, ``alert-ended`` or ``alert-no-data``.
    action = models.CharField(max_length=32)
    from_state = models.CharField(max_length=32, blank=True)
    to_state = models.CharField(max_length=32)
    #: Subject of who did it; ``platform`` for a machine, ``anonymous`` for the public.
    actor = models.CharField(max_length=64)
    actor_unit = models.CharField(max_length=32, blank=True)
    form = models.JSONField(default=dict)
    #: Digests of attachments that came with it.
    attachments = models.JSONField(default=list)
    #: Hash chain over the case's events: SHA-256 of the one before and of this one's content.
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("case_id", "seq")
        constraints = (models.UniqueConstraint(fields=("case", "seq"), name="one_event_per_seq"),)

    def __str__(self) -> str:
        return f"{self.case_id}/{self.seq} {self.action}"


class CaseAttachment(models.Model):
    """A photograph that belongs to a case; the bytes are in ``files`` under its digest."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="attachments")
    #: ``seq`` of the event that brought it.
    event_seq = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    thumbnail = models.CharField(max_length=64)
    media_type = models.CharField(max_length=32)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("case", "event_seq", "digest"), name="one_attachment_per_event"),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.digest[:12]}"


class Outbox(models.Model):
    """What the projector has yet to write into the city: one row for each version of a case."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    #: The Case entity's attributes at that version: normalized NGSI-LD, without anything personal.
    body = models.JSONField()
    done = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("case", "version"), name="one_outbox_row_per_version"),)
        indexes = (models.Index(fields=("done", "id"), name="outbox_to_do"),)

    def __str__(self) -> str:
        return f"{self.case_id} v{self.version}"


class ConsumerPosition(models.Model):
    """How far a consumer of the feed that writes to people.db has come."""

    consumer = models.CharField(max_length=64, primary_key=True)
    seq = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.consumer} {self.seq}"


class DayCounter(models.Model):
    """The last case number given out on a day of the case clock."""

    day = models.CharField(max_length=6, primary_key=True)
    last = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.day} {self.last}"
