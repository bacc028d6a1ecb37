"""What must hold between the parts of a pack, and between packs: one file of checks for each file of a pack."""

from collections.abc import Callable, Iterable, Sequence

from huicheng.packs.checks.cases import check_cases
from huicheng.packs.checks.contracts import check_contracts
from huicheng.packs.checks.courses import check_courses
from huicheng.packs.checks.demo import check_demo
from huicheng.packs.checks.entities import check_entities
from huicheng.packs.checks.evaluation import check_evaluation
from huicheng.packs.checks.imports import check_imports
from huicheng.packs.checks.indicators import check_indicators
from huicheng.packs.checks.manifest import check_manifest
from huicheng.packs.checks.maturity import check_maturity
from huicheng.packs.checks.opening import check_opening
from huicheng.packs.checks.rules import check_rules
from huicheng.packs.checks.screens import check_screens
from huicheng.packs.checks.simulations import check_simulations
from huicheng.packs.checks.sources import check_sources
from huicheng.packs.checks.tests import check_tests
from huicheng.packs.fault import Fault
from huicheng.packs.places import Draft

CHECKS: tuple[Callable[[Draft, Sequence[Draft]], Iterable[Fault]], ...] = (
    check_manifest,
    check_entities,
    check_sources,
    check_rules,
    check_cases,
    check_evaluation,
    check_opening,
    check_imports,
    check_contracts,
    check_indicators,
    check_screens,
    check_demo,
    check_simulations,
    check_tests,
    check_courses,
    check_maturity,
)

__all__ = ["CHECKS"]
