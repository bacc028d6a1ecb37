"""How passwords are hashed: Argon2id, at a cost that a small machine can pay for many people at once."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """19 MiB, two passes, one lane: the least that OWASP's Password Storage Cheat Sheet recommends.

    Django's own 100 MiB a sign-in would let a handful of guesses at once fill the memory of a
    district's machine; guesses are limited besides (``attempts``).
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
