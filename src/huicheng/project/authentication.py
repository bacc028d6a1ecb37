"""Who asks at a data door: an API key, else the session of a signed-in person, else nobody."""

from __future__ import annotations

import asyncio
from http.cookies import CookieError, SimpleCookie

from django.conf import settings

from huicheng.access import Subject
from huicheng.accounts.subjects import ANONYMOUS, subject_of_session
from huicheng.api import Authenticate, Scope, UnknownKey, key_of
from huicheng.stores import Authority

#: Who everybody is under ``--no-auth``, which only a loopback address allows.
_UNKEYED = Subject(id="no-auth", roles=("integration", "broker"))


def authenticator(authority: Authority, *, no_auth: bool) -> Authenticate:
    """The function that doors ask. Keys and sessions are read anew each time, so revocation holds at once."""

    async def authenticate(scope: Scope) -> Subject:
        key = key_of(scope)
        if key:
            subject = await authority.subject_of_key(key)
            if subject is None:
                raise UnknownKey
            return subject
        if no_auth:
            return _UNKEYED
        session = _session(dict(scope["headers"]).get(b"cookie", b""))
        return await asyncio.to_thread(subject_of_session, session) if session else ANONYMOUS

    return authenticate


def _session(header: bytes) -> str:
    try:
        cookies = SimpleCookie(header.decode("latin-1"))
    except CookieError:
        return ""
    held = cookies.get(settings.SESSION_COOKIE_NAME)
    return held.value if held else ""
