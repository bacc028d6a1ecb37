"""API keys: 256 random bits, shown once; only their hash is ever stored.

A plain SHA-256 is enough for a secret that nobody chose: there is no dictionary to try.
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64encode

#: So that a key is recognised when it lies where it should not.
PREFIX = "hc_"


def new_key() -> str:
    """A new key; the caller shows it once and keeps :func:`key_hash` of it."""
    return PREFIX + secrets.token_urlsafe(32)


def key_hash(key: str) -> str:
    """What is stored and looked up: SHA-256 in hexadecimal."""
    return hashlib.sha256(key.encode()).hexdigest()


#: As Mosquitto's own tool writes it. More would slow down nobody who tries keys of 256 random bits, and every device
#: that connects.
_ROUNDS = 101
_SALT_BYTES = 12


def broker_hash(key: str) -> str:
    """The key as Mosquitto's password file has it: salted PBKDF2 with SHA-512 (``$7$rounds$salt$hash``)."""
    salt = secrets.token_bytes(_SALT_BYTES)
    derived = hashlib.pbkdf2_hmac("sha512", key.encode(), salt, _ROUNDS)
    return f"$7${_ROUNDS}${b64encode(salt).decode()}${b64encode(derived).decode()}"
