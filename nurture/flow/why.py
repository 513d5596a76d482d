"""Why: gather what was written down about one customer and one step, and have it explained."""

from datetime import datetime

from nurture.engine.explain import Explanation, Past, PastMessage, PastNote, PastWalk, explain
from nurture.engine.playbook import Playbook
from nurture.flow.ground import Ground
from nurture.store import customers, photographs, timeline
from nurture.store.customers import Walk
from nurture.store.session import Session

LOOK_BACK = 2_000  # entries of a timeline that are searched


class Unknown(LookupError):
    """There is no such customer, journey or step; the message says which."""


def why(ground: Ground, reference: str, journey: str | None, step: str | None, now: datetime) -> Explanation:
    """Explain one step, or one journey, to one customer.  Raises Unknown.

    reference: the product's id, ours, or `email:...`.  journey None: the one that has the step, walked ones first.
    """
    with ground.sessions.read() as session:
        customer = customers.find(session, reference)
        if customer is None:
            raise Unknown(f"no customer is known as {reference!r}")
        playbook = ground.shelf.playbook(session)
        walks = customers.enrollments_of(session, customer.id)
        chosen = journey or _journey_with(playbook, step, walks)
        _must_exist(playbook, chosen, step, walks)
        snapshot = photographs.photographs(session, [customer.id])[customer.id].snapshot
        past = _past(session, customer.id, chosen, step, walks)
    return explain(playbook, snapshot, past, chosen, step, now)


def _journey_with(playbook: Playbook, step: str | None, walks: list[Walk]) -> str:
    if step is None:
        raise Unknown("name a journey, a step, or both")
    named = [version.journey.id for version in playbook.journeys if step in version.places]
    named += [key for (key, _), version in playbook.pinned.items() if step in version.places]
    walked = [walk.journey for walk in walks if walk.journey in named]
    if not named:
        raise Unknown(f"no journey has a step {step!r}; name the journey too if it was deleted")
    return (walked or named)[0]


def _must_exist(playbook: Playbook, journey: str, step: str | None, walks: list[Walk]) -> None:
    version = playbook.live(journey)
    if version is None and not any(walk.journey == journey for walk in walks):
        raise Unknown(f"there is no journey {journey!r}")
    known = [one for (key, _), one in playbook.pinned.items() if key == journey]
    if step is not None and known and not any(step in one.places for one in known):
        raise Unknown(f"{journey} has no step {step!r}; its steps are {', '.join(sorted(known[-1].places))}")


def _past(session: Session, customer_id: str, journey: str, step: str | None, walks: list[Walk]) -> Past:
    entries = timeline.timeline(session, customer_id, LOOK_BACK).entries
    mine = [entry for entry in entries if entry.journey == journey]
    notes = [PastNote(one.at, one.kind, one.because, one.step, one.until) for one in mine if one.message is None]
    sent = next((one.message for one in mine if one.message is not None and one.step == step), None)
    message = None
    if sent is not None:
        message = PastMessage(sent.handed_at or sent.decided_at, sent.state, sent.because, sent.not_before)
    walked = [walk for walk in walks if walk.journey == journey]
    latest = max(walked, key=lambda walk: walk.entry, default=None)
    walk = None
    if latest is not None:
        walk = PastWalk(latest.state, latest.step, latest.because, latest.entered_at, latest.ended_at, latest.due_at)
    return Past(walk, message, notes)
