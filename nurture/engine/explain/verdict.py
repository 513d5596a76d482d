"""The one answer for whoever entered: the last thing decided about the step, or how it stands with the journey."""

from datetime import datetime
from typing import NamedTuple

from nurture.engine.explain.past import Deed, Past, PastNote, PastWalk
from nurture.engine.explain.reasons import (
    ENTRY,
    EXIT,
    HELD,
    HOURS,
    JOURNEY,
    PERSONA,
    RENDERING,
    RESTS,
    SENDER,
    STEP,
    meant,
)
from nurture.engine.explain.trail import OFF, PUBLISHED, day, editions_of, follow, walked_version
from nurture.engine.journey import Version
from nurture.engine.plan import ahead
from nurture.engine.playbook import Playbook
from nurture.engine.snapshot import Enrollment, Snapshot


class Case(NamedTuple):
    """What is asked, and everything it is answered by."""

    playbook: Playbook
    snapshot: Snapshot
    past: Past
    journey: str
    step: str | None
    now: datetime

    @property
    def standing(self) -> Enrollment | None:
        """The enrollment as the engine sees it, while it is walked."""
        walk = self.past.walk
        here = (one for one in self.snapshot.enrollments if walk and one.journey == walk.journey)
        return next((one for one in here if walk and walk.active and one.entry == walk.entry), None)

    def version(self) -> Version | None:
        """The version in which they came, or would come, to the step."""
        if self.step is None:
            return None
        if self.past.walk is not None and (
            walked := walked_version(self.playbook, self.past, self.past.walk, self.step)
        ):
            return walked
        known = editions_of(self.playbook, self.past, self.journey, self.step)
        return known[0] if known else None


class Verdict(NamedTuple):
    """The answer.

    no: the question that was answered with no; None where none was.  because: why, as it was written down.
    reached: the last question that was asked; '' where nobody asked any.  at: when.  deed: what was done, if it was.
    """

    outcome: str
    sentence: str
    no: str | None = None
    because: str = ""
    reached: str = ""
    at: datetime | None = None
    deed: Deed | None = None


TOLD = {
    ("letter", "accepted"): ("sent", "Sent on {at}: {because}."),
    ("letter", "queued"): ("queued", "Decided on {at}, and about to be handed over."),
    ("letter", "handing"): ("queued", "Is being handed over now."),
    ("letter", "refused"): ("refused", "Refused by the provider; decided on {at}: {because}."),
    ("letter", "unknown"): ("unknown", "Handed over on {at}, and whether it arrived is not known: {because}."),
    ("letter", "lost"): ("unknown", "Lost on {at}: {because}."),
    ("letter", "blocked"): ("blocked", "Blocked on {at}, because it must not go out like this: {because}."),
    ("letter", "cancelled"): ("cancelled", "Decided on {at}, and then not sent: {because}."),
    ("task", "open"): ("open", "A person of ours was asked on {at}, due {until}: {because}."),
    ("task", "done"): ("done", "A person of ours did it on {at}: {told}."),
    ("task", "lapsed"): ("lapsed", "A person of ours was asked, and nobody recorded an outcome by {at}: {because}."),
    ("task", "closed"): ("closed", "A person of ours was asked, until it was taken back on {at}: {because}."),
    ("notice", "shown"): ("shown", "Shown in the product since {at}, and not seen yet."),
    ("notice", "seen"): ("seen", "Shown in the product, and seen on {at}."),
    ("notice", "gone"): ("gone", "Was shown in the product, and is gone: {because}."),
    ("call", "queued"): ("queued", "Decided on {at}, and about to be called."),
    ("call", "calling"): ("queued", "Is being called now."),
    ("call", "accepted"): ("called", "Called on {at}: {because}."),
    ("call", "failed"): ("failed", "Called in vain on {at}: {because}."),
    ("call", "cancelled"): ("cancelled", "Decided, and then not called: {because}."),
}
NO = {
    **{("letter", state): SENDER for state in ("refused", "unknown", "lost")},
    ("letter", "blocked"): RENDERING,
    ("task", "lapsed"): SENDER,
    ("task", "closed"): EXIT,
    ("call", "failed"): SENDER,
    ("call", "cancelled"): EXIT,
}
NOTED = {
    "held": ("held", "Since {at}: {because}; looked at again on {until}."),
    "skipped": ("skipped", "On {at}: {because}."),
    "withheld": ("withheld", "On {at}: {because}."),
    "rest": ("waiting", "They stand here since {at}: {because}; until {until} at the latest."),
    "onward": ("passed", "They passed here on {at}: {because}."),
}
QUIETLY = ("rest", "onward")  # notes that say less than the deed they belong to
DONE_BEFORE = "walked past"


