"""Absence and delegation: who deputises for whom, for a time that ends by itself."""

from __future__ import annotations

import time

from django.db.models import QuerySet

from huicheng.access import Subject
from huicheng.accounts.guards import audit
from huicheng.accounts.models import Absence, Account
from huicheng.accounts.roles import ADMINISTRATORS, PROGRAMS
from huicheng.city import Instant
from huicheng.errors import HuichengError

RESOURCE = "absence"
_LONGEST = 366 * 24 * 3600 * 1_000_000


class AbsenceRefused(HuichengError):
    """Problem: this absence cannot be entered. Remedy: as it says."""

    status = 422
    slug = "absence-refused"
    problem = "%(why)s"
    remedy = "Choose another deputy, or another time."


def absent_for(deputy: Account) -> QuerySet[Account]:
    """Accounts for whom this one deputises now; one that was shut down has nothing to lend."""
    now = _now()
    running = Absence.objects.filter(deputy=deputy, start__lte=now, until__gt=now).values("account")
    return Account.objects.filter(pk__in=running, is_active=True).order_by("pk")


def running_of(account: Account) -> Absence | None:
    """The absence of this account that holds now."""
    now = _now()
    return Absence.objects.filter(account=account, start__lte=now, until__gt=now).select_related("deputy").first()


def declare(  # noqa: PLR0913 - one answer of the form each, by name
    *, account: Account, deputy: Account, start: Instant, until: Instant, reason: str, by: Subject
) -> Absence:
    """Enter it. ``AbsenceRefused``; whether ``by`` may is the caller's question. Audited."""
    _check_term(start, until)
    _check_deputy(account, deputy)
    if by.id == deputy.subject and by.id != account.subject:
        raise AbsenceRefused(why="Whoever enters an absence for somebody else cannot be the deputy.")
    if Absence.objects.filter(account=account, start__lt=until, until__gt=start).exists():
        raise AbsenceRefused(why="There is an absence in that time already; end it first.")
    made = Absence.objects.create(
        account=account, deputy=deputy, start=start, until=until, reason=reason[:200], made_by=by.id, made_at=_now()
    )
    facts = {"account": account.subject, "deputy": deputy.subject, "start": start, "until": until}
    audit(by, "create", RESOURCE, facts)
    return made


def end(absence: Absence, by: Subject) -> None:
    """It is over now; one that has not begun never was. Audited."""
    absence.until = max(absence.start, min(absence.until, _now()))
    absence.save(update_fields=["until"])
    audit(by, "update", RESOURCE, {"account": absence.account.subject, "until": absence.until})


def _check_term(start: Instant, until: Instant) -> None:
    if until <= start or until <= _now():
        raise AbsenceRefused(why="It must end after it begins, and not in the past.")
    if until - start > _LONGEST:
        raise AbsenceRefused(why="It is longer than a year; give the work to somebody else instead.")


def _check_deputy(account: Account, deputy: Account) -> None:
    if deputy.pk == account.pk:
        raise AbsenceRefused(why="Nobody deputises for themselves.")
    if not deputy.is_active or PROGRAMS & set(deputy.roles):
        raise AbsenceRefused(why="The deputy must be somebody who can sign in.")
    if ADMINISTRATORS & set(account.roles) != ADMINISTRATORS & set(deputy.roles):
        raise AbsenceRefused(why="An administrator deputises for an administrator of the same sort only.")


def _now() -> Instant:
    return time.time_ns() // 1000
