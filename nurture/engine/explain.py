"""Why, and why not: one sentence about one step and one customer, and the ordered list of what was asked.

What was decided is told as it was written down then; only what nobody ever asked is answered live, and says so.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from nurture.engine.arbiter import Proposal, clearance
from nurture.engine.journey import Version
from nurture.engine.playbook import Playbook
from nurture.engine.snapshot import Snapshot
from nurture.engine.steps.email import Email


class PastNote(NamedTuple):
    """What was once noted about a step, or about the journey as a whole (step None)."""

    at: datetime
    do: str
    because: str
    step: str | None
    until: datetime | None = None


class PastMessage(NamedTuple):
    """What became of the step's letter.  at: when it was handed over, or decided where it never was."""

    at: datetime
    state: str
    because: str
    not_before: datetime


class PastWalk(NamedTuple):
    """The latest enrollment in the journey."""

    state: str
    step: str | None
    because: str
    entered_at: datetime
    ended_at: datetime | None
    due_at: datetime | None


class Past(NamedTuple):
    """Everything written down about one customer, one journey and one step; notes newest first."""

    walk: PastWalk | None
    message: PastMessage | None
    notes: Sequence[PastNote]


class Check(NamedTuple):
    """One thing that was asked: does it hold, None where it was not asked, and why."""

    asks: str
    holds: bool | None
    because: str


class Explanation(NamedTuple):
    """The answer to why and why not.

    outcome: sent, queued, held, waiting, not yet, skipped, withheld, cancelled, passed, blocked, refused, unknown,
    left, finished, never entered.  sentence: for people.  checks: in the order in which they are asked.
    """

    outcome: str
    sentence: str
    checks: tuple[Check, ...]


TOLD = {
    "accepted": ("sent", "Sent on {at}: {because}."),
    "queued": ("held", "Waits for its hand-over until {until}: {because}."),
    "handing": ("queued", "Is being handed over now."),
    "refused": ("refused", "Refused by the provider on {at}: {because}."),
    "unknown": ("unknown", "Handed over on {at}, and whether it arrived is not known: {because}."),
    "lost": ("unknown", "Lost on {at}: {because}."),
    "blocked": ("blocked", "Blocked on {at}, because it must not go out like this: {because}."),
    "cancelled": ("cancelled", "Decided on {at}, and then not sent: {because}."),
}
NOTED = {
    "held": ("held", "Since {at}: {because}; looked at again on {until}."),
    "skipped": ("skipped", "On {at}: {because}."),
    "withheld": ("withheld", "On {at}: {because}."),
    "rest": ("waiting", "They stand here since {at}: {because}; until {until} at the latest."),
    "onward": ("passed", "They passed here on {at}: {because}."),
}


def explain(
    playbook: Playbook, snapshot: Snapshot, past: Past, journey: str, step: str | None, now: datetime
) -> Explanation:
    """Explain what happened at one step of one journey, or in the journey as a whole (step None)."""
    snapshot = snapshot._replace(segments=playbook.segments)
    version = playbook.live(journey)
    outcome, sentence = _sentence(version, snapshot, past, journey, step, now)
    return Explanation(outcome, sentence, tuple(_checks(playbook, version, snapshot, past, step, now)))


def _sentence(
    version: Version | None, snapshot: Snapshot, past: Past, journey: str, step: str | None, now: datetime
) -> tuple[str, str]:
    if step is not None and past.message is not None:
        return _of_message(past.message, now)
    noted = next((note for note in past.notes if note.step == step and note.do in NOTED), None)
    if step is not None and noted is not None and not _overtaken(past.walk, noted, step):
        outcome, words = NOTED[noted.do]
        return outcome, words.format(at=_day(noted.at), because=noted.because, until=_day(noted.until))
    if past.walk is not None:
        return _of_walk(past.walk, journey, step)
    if refused := snapshot.facts.refused.get(journey):
        return "never entered", f"Never entered {journey}: {refused.removeprefix('not entered: ')}."
    if version is None:
        return "never entered", f"Never entered {journey}: no such journey is published now."
    met, why = _entry(version, snapshot, now)
    live = "; nothing was ever asked, so this is how it stands now"
    if version.entry.on and met:
        return (
            "never entered",
            f"Never entered {journey}: {' or '.join(version.entry.on)} has not happened{live}.",
        )
    return "never entered", f"Never entered {journey}: {why}{live}."


