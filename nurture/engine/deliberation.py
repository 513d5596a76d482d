"""One decision in the making: what every part of a decision reads and writes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from nurture.engine.decision import CallOrder, Decision, Note, NoticeOrder, Order, Reached, StageChange, TaskOrder
from nurture.engine.journey import Version
from nurture.engine.local import zone_for
from nurture.engine.playbook import Playbook
from nurture.engine.question import Question
from nurture.engine.snapshot import Adopted, Customer, Enrollment, Snapshot


class Deliberation:
    """One decision in the making: the photograph as it changes, and what has been noted so far."""

    def __init__(self, playbook: Playbook, snapshot: Snapshot, now: datetime) -> None:
        self.playbook = playbook
        zone = zone_for(playbook.policy.window, snapshot.customer.zone).key
        known = snapshot.segments is playbook.segments and snapshot.zone == zone
        self.before = snapshot if known else snapshot._replace(segments=playbook.segments, zone=zone)
        self.snapshot = self.before
        self.now = now
        self.enrollments: dict[tuple[str, int], Enrollment] = {(e.journey, e.entry): e for e in snapshot.enrollments}
        self.changed: set[tuple[str, int]] = set()
        self._active: list[Enrollment] | None = None
        self.orders: list[Order] = []
        self.tasks: list[TaskOrder] = []
        self.notices: list[NoticeOrder] = []
        self.calls: list[CallOrder] = []
        self.stage_changes: list[StageChange] = []
        self.milestones: list[Reached] = []
        self.notes: list[Note] = []
        self.passed: tuple[tuple[str, datetime], ...] = ()  # stages they were in, as a late fact tells, and since when
        self.called: set[str] = set()  # journeys that were entered in this decision: one fact starts a journey once
        self.flip: tuple[datetime, str, Question | None] | None = None  # when time alone could change a rule, and which
        self.turned = False
        self.hurried: dict[tuple[str, int], str] = {}  # enrollments whose next letter is to go now, and why

    @property
    def customer(self) -> Customer:
        return self.snapshot.customer

    @property
    def stands_still(self) -> bool:
        """Whether a person of ours holds them, and nothing was heard that concerns them."""
        return self.customer.held_at is not None and not (self.snapshot.news or self.milestones or self.turned)

    def see(self, **changes: Any) -> None:
        """Change what is known of the customer."""
        self.snapshot = self.snapshot._replace(customer=self.snapshot.customer._replace(**changes))

    def remember(self, **changes: Any) -> None:
        """Change what the past comes down to."""
        self.snapshot = self.snapshot._replace(facts=self.snapshot.facts._replace(**changes))

    def tell(self, traits: Mapping[str, Any], at: datetime) -> None:
        """Write down traits as of a moment; None takes one away.  What is known as of a later moment stays.

        Of two that are told as of the same moment, the one that we hear of last stands.
        """
        customer, told = self.customer, self.snapshot.facts.told
        began = customer.signed_up_at or customer.created_at or at
        since = {**dict.fromkeys(customer.traits, began), **told}
        fresh = {name: value for name, value in traits.items() if at >= since.get(name, at)}
        if fresh:
            known = {**customer.traits, **fresh}
            self.see(traits={name: value for name, value in known.items() if value is not None})
            self.remember(told={**told, **dict.fromkeys(fresh, at)})

    def share(self, **changes: Any) -> None:
        """Change what the people of their account share; an account of one shares nothing."""
        if self.snapshot.account.shared:
            self.snapshot = self.snapshot._replace(account=self.snapshot.account._replace(**changes))

    def note(self, do: str, because: str, **more: Any) -> None:
        """Write down one sentence."""
        self.notes.append(Note(do, because, **more))

    def rests_on(self, at: datetime | None, because: str, question: Question | None = None) -> None:
        """Say that time alone could change something at `at`; only the earliest such moment is kept.

        question: what the rule asks; it is put in words only if this moment is the one that counts.
        """
        if at is not None and (self.flip is None or at < self.flip[0]):
            self.flip = at, because, question

    def put(self, enrollment: Enrollment) -> None:
        """Keep an enrollment as it now stands."""
        key = (enrollment.journey, enrollment.entry)
        self.enrollments[key] = enrollment
        self.changed.add(key)
        self._active = None

    def active(self) -> list[Enrollment]:
        """The enrollments still walking, in the order in which they may speak: by priority, then by age."""
        if self._active is None:
            walking = [one for one in self.enrollments.values() if one.state == "active"]
            self._active = walking if len(walking) < 2 else sorted(walking, key=self._turn_to_speak)
        return self._active

    def _turn_to_speak(self, one: Enrollment) -> tuple[int, datetime, str]:
        return -self.version(one).journey.priority, one.entered_at, one.journey

    def version(self, one: Enrollment) -> Version:
        """The version whose steps an enrollment walks."""
        return self.playbook.version(one.shape, one.revision)

    def be_born(self) -> None:
        """Begin the stage history."""
        because = self.snapshot.news[0].name if self.snapshot.news else "first heard of"
        self.stage_changes.append(StageChange(None, self.customer.stage, self.customer.stage_since, because))
        self.note("born", because, about=self.customer.stage)

    def turn(self, to: str, at: datetime, because: str) -> None:
        """Move to another stage.  What was decided before this decision no longer goes out."""
        self._share_adoption(to, at, because)
        self.forget_waiting()
        self.stage_changes.append(StageChange(self.customer.stage, to, at, because))
        self.note("moved", because, about=to)
        self.remember(stages={self.customer.stage: self.customer.stage_since, **self.snapshot.facts.stages, to: at})
        self.see(stage=to, stage_since=at, gen=self.customer.gen + 1)
        self.turned = True

    def forget_waiting(self, of: str = "") -> None:
        """Count no letter to them any more that was decided before this decision and has not gone.

        of: how the keys of those begin that are meant, such as `path|1|` for one enrollment; all of them without.
        """
        mine, own = {order.key for order in self.orders}, f"{self.customer.id}|"
        facts, account = self.snapshot.facts, self.snapshot.account
        gone = {one.key for one in facts.touches if one.pending and one.key.startswith(of) and one.key not in mine}
        self.remember(touches=tuple(one for one in facts.touches if one.key not in gone))
        theirs = (one for one in account.touches if one.pending and one.key.startswith(f"{own}{of}"))
        void = {one.key for one in theirs if one.key.removeprefix(own) not in mine}
        if void:
            self.share(touches=tuple(one for one in account.touches if one.key not in void))

    def _share_adoption(self, to: str, at: datetime, because: str) -> None:
        """Anyone's adoption is the account's; coming back to what they had is no adoption."""
        lifecycle, been = self.playbook.lifecycle, {self.customer.stage, *self.snapshot.facts.stages}
        known = self.snapshot.account.adopted
        if lifecycle.stage(to).phase == "use" and to not in been and (known is None or known.at < at):
            self.share(adopted=Adopted(at, to, because))

    def decision(self) -> Decision:
        """Close the deliberation."""
        due_at, because = self._due()
        customer, revision = self.customer, self.playbook.revision
        if customer.revision != revision and not self.stands_still:
            customer = customer._replace(revision=revision)
        return Decision(
            customer=customer,
            facts=self.snapshot.facts,
            enrollments=tuple(self.enrollments[key] for key in sorted(self.changed)),
            orders=tuple(self.orders),
            stage_changes=tuple(self.stage_changes),
            milestones=tuple(self.milestones),
            notes=tuple(self.notes),
            turned=self.turned,
            due_at=due_at,
            due_because=because,
            tasks=tuple(self.tasks),
            notices=tuple(self.notices),
            calls=tuple(self.calls),
            account=self.snapshot.account if self.snapshot.account is not self.before.account else None,
        )

    def _due(self) -> tuple[datetime | None, str]:
        """Find when time alone could change anything, and why: a rule, or else a step where they rest."""
        if self.customer.held_at is not None:
            return None, self.customer.hold
        for one in self.active():
            if not one.held:
                self.rests_on(one.due_at, one.because)
        if self.flip is None:
            return None, "only something they do changes anything now"
        at, because, question = self.flip
        return at, because if question is None else f"{because}: {question.words(self.snapshot, self.now)}"