def judge(case: Case) -> Verdict | None:
    """Find the last thing decided; None where they never entered."""
    walk = case.past.walk
    if walk is not None and case.journey not in (walk.journey, walk.shape):
        return _as_another(walk)
    deed = max(case.past.deeds, key=lambda one: (one.at, one.entry, one.pass_), default=None)
    note = None if case.step is None else _telling(case)
    if deed is not None and (note is None or note.at <= deed.at or _quiet(note)):
        return _of_deed(deed, case)
    if walk is None:
        return None
    if note is not None and (said := _of_note(note, walk, case)) is not None:
        return said
    if (refused := _refused_since(case.past, walk)) is not None:
        sentence = f"They walked it once, and came again on {day(refused.at)}: {refused.because}."
        no = meant(refused.because) or ENTRY
        return Verdict("not entered again", sentence, no, refused.because, no, refused.at)
    return _of_walk(walk, case)


def _quiet(note: PastNote) -> bool:
    return note.do in QUIETLY and note.because != OFF


def _telling(case: Case) -> PastNote | None:
    """The newest note of the step that tells what became of it."""
    mine = (note for note in case.past.notes if note.step == case.step and note.do in NOTED)
    return next((note for note in mine if not note.because.startswith(DONE_BEFORE)), None)


def _of_deed(deed: Deed, case: Case) -> Verdict:
    if deed.kind == "letter" and deed.state == "queued":
        outcome, words, no, because = _still_waiting(deed, case)
    else:
        outcome, words = TOLD[deed.kind, deed.state]
        no, because = NO.get((deed.kind, deed.state)), deed.because
    if deed.kind == "letter" and deed.state == "cancelled":
        no = meant(because) or EXIT
        if because.startswith(("skipped", "withheld")):
            outcome = because.split(" ")[0].rstrip(":")
    at = deed.ended_at or deed.at
    sentence = words.format(at=day(at), because=because, until=day(deed.until), told=deed.told)
    if deed.pass_ > 1:
        sentence = f"Round {deed.pass_}: {sentence}"
    reached = no or SENDER
    if deed.kind == "letter" and reached not in (RENDERING, SENDER):
        reached = HOURS  # a letter that was decided had passed all of these once
    return Verdict(outcome, sentence, no, because, reached, at, deed)


def _still_waiting(deed: Deed, case: Case) -> tuple[str, str, str | None, str]:
    """Say what a letter waits for that was decided: its outcome, the words for it, what says no, and why."""
    if hold := case.snapshot.customer.hold:
        return "held", "Decided on {at}, and not handed over: {because}.", HELD, hold
    no, because = meant(deed.because), deed.because
    if deed.until > case.now:
        if no is None:
            no, because = JOURNEY, "a publish made it due, and can still be undone"
        return "held", "Waits for its hand-over until {until}: {because}.", no, because
    if case.past.held:
        return "queued", "Decided on {at}, and not handed over: {because}.", SENDER, case.past.held
    if deed.attempt or no == SENDER:
        return "queued", "Decided, and tried again by itself: {because}.", SENDER, because
    return *TOLD["letter", "queued"], None, because


def _of_note(note: PastNote, walk: PastWalk, case: Case) -> Verdict | None:
    """Tell a note, and what came of it since; None where another entry has overtaken it."""
    outcome, words = NOTED[note.do]
    if note.because == OFF:
        outcome, words = NOTED["skipped"]
    no = STEP if note.because == OFF else meant(note.because)
    said = words.format(at=day(note.at), because=note.because, until=day(note.until))
    stays = note.do in ("held", "rest")
    if stays and note.at < walk.entered_at:
        return None
    if stays and not walk.active and not PUBLISHED.search(walk.because):
        return _ended(walk, f"Not done: they stood here when {walk.journey} ended on {day(walk.ended_at)}")
    if stays and walk.step != case.step:
        since = next((one for one in case.past.notes if one.do == "changed" and one.at >= note.at), None)
        because = since.because if since is not None else walk.because
        said = f"On {day(note.at)}: {note.because}; since then {because}."
    elif stays and (resting := _resting(walk, case)) is not None:
        return resting
    return Verdict(outcome, said, no, note.because, no or STEP, note.at)


