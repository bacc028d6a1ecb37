"""The secret with which a reporter follows a case: told once, kept as a keyed digest."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256

from huicheng.files import kept_secret
from huicheng.platform import current

#: Without 0 O 1 I L, which are confused when read aloud or written down; 10 of them are 49 bits.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH = 10


def new_secret() -> str:
    """Ten signs at random."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def spoken(secret: str) -> str:
    """``7K3MX-9QWTA``, as it is told."""
    return f"{secret[:5]}-{secret[5:]}"


def as_given_out(secret: str) -> str:
    """As it was given out, however it was written down."""
    return "".join(secret.upper().split()).replace("-", "")


def digest(secret: str) -> str:
    """Keyed, so that a stolen database does not let anybody try all secrets."""
    key = kept_secret(current().data / "keys" / "follow.key")
    return hmac.new(key, secret.encode(), sha256).hexdigest()
