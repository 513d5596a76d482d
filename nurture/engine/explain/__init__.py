"""Why, and why not: one sentence about one step and one customer, and the ordered list of what was asked.

past        what was written down, as values
reasons     what can be asked: the seventeen questions, whose words a decision wrote, and what could be done
trail       the way to a step: which path was taken where it could have led there
verdict     the one answer: the last thing decided about the step
never       who never entered: what refused them, or how it stands now where nobody ever asked
checklist   every question in order, answered from the past, and by the present where nobody asked

Takes: the playbook, the photograph of one customer, what was written down about them, and now.
Gives: the outcome in a word, a sentence, and the checks; what was decided is told as it was written down then.
May touch: the journeys, the arbiter's judgement.
Never: a new decision; a guess about what nobody asked: that is answered as of now, and says so.
"""

from datetime import datetime
from typing import Any, NamedTuple

from nurture.engine.explain.checklist import Check, checklist
from nurture.engine.explain.never import never_entered
from nurture.engine.explain.past import Deed, Edition, Past, PastNote, PastWalk
from nurture.engine.explain.reasons import ASKED, Fix
from nurture.engine.explain.verdict import Case, judge
from nurture.engine.local import zone_for
from nurture.engine.playbook import Playbook
from nurture.engine.snapshot import Snapshot

__all__ = ["ASKED", "Check", "Deed", "Edition", "Explanation", "Fix", "Past", "PastNote", "PastWalk", "explain"]


class Explanation(NamedTuple):
    """The answer to why and why not.

    journey: the one it is about.  outcome, of a letter: sent, queued, held, skipped, withheld, cancelled, blocked,
    refused, unknown; of a task: open, done, lapsed, closed; of a notice: shown, seen, gone; of a call: called,
    failed; of any step: waiting, passed, suspended, not yet, another path, another variant, not in their version,
    left, finished, never entered, not entered again; of a journey: walking.
    sentence: for people.  checks: in the order of ASKED.  first_no: the index of the first that failed, None if none
    did.
    """

    journey: str
    outcome: str
    sentence: str
    checks: tuple[Check, ...]
    first_no: int | None

    @property
    def no(self) -> Check | None:
        """The first check that failed."""
        return self.checks[self.first_no] if self.first_no is not None else None

    def as_json(self) -> dict[str, Any]:
        """The answer as a program reads it."""
        return {**self._asdict(), "checks": [check.as_json() for check in self.checks]}


def explain(
    playbook: Playbook, snapshot: Snapshot, past: Past, journey: str, step: str | None, now: datetime
) -> Explanation:
    """Explain what happened at one step of one journey, or in the journey as a whole (step None)."""
    zone = zone_for(playbook.policy.window, snapshot.customer.zone).key
    case = Case(playbook, snapshot._replace(segments=playbook.segments, zone=zone), past, journey, step, now)
    verdict = judge(case) or never_entered(case)
    checks = checklist(case, verdict)
    first = next((n for n, check in enumerate(checks) if check.holds is False), None)
    return Explanation(journey, verdict.outcome, verdict.sentence, checks, first)
