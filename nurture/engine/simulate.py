"""The same `decide` over invented time: fourteen days in a millisecond, with every date and every reason."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from nurture.engine.decide import decide
from nurture.engine.decision import Decision, TaskOrder, after
from nurture.engine.learning import CARE_DONE, LEAD_CAPTURED, MAIL, SIGNED_UP
from nurture.engine.playbook import Playbook
from nurture.engine.snapshot import Customer, Enrollment, Fact, Snapshot, Touch
from nurture.engine.steps.care import Care

TRIAL = timedelta(days=14)
MAX_BEATS = 10_000  # settles in one simulation; far above what any playbook's rules can ask for

TOLD = frozenset(
    {
        *("entered", "left", "finished", "refused", "suspended", "resumed", "changed", "aside"),
        *("onward", "rest", "letter", "held", "skipped", "withheld", "task", "escalated", "notice", "call"),
    }
)
"""The notes that belong to a journey, and so to its transcript."""


class Line(NamedTuple):
    """One line of a transcript: when, at which step, what was done, and why.

    about: the email, task, outbound or journey variant meant.  variant: which of an email's texts, such as `wilma.de`.
    """

    at: datetime
    journey: str
    step: str | None
    do: str
    because: str
    about: str | None = None
    until: datetime | None = None
    variant: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The line as a program reads it."""
        line = {"at": self.at.isoformat(), "step": self.step, "do": self.do, "because": self.because}
        if self.about is not None:
            line["message" if self.do == "letter" else "about"] = self.about
        if self.variant is not None:
            line["variant"] = self.variant
        if self.until is not None:
            line["until"] = self.until.isoformat()
        return line


class Transcript(NamedTuple):
    """What one customer would live through.

    beats are all decisions; lines those of every journey; snapshot: as they are in the end.  before: as they began.
    unmet: facts of the script that could not happen: the outcome of a task that nobody had asked for by then, or what
    became of a letter that had not gone out.
    """

    lines: tuple[Line, ...]
    beats: tuple[tuple[datetime, Decision], ...]
    snapshot: Snapshot
    before: Snapshot
    unmet: tuple[Fact, ...] = ()

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


class Arrival(NamedTuple):
    """Something becomes known at `at`: a fact, which may have happened before, or a change that no fact tells."""

    at: datetime
    fact: Fact | None = None
    change: Callable[[Snapshot], Snapshot] | None = None


class Beat(NamedTuple):
    """One moment of a life: what was decided, and the photograph that would be taken next."""

    at: datetime
    decision: Decision
    snapshot: Snapshot


