"""From accounts and sessions to subjects, which is all that policies and history know of a person."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from django.contrib.auth import get_user
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from huicheng.access import Subject
from huicheng.accounts.absences import absent_for
from huicheng.accounts.models import Account
from huicheng.accounts.units import units_below
from huicheng.platform import current

#: Nobody in particular: what is open to ``anyone``.
ANONYMOUS = Subject(id="anonymous", roles=())


def subject_of(user: AbstractBaseUser | AnonymousUser) -> Subject:
    """The subject of ``request.user``; :data:`ANONYMOUS` for nobody and for an account shut down.

    Also for one whose password somebody else has set: until its owner has chosen another, two people know it.
    """
    if not isinstance(user, Account) or not user.is_active or user.must_change_password:
        return ANONYMOUS
    deputised = tuple(_alone(absent) for absent in absent_for(user))
    return msgspec.structs.replace(_alone(user), deputises=deputised)


def _alone(account: Account) -> Subject:
    """The subject without those for whom it deputises."""
    unit = account.unit_id or ""
    return Subject(
        id=account.subject,
        roles=tuple(account.roles),
        unit=unit,
        units=units_below(unit) if unit else (),
        divisions=divisions_of(account),
    )


def divisions_of(account: Account) -> tuple[str, ...]:
    """Codes of the divisions that the account's holder works in; none for who belongs to no unit and has no area."""
    if not account.area and not account.unit_id:
        return ()
    return tuple(code for code in current().divisions if code.startswith(account.area))


def subject_of_session(key: str | None) -> Subject:
    """The subject behind a session cookie, for doors outside Django; blocking.

    A session ends with its account, with a change of password, and with its age.
    """
    if not key:
        return ANONYMOUS
    request = HttpRequest()
    request.session = SessionStore(key)
    return subject_of(get_user(request))


def names_of(subjects: Iterable[str]) -> dict[str, str]:
    """Subject → display name, for those that are accounts."""
    found = Account.objects.filter(subject__in=set(subjects))
    return dict(found.values_list("subject", "display_name"))
