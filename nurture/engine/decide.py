"""How one customer is decided: learn the news, move the stage, know the persona, leave, enter, walk, rest.

`decide` is the only question the house ever asks about a customer. The webhook, the tick, the simulation, the
publish preview and the tests all ask it here.
"""

from datetime import datetime
from typing import Any

from nurture.engine.decision import Decision, Note, Order, Reached, StageChange
from nurture.engine.entering import enter, leave
from nurture.engine.learning import learn
from nurture.engine.lifecycle import Move
from nurture.engine.playbook import Playbook
from nurture.engine.snapshot import Customer, Enrollment, Snapshot
from nurture.engine.walking import walk

MAX_ROUNDS = 12  # stage moves in one decision; a lifecycle that turns in circles rests here until the next beat


def decide(playbook: Playbook, snapshot: Snapshot, now: datetime) -> Decision:
    """Decide everything about one customer at one moment.

    snapshot: the photograph, with the news that has just arrived.  now: life time, aware UTC.
    Raises KeyError if they walk a version that the playbook does not hold.
    """
    here = Deliberation(playbook, snapshot, now)
    learn(here)
    move_on_events(here)
    for _ in range(MAX_ROUNDS):
        here.flips.clear()
        move_on_conditions(here)
        assess(here)
        leave(here)
        enter(here)
        if not walk(here):
            break
    return here.decision()


class Deliberation:
    """One decision in the making: the photograph as it changes, and what has been noted so far."""

    def __init__(self, playbook: Playbook, snapshot: Snapshot, now: datetime) -> None:
        self.playbook = playbook
        self.before = snapshot._replace(segments=playbook.segments)
        self.snapshot = self.before
        self.now = now
        self.enrollments: dict[tuple[str, int], Enrollment] = {(e.journey, e.entry): e for e in snapshot.enrollments}
        self.changed: set[tuple[str, int]] = set()
        self.orders: list[Order] = []
        self.stage_changes: list[StageChange] = []
        self.milestones: list[Reached] = []
        self.notes: list[Note] = []
        self.flips: list[tuple[datetime, str]] = []  # when time alone could change a rule, and which
        self.turned = False

    @property
    def customer(self) -> Customer:
        return self.snapshot.customer

    def see(self, **changes: Any) -> None:
        """Change what is known of the customer."""
        self.snapshot = self.snapshot._replace(customer=self.snapshot.customer._replace(**changes))

    def remember(self, **changes: Any) -> None:
        """Change what the past comes down to."""
        self.snapshot = self.snapshot._replace(facts=self.snapshot.facts._replace(**changes))

    def note(self, do: str, because: str, **more: Any) -> None:
        """Write down one sentence."""
        self.notes.append(Note(do, because, **more))

    def rests_on(self, at: datetime | None, because: str) -> None:
        """Say that time alone could change something at `at`."""
        if at is not None:
            self.flips.append((at, because))

    def put(self, enrollment: Enrollment) -> None:
        """Keep an enrollment as it now stands."""
        key = (enrollment.journey, enrollment.entry)
        self.enrollments[key] = enrollment
        self.changed.add(key)

    def active(self) -> list[Enrollment]:
        """The enrollments still walking, in the order in which they may speak: by priority, then by age."""
        pinned = self.playbook.pinned
        walking = [one for one in self.enrollments.values() if one.state == "active"]
        if len(walking) < 2:
            return walking
        return sorted(
            walking, key=lambda one: (-pinned[one.journey, one.revision].journey.priority, one.entered_at, one.journey)
        )

    def turn(self, to: str, at: datetime, because: str) -> None:
        """Move to another stage.  What was decided before this decision no longer goes out."""
        mine = {order.key for order in self.orders}
        touches = self.snapshot.facts.touches
        self.stage_changes.append(StageChange(self.customer.stage, to, at, because))
        self.note("moved", because, about=to)
        self.remember(
            stages={**self.snapshot.facts.stages, to: at},
            touches=tuple(touch for touch in touches if not touch.pending or touch.key in mine),
        )
        self.see(stage=to, stage_since=at, gen=self.customer.gen + 1)
        self.turned = True

    def decision(self) -> Decision:
        """Close the deliberation."""
        ends = [(one.due_at, one.because) for one in self.active() if one.due_at is not None]
        due_at, because = min([*self.flips, *ends], default=(None, "only something they do changes anything now"))
        return Decision(
            customer=self.customer._replace(revision=self.playbook.revision),
            facts=self.snapshot.facts,
            enrollments=tuple(self.enrollments[key] for key in sorted(self.changed)),
            orders=tuple(self.orders),
            stage_changes=tuple(self.stage_changes),
            milestones=tuple(self.milestones),
            notes=tuple(self.notes),
            turned=self.turned,
            due_at=due_at,
            due_because=because,
        )


def move_on_events(here: Deliberation) -> None:
    """Make the moves that the news asks for, in the order in which things happened; the first match wins each."""
    for fact in sorted(here.snapshot.news, key=lambda fact: fact.at):
        for move in here.playbook.moves_on.get(fact.name, ()):
            if here.customer.stage in move.from_ and move.to != here.customer.stage:
                at = max(here.customer.stage_since, min(fact.at, here.now))
                here.turn(move.to, at, f"{fact.name}")
                break


def move_on_conditions(here: Deliberation) -> None:
    """Make the moves whose condition has come to hold, until none is left; remember when time could bring the next."""
    for _ in range(MAX_ROUNDS):
        move, at, because = _next_move(here)
        if move is None:
            return
        here.flips.clear()
        here.turn(move.to, at, because)


def _next_move(here: Deliberation) -> tuple[Move | None, datetime, str]:
    lifecycle, customer = here.playbook.lifecycle, here.customer
    stays_until = customer.stage_since + lifecycle.minimum_stay
    for move in here.playbook.moves_when.get(customer.stage, ()):
        assert move.when is not None
        answer = move.when.answer(here.snapshot, here.now)
        if answer.holds:
            if here.now >= stays_until or lifecycle.stage(move.to).phase == "use":
                return move, here.now, answer.because
            here.rests_on(stays_until, f"may become {move.to} after the minimum stay: {answer.because}")
        here.rests_on(answer.flips_at, f"may become {move.to}: {answer.because}")
    return None, here.now, ""


def assess(here: Deliberation) -> None:
    """Know the persona anew, first match wins, unless staff locked it."""
    customer = here.customer
    if customer.persona_locked:
        return
    for persona in here.playbook.personas.personas:
        if persona.when is None:
            because = "no other persona's rule holds"
        else:
            answer = persona.when.answer(here.snapshot, here.now)
            here.rests_on(answer.flips_at, f"may turn out to be {persona.id}")
            if not answer.holds:
                continue
            because = answer.because
        if persona.id != customer.persona:
            here.note("persona", because, about=persona.id)
            here.see(persona=persona.id, persona_because=because)
        return
