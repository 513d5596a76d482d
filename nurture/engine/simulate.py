"""The same `decide` over invented time: fourteen days in a millisecond, with every date and every reason."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from nurture.engine.decide import decide
from nurture.engine.decision import Decision, Note, after
from nurture.engine.playbook import Playbook
from nurture.engine.snapshot import Customer, Fact, Snapshot, Touch

MAX_BEATS = 10_000  # settles in one simulation; far above what any playbook's rules can ask for

TOLD = frozenset({"entered", "onward", "rest", "letter", "held", "skipped", "withheld", "left", "finished", "refused"})
"""The notes that belong to a journey, and so to its transcript."""


class Line(NamedTuple):
    """One line of a transcript: when, at which step, what was done, and why."""

    at: datetime
    journey: str
    step: str | None
    do: str
    because: str
    about: str | None = None
    until: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """The line as a program reads it."""
        line = {"at": self.at.isoformat(), "step": self.step, "do": self.do, "because": self.because}
        if self.do == "letter":
            line["message"] = self.about
        if self.until is not None:
            line["until"] = self.until.isoformat()
        return line


class Transcript(NamedTuple):
    """What one customer would live through.  `beats` are all decisions; `lines` those of every journey."""

    lines: tuple[Line, ...]
    beats: tuple[tuple[datetime, Decision], ...]
    snapshot: Snapshot

    def of(self, journey: str) -> tuple[Line, ...]:
        """The lines of one journey."""
        return tuple(line for line in self.lines if line.journey == journey)

    def ending(self, journey: str) -> tuple[str, str]:
        """How a journey ended for them: (`finished`, `left`, `walking` or `never entered`, why)."""
        lines = self.of(journey)
        if not lines:
            return "never entered", "nothing asked for it"
        last = lines[-1]
        if last.do in ("finished", "left"):
            return last.do, last.because
        return ("never entered" if last.do == "refused" else "walking"), last.because


def lines_of(at: datetime, notes: Sequence[Note]) -> tuple[Line, ...]:
    """The transcript lines among the notes of one decision."""
    return tuple(
        Line(at, note.journey, note.step, note.do, note.because, note.about, note.until)
        for note in notes
        if note.journey is not None and note.do in TOLD
    )


def simulate(
    playbook: Playbook, snapshot: Snapshot, start: datetime, days: int, script: Sequence[Fact] = ()
) -> Transcript:
    """Live `days` days of one customer's life from `start`, mail going out the moment it is decided.

    snapshot: with the news that starts it.  script: what they will do, at its own moments.
    """
    end = start + timedelta(days=days)
    ahead = sorted(script, key=lambda fact: fact.at)
    beats: list[tuple[datetime, Decision]] = []
    now = start
    for _ in range(MAX_BEATS):
        decision = decide(playbook, snapshot, now)
        beats.append((now, decision))
        snapshot = handed_over(after(snapshot, decision))
        moments = [at for at in (decision.due_at, ahead[0].at if ahead else None) if at is not None and at <= end]
        if not moments:
            break
        now = max(now, min(moments))
        while ahead and ahead[0].at <= now:
            snapshot = snapshot._replace(news=(*snapshot.news, ahead.pop(0)))
    lines = tuple(line for at, decision in beats for line in lines_of(at, decision.notes))
    return Transcript(lines, tuple(beats), snapshot)


def handed_over(snapshot: Snapshot) -> Snapshot:
    """The photograph after the post has taken everything that was queued."""
    touches = tuple(Touch(touch.at, touch.key) for touch in snapshot.facts.touches)
    return snapshot._replace(facts=snapshot.facts._replace(touches=touches))


def newcomer(
    playbook: Playbook, persona: str | None, start: datetime, trial: timedelta, zone: str | None = None
) -> Snapshot:
    """Invent someone who signs up at `start`; their persona, if given, is taken as known."""
    stage = playbook.lifecycle.starts.signup
    customer = Customer(
        id="cus_simulated",
        account_id="acc_simulated",
        ext_id="simulated",
        email="simulated@example.com",
        stage=stage,
        stage_since=start,
        persona=persona,
        persona_because="chosen for this simulation" if persona else "",
        persona_locked=persona is not None,
        zone=zone,
        signed_up_at=start,
        trial_starts_at=start,
        trial_ends_at=start + trial,
        created_at=start,
    )
    return Snapshot(customer, news=(Fact("signed_up", start),), newborn=True)
