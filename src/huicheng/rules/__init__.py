"""Rules: observations in, alerts by episodes out, in event time, exactly once.

See docs/explanation/rules-and-episodes.md.
"""

from huicheng.rules.alert import alert_id
from huicheng.rules.episode import Episode, Standing
from huicheng.rules.evidence import Item
from huicheng.rules.explanation import Explanation, Seen, explain
from huicheng.rules.judge import CONSUMER, Judge, Now
from huicheng.rules.pack_tests import Tested, run_pack_test
from huicheng.rules.program import Program, programs
from huicheng.rules.standing import LimitStanding, RuleStanding, TableStanding, standing

__all__ = [
    "CONSUMER",
    "Episode",
    "Explanation",
    "Item",
    "Judge",
    "LimitStanding",
    "Now",
    "Program",
    "RuleStanding",
    "Seen",
    "Standing",
    "TableStanding",
    "Tested",
    "alert_id",
    "explain",
    "programs",
    "run_pack_test",
    "standing",
]
