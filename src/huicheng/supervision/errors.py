"""What can go wrong at a draw."""

from __future__ import annotations

from huicheng.errors import HuichengError


class EmptyRegister(HuichengError):
    """Problem: nothing to draw from. Remedy: widen the choice, or bring the register in."""

    status = 422
    slug = "empty-register"
    problem = "The register has no objects for this draw."
    remedy = "Choose other fields, areas or risks, or bring the register in first."


class NoInspectors(HuichengError):
    """Problem: nobody in the unit inspects. Remedy: another unit, or the role for somebody."""

    status = 422
    slug = "no-inspectors"
    problem = "Nobody in this unit is an inspector."
    remedy = "Choose another unit, or have the security administrator give somebody the role."


class AlreadyDrawn(HuichengError):
    """Problem: a draw is drawn once. Remedy: look at its result, or plan another."""

    status = 409
    slug = "already-drawn"
    problem = "“%(title)s” has been drawn already."
    remedy = "Look at its result, or plan another draw."


class OwnDraw(HuichengError):
    """Problem: who plans must not draw. Remedy: somebody else draws."""

    status = 403
    slug = "own-draw"
    problem = "You have planned “%(title)s”, so you cannot also draw it."
    remedy = "Ask a colleague with this right to draw it in front of others."


class NobodyEligible(HuichengError):
    """Problem: every inspector has a conflict of interest with an object. Remedy: add inspectors."""

    status = 422
    slug = "nobody-eligible"
    problem = "Of %(objects)s objects, fewer than %(each)s inspectors are free of conflicts: %(names)s."
    remedy = "Add inspectors from another unit, or ask for fewer inspectors an object."