def _resting(walk: PastWalk, case: Case) -> Verdict | None:
    """Say that staff hold them, another journey makes this one rest, or it is paused; None if nothing is so."""
    standing, customer = case.standing, case.snapshot.customer
    if standing is None or not (standing.held or customer.held_at):
        return None
    if customer.held_at is not None:
        sentence = f"They stand at {walk.step} of {walk.journey}, and are {customer.hold}."
        return Verdict("suspended", sentence, HELD, customer.hold, HELD, customer.held_at)
    held = standing.memory["held"]
    asks, because = (RESTS, f"rests while they walk {held['by']}") if held["by"] else (JOURNEY, "is paused")
    since = datetime.fromisoformat(held["since"])
    sentence = f"They stand at {walk.step} of {walk.journey}, which {because} since {day(since)}."
    return Verdict("suspended", sentence, asks, because, asks, since)


def _refused_since(past: Past, walk: PastWalk) -> PastNote | None:
    """The newest note that they were not let in again since the journey ended."""
    refused = next((note for note in past.notes if note.do == "refused"), None)
    ended = walk.ended_at
    return refused if refused is not None and ended is not None and refused.at > ended else None


def _of_walk(walk: PastWalk, case: Case) -> Verdict:
    """Say how it stands with a step about which nothing was ever decided."""
    if case.step is not None and (off := _off_their_way(walk, case)) is not None:
        return off
    ended = f"{walk.journey} ended on {day(walk.ended_at)}"
    if case.step is None and walk.state == "finished":
        return Verdict("finished", f"{ended}: {walk.because}.", reached=RESTS, because=walk.because, at=walk.ended_at)
    if not walk.active:
        return _ended(walk, f"Not reached: {ended}" if case.step else ended)
    if (resting := _resting(walk, case)) is not None:
        return resting
    stands = f"they stand at {walk.step} of {walk.journey}: {walk.because}; until {day(walk.due_at)} at the latest"
    stuck = f"; nobody decides about them now: {case.past.stuck}" if case.past.stuck else ""
    if case.step is None:
        return Verdict("walking", f"{stands[0].upper()}{stands[1:]}{stuck}.", reached=RESTS)
    return Verdict("not yet", f"Not yet: {stands}{stuck}.", reached=RESTS)


def _off_their_way(walk: PastWalk, case: Case) -> Verdict | None:
    """Say why their way does not lead to the step; None if it does, or may."""
    assert case.step is not None
    version = walked_version(case.playbook, case.past, walk, case.step)
    if version is None and _in_another_shape(case):
        return _as_another(walk)
    if version is None:
        return _not_in_theirs(walk, case)
    trail = follow(version, case.past.notes, walk, case.step)
    if trail.holds is False:
        return Verdict("another path", f"Not reached: {trail.because}.", STEP, trail.because, STEP)
    now_walked = case.playbook.pinned.get((walk.shape, walk.revision))
    if not walk.active or now_walked is None:
        return None
    if case.step not in ahead(now_walked, walk.step):
        return _not_in_theirs(walk, case)
    return None


def _as_another(walk: PastWalk) -> Verdict:
    shape = f"as {walk.variant}" if walk.variant else "in its own shape"
    because = f"they walk {walk.journey} {shape}, which has no such step; they entered because {walk.entered_because}"
    return Verdict("another variant", f"Not reached: {because}.", PERSONA, because, PERSONA, walk.entered_at)


def _in_another_shape(case: Case) -> bool:
    """Whether another way of walking this journey has the step."""
    live = case.playbook.live(case.past.walk.journey if case.past.walk else case.journey)
    keys = [live.journey.id, *(one.journey for one in live.journey.variants)] if live is not None else []
    return any(editions_of(case.playbook, case.past, key, case.step or "") for key in keys)


def _not_in_theirs(walk: PastWalk, case: Case) -> Verdict:
    changed = next((note for note in case.past.notes if note.do == "changed"), None)
    because = f"no step {case.step} lies on their way through version {walk.number}"
    if changed is not None:
        because = f"{because}; on {day(changed.at)} {changed.because}"
    return Verdict("not in their version", f"Not reached: {because}.", STEP, because, STEP)


def _ended(walk: PastWalk, said: str) -> Verdict:
    outcome = "left" if walk.state == "left" else "finished"
    no = JOURNEY if PUBLISHED.search(walk.because) else EXIT
    return Verdict(outcome, f"{said}: {walk.because}.", no, walk.because, EXIT, walk.ended_at)
