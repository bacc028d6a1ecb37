"""The protocol of a draw, and drawing again from it alone: no database, no secret, nothing of the platform."""

from __future__ import annotations

import msgspec

from huicheng.supervision import lots
from huicheng.supervision.drawing import register_of
from huicheng.supervision.models import Draw
from huicheng.supervision.planning import Register


class Protocol(msgspec.Struct, frozen=True, kw_only=True):
    """All that was fixed before the draw, said at it, and came of it. Inspectors are opaque ids."""

    draw: str
    title: str
    number: int
    each: int
    register: Register
    register_digest: str
    commitment: str
    planned_at: int
    #: "" before the draw.
    words: str
    secret: str
    drawn_at: int | None
    result: list[lots.Drawn]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was compared."""

    #: ``register``, ``commitment``, ``objects`` or ``inspectors``.
    part: str
    agrees: bool


def protocol(one: Draw) -> Protocol:
    """What anybody may take away and check."""
    return Protocol(
        draw=one.id,
        title=one.title,
        number=one.number,
        each=one.each,
        register=register_of(one),
        register_digest=one.register_digest,
        commitment=one.commitment,
        planned_at=one.planned_at,
        words=one.words,
        secret=one.secret,
        drawn_at=one.drawn_at,
        result=msgspec.convert(one.result, list[lots.Drawn]),
    )


def replay(sent: Protocol) -> list[Finding]:
    """Draw again, and compare with what was published. Before the draw only the register can be compared."""
    findings = [Finding(part="register", agrees=sent.register.digest == sent.register_digest)]
    if sent.drawn_at is None:
        return findings
    secret = bytes.fromhex(sent.secret)
    seed = lots.seed_of(secret, sent.words)
    chosen = lots.choose(seed, sent.register.objects, sent.number)
    again = lots.assign(seed, chosen, sent.register.inspectors, sent.register.conflicts, sent.each)
    return [
        *findings,
        Finding(part="commitment", agrees=lots.commitment(secret) == sent.commitment),
        Finding(part="objects", agrees=chosen == [one.id for one in sent.result]),
        Finding(part="inspectors", agrees=again == sent.result),
    ]