def _of_message(message: PastMessage, now: datetime) -> tuple[str, str]:
    outcome, words = TOLD[message.state]
    if message.state == "queued" and message.not_before <= now:
        return "queued", "Decided, and about to be handed over."
    if message.state == "cancelled" and message.because.startswith(("skipped", "withheld")):
        outcome = message.because.split(" ")[0].rstrip(":")
    return outcome, words.format(at=_day(message.at), because=message.because, until=_day(message.not_before))


def _overtaken(walk: PastWalk | None, noted: PastNote, step: str) -> bool:
    """Whether they rested here once and were taken away by an end since: then the end is the answer."""
    return walk is not None and walk.state != "active" and noted.do in ("held", "rest") and walk.step != step


def _of_walk(walk: PastWalk, journey: str, step: str | None) -> tuple[str, str]:
    if walk.state == "active":
        stands = f"they stand at {walk.step} of {journey}: {walk.because}; until {_day(walk.due_at)} at the latest"
        return "not yet", f"Not yet, or on another path: {stands}." if step else f"{stands[0].upper()}{stands[1:]}."
    ended = f"{journey} ended on {_day(walk.ended_at)}: {walk.because}"
    outcome = "left" if walk.state == "left" else "finished"
    return outcome, f"{'Not reached: ' if step else ''}{ended}."


def _checks(
    playbook: Playbook, version: Version | None, snapshot: Snapshot, past: Past, step: str | None, now: datetime
) -> list[Check]:
    """Ask everything in order, as of now; what the past has already answered is told from the past."""
    checks = [Check("journey is published", version is not None, f"revision {version.revision}" if version else "no")]
    if version is not None:
        met, why = _entry(version, snapshot, now)
        entered = past.walk is not None
        checks.append(Check("stage and entry rule", entered or met, "entered" if entered else why))
        if past.walk is None or past.walk.state != "active":
            been = snapshot.facts.entries.get(version.journey.id)
            again = version.entry.allows(been, snapshot, now)
            checks.append(Check("may enter again" if been else "may enter", not again, again or "nothing against it"))
    walk = past.walk
    if walk is not None:
        checks.append(Check("still inside", walk.state == "active", walk.because))
    place = version.places.get(step) if version is not None and step is not None else None
    if (
        version is not None
        and place is not None
        and isinstance(place.step, Email)
        and place.step.email in playbook.emails
    ):
        topic = playbook.emails[place.step.email].head.topic
        proposal = Proposal(version.journey.id, topic, place.step.urgent)
        judged = clearance(playbook.policy, snapshot, proposal, now)
        if judged.verdict == "withheld":
            checks.append(Check("consent and suppression", False, judged.because))
            checks.append(Check("window and caps, now", None, "not asked"))
        else:
            checks.append(Check("consent and suppression", True, "they may be written to"))
            checks.append(Check("window and caps, now", judged.verdict == "go", judged.because))
    return checks


def _entry(version: Version, snapshot: Snapshot, now: datetime) -> tuple[bool, str]:
    rule, stage = version.entry, snapshot.customer.stage
    allowed = rule.stage or version.journey.stays
    if allowed is not None and stage not in allowed:
        return False, f"the stage is {stage}, not {' or '.join(allowed)}"
    if rule.when is None:
        return True, f"stage is {stage}"
    answer = rule.when.answer(snapshot, now)
    return answer.holds, answer.because


def _day(at: datetime | None) -> str:
    return f"{at:%a %d %b %Y %H:%M} UTC" if at is not None else "an unknown day"
