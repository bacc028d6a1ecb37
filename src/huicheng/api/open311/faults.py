"""What this door refuses beside what every door does."""

from __future__ import annotations

from huicheng.errors import HuichengError


class KeyMissing(HuichengError):
    """Problem: a service request was sent without a key. Remedy: send one."""

    status = 403
    slug = "key-missing"
    problem = "Service requests are taken from programs with an api_key."
    remedy = "Ask the security administrator of the district for a key and send it as api_key."


class NotOffered(HuichengError):
    """Problem: the case offers no such act to you now. Remedy: read its state and send what it allows."""

    slug = "not-offered"
    problem = "The service request %(number)s takes no such update from you now."
    remedy = "It takes: %(offered)s."
