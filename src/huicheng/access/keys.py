"""API keys: 256 random bits, shown once; only their hash is ever stored.

A plain SHA-256 is enough for a secret that nobody chose: there is no dictionary to try.
"""

from __future__ import annotations

import hashlib
import secrets

#: So that a key is recognised when it lies where it should not.
PREFIX = "hc_"


def new_key() -> str:
    """A new key; the caller shows it once and keeps :func:`key_hash` of it."""
    return PREFIX + secrets.token_urlsafe(32)


def key_hash(key: str) -> str:
    """What is stored and looked up: SHA-256 in hexadecimal."""
    return hashlib.sha256(key.encode()).hexdigest()
