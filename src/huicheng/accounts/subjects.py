"""From accounts and sessions to subjects, which is all that policies and history know of a person."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth import get_user
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from huicheng.access import Subject
from huicheng.accounts.models import Account

#: Nobody in particular: what is open to ``anyone``.
ANONYMOUS = Subject(id="anonymous", roles=())


def subject_of(user: AbstractBaseUser | AnonymousUser) -> Subject:
    """The subject of ``request.user``; :data:`ANONYMOUS` for nobody and for an account shut down.

    Also for one whose password somebody else has set: until its owner has chosen another, two people know it.
    """
    if not isinstance(user, Account) or not user.is_active or user.must_change_password:
        return ANONYMOUS
    return Subject(id=user.subject, roles=tuple(user.roles), unit=user.unit_id or "")


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