class Life:
    """One customer's life over invented time, mail going out the moment it is decided.

    Facts of ours that only make sense as an answer are held against what was asked in this life: an outcome goes to
    the newest open task of its kind, and what became of a letter is heard only of one that went out. A sign-up is one
    for leads, and for those who had left.
    """

    def __init__(self, playbook: Playbook, snapshot: Snapshot, trial: timedelta = TRIAL) -> None:
        """Take them as they begin, with the news that starts it.  trial: how long one is that begins by a sign-up."""
        self.playbook, self.snapshot, self.trial = playbook, snapshot, trial
        self.unmet: list[Fact] = []
        self._written: set[str] = set()
        self._asked = {one.key: task for one in snapshot.enrollments if (task := _asks_for(playbook, one))}

    def beats(self, start: datetime, end: datetime, arrivals: Iterable[Arrival] = ()) -> Iterator[Beat]:
        """Live from `start` until `end`, or until nothing can change any more; one beat for each decision."""
        ahead = sorted(arrivals, key=lambda one: one.at)
        now, taken = start, 0
        for _ in range(MAX_BEATS):
            decision = decide(self.playbook, self.snapshot, now)
            self.snapshot = handed_over(after(self.snapshot, decision))
            self._written.update(order.email for order in decision.orders)
            self._keep_desk(decision.tasks)
            yield Beat(now, decision, self.snapshot)
            following = ahead[taken].at if taken < len(ahead) else None
            moments = [at for at in (decision.due_at, following) if at is not None and at <= end]
            if not moments:
                return
            now = max(now, min(moments))
            while taken < len(ahead) and ahead[taken].at <= now:
                self._hear(ahead[taken])
                taken += 1

    def _keep_desk(self, tasks: Sequence[TaskOrder]) -> None:
        for task in tasks:
            if task.do == "open":
                self._asked[task.key] = task.task
            elif task.do != "escalate":
                self._asked.pop(task.key, None)

    def _hear(self, arrival: Arrival) -> None:
        if arrival.change is not None:
            self.snapshot = arrival.change(self.snapshot)
        if arrival.fact is None or (arrival.fact.name in (SIGNED_UP, LEAD_CAPTURED) and not self._admits(arrival.fact)):
            return
        fact = self._as_an_answer(arrival.fact)
        if fact is None:
            self.unmet.append(arrival.fact)
        else:
            self.snapshot = self.snapshot._replace(news=(*self.snapshot.news, fact))

    def _admits(self, fact: Fact) -> bool:
        """Begin a trial by a sign-up of somebody who is in none; what else such a fact says is known already."""
        customer = self.snapshot.customer
        if fact.name == LEAD_CAPTURED or (customer.ext_id is not None and customer.stage not in self.playbook.finals):
            return False
        start = max(fact.at, customer.stage_since)
        self.snapshot = self.snapshot._replace(
            customer=customer._replace(
                ext_id=customer.ext_id or "simulated",
                signed_up_at=start,
                trial_starts_at=start,
                trial_ends_at=start + self.trial,
                trial_paused_at=None,
            )
        )
        return True

    def _as_an_answer(self, fact: Fact) -> Fact | None:
        if fact.name in MAIL:
            return fact if str(fact.properties.get("email")) in self._written else None
        if fact.name != CARE_DONE:
            return fact
        asked = fact.properties
        key = asked.get("key")
        if key not in self._asked:
            key = next((one for one in reversed(self._asked) if self._asked[one] == asked.get("task")), None)
        if key is None:
            return None
        return fact._replace(properties={**asked, "key": key, "task": self._asked.pop(key)})


def _asks_for(playbook: Playbook, one: Enrollment) -> str | None:
    """Name the task that the step where they stand has asked for and waits for."""
    if not one.memory.get("step", {}).get("opened") or one.step is None:
        return None
    step = playbook.version(one.shape, one.revision).places[one.step].step
    return step.task if isinstance(step, Care) else None


def simulate(
    playbook: Playbook, snapshot: Snapshot, start: datetime, days: int, script: Sequence[Fact] = ()
) -> Transcript:
    """Live `days` days of one customer's life from `start`.

    snapshot: with the news that starts it.  script: what they and people of ours will do, at its own moments; a
    `care_done` need not name the `key` of its task, only the `task`.
    """
    life = Life(playbook, snapshot)
    lived = list(life.beats(start, start + timedelta(days=days), [Arrival(fact.at, fact) for fact in script]))
    lines = tuple(line for beat in lived for line in lines_of(playbook, beat.at, beat.decision))
    beats = tuple((beat.at, beat.decision) for beat in lived)
    lines = (*_held(snapshot, start), *lines)
    return Transcript(lines, beats, life.snapshot, snapshot, tuple(life.unmet))


def _held(snapshot: Snapshot, start: datetime) -> Iterator[Line]:
    """Say of each journey of somebody whom staff hold that it rests: nothing else would tell of it."""
    if snapshot.customer.held_at is not None:
        for one in snapshot.enrollments:
            yield Line(start, one.journey, one.step, "suspended", snapshot.customer.hold)


def lines_of(playbook: Playbook, at: datetime, decision: Decision) -> Iterator[Line]:
    """The transcript lines among the notes of one decision."""
    who = decision.customer
    for note in decision.notes:
        if note.journey is not None and note.do in TOLD:
            text = playbook.emails.get(note.about or "") if note.do == "letter" else None
            variant = text.choose(who.persona, who.locale).variant if text is not None else None
            yield Line(at, note.journey, note.step, note.do, note.because, note.about, note.until, variant)


def handed_over(snapshot: Snapshot) -> Snapshot:
    """The photograph after the post has taken everything that was queued."""
    if not any(touch.pending for touch in (*snapshot.facts.touches, *snapshot.account.touches)):
        return snapshot
    own, shared = (
        tuple(Touch(touch.at, touch.key) for touch in touches)
        for touches in (snapshot.facts.touches, snapshot.account.touches)
    )
    facts, account = snapshot.facts._replace(touches=own), snapshot.account._replace(touches=shared)
    return snapshot._replace(facts=facts, account=account)


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
