"""How to reach a reporter: sealed in the database, opened for a purpose, every reading audited."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from huicheng.accounts.models import Contact, new_subject
from huicheng.accounts.telephone import digest
from huicheng.errors import NotFound
from huicheng.files import kept_secret

_NONCE = 12


class Reachable(msgspec.Struct, frozen=True, kw_only=True):
    """What a reporter chose to say about themselves."""

    name: str = ""
    phone: str = ""
    email: str = ""


class Contacts:
    """The contacts of one data directory; their key is ``keys/contacts.key`` (AES-256-GCM)."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._cipher = AESGCM(kept_secret(data / "keys" / "contacts.key"))

    def keep(self, contact: Reachable, subject: str = "") -> str:
        """Seal and store it; the opaque subject under which it can be found again.

        With an account's ``subject`` it takes the place of what that account gave before.
        """
        subject, nonce = subject or new_subject(), secrets.token_bytes(_NONCE)
        # Bound to its subject: a sealed contact moved to another row does not open.
        sealed = nonce + self._cipher.encrypt(nonce, msgspec.json.encode(contact), subject.encode())
        found_by = digest(contact.phone, self._data)
        row = {"sealed": sealed, "created_at": time.time_ns() // 1000, "telephone": found_by}
        Contact.objects.update_or_create(subject=subject, defaults=row)
        return subject

    def of_telephone(self, number: str) -> list[str]:
        """Subjects under which this number has been kept; none is opened. Use ``cases.callers``."""
        known = digest(number, self._data)
        return list(Contact.objects.filter(telephone=known).values_list("subject", flat=True)) if known else []

    def open(self, subject: str) -> Reachable:
        """The contact; ``NotFound``. Callers audit first: use ``cases.contacts``."""
        contact = Contact.objects.filter(subject=subject).first()
        if contact is None:
            raise NotFound(what="contact", key=subject)
        sealed = bytes(contact.sealed)
        plain = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], subject.encode())
        return msgspec.json.decode(plain, type=Reachable)


def is_reachable(subject: str) -> bool:
    """Whether somebody has said how to reach them; tells nothing of what they said."""
    return bool(subject) and Contact.objects.filter(subject=subject).exists()
