"""A simulation: the real stations, the real database and a SendGrid on loopback, under chance that can be had again.

One thread does everything: it chooses by a seed what happens next, and what goes wrong at which fail-point: a moment of
a write (`Sessions.reached`), named by who writes, or of a call to the provider.  So a seed is one life of a town, the
same each time, and a violation is a number to begin with.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from nurture.channels.email.letter import Letter
from nurture.channels.email.links import Links
from nurture.channels.email.provider import Verdict
from nurture.channels.email.sendgrid import SendGrid
from nurture.flow import delivery, feedback, handover, intake, sending, tick
from nurture.flow.delivery import DeliveryEvent
from nurture.flow.ground import Ground, Moment, Seals, Shelf
from nurture.flow.handover import Post
from nurture.flow.intake import Newcomer, Report
from nurture.flow.letters import Composer
from nurture.flow.publish import go_on
from nurture.store import claims, customers, ids
from nurture.store.session import Sessions
from tests.fake_sendgrid import FakeSendGrid
from tests.stories.town import KEYS, MONDAY, URL

FAULTS = (
    *("503", "503-accepted", "429", "400", "401", "reset-before-body", "reset-mid-body", "accept-then-reset"),
    *("202-without-id", "truncated-status", "malformed", "500-accepted"),
)
USES = ("source_connected", "report_created", "report_shared", "report_scheduled", "ticket_opened", "ticket_solved")
STOPS = ("subscription_started", "trial_cancelled", "account_closed")
ENDED = ("trial_cancelled", "account_closed")  # nothing goes out after these
SOONEST = timedelta(milliseconds=1)
PAST_A_LEASE = handover.LEASE + timedelta(seconds=1)
PARTLY = 0.35  # of all acts have something go wrong in them


class Killed(BaseException):
    """The process is gone from this moment on."""


class Broken(Exception):
    """Something that nobody foresaw."""


class Watched:
    """A provider with fail-points before a letter leaves, and after it has left."""

    name = "sendgrid"

    def __init__(self, provider: SendGrid, reached: Callable[[str], None]) -> None:
        self.provider, self.reached = provider, reached

    def send(self, letter: Letter, *, give_up_at: float) -> Verdict:
        self.reached("call before")
        verdict = self.provider.send(letter, give_up_at=give_up_at)
        self.reached("call after")
        return verdict

    def close(self) -> None:
        self.provider.close()


class Fault(NamedTuple):
    """What goes wrong, and at which fail-point from now on."""

    kind: str  # break, kill, or freeze: the other worker goes on meanwhile
    after: int


class Life(NamedTuple):
    """What one seed came to.  trace: of everything that happened.  points: how often each fail-point had a fault."""

    trace: str
    violations: list[str]
    letters: int
    points: Counter[str]


class Simulation:
    """One town, two workers, and what the outside world was told."""

    def __init__(self, seed: int, url: str, sendgrid: FakeSendGrid, people: int, shelf: Shelf, kept: "Kept") -> None:
        self.dice, self.url, self.sendgrid, self.shelf, self.kept = Random(seed), url, sendgrid, shelf, kept
        self.now = MONDAY
        self.names = [f"p{n}" for n in range(people)]
        self.told: dict[str, Callable[[Ground], object]] = {}  # not acknowledged yet: the product will tell it again
        self.ids: dict[str, str] = {}
        self.acknowledged: dict[str, set[str]] = {name: set() for name in self.names}
        self.paid_at: dict[str, datetime] = {}  # who has paid after they left has not left
        self.left_at: dict[str, datetime] = {}
        self.closed: dict[str, int] = {}  # how long the ledger was when nothing more might be written to them
        self.fault: Fault | None = None
        self.dead = False
        self.nested = False
        self.points: Counter[str] = Counter()
        self.trace = hashlib.sha256()
        self.violations: list[str] = []
        self.told_of = 0
        self.workers: list[tuple[Ground, Post]] = []
        for n in range(2):
            self.workers.append(self._born(n))

    def _born(self, n: int) -> tuple[Ground, Post]:
        sessions = Sessions(self.url)
        sessions.reached = lambda name, point: self._reaches(n, f"{name} {point}")
        ground = Ground(sessions, self.shelf, Seals(KEYS))
        provider = Watched(SendGrid(self.sendgrid.key, self.sendgrid.url), lambda name: self._reaches(n, name))
        return ground, Post(provider, self.kept, f"worker {n}", connections=1)

    def look(self) -> Moment:
        return Moment(self.now, self.now)

    def _reaches(self, n: int, point: str) -> None:
        if self.nested:
            return
        if self.dead:
            raise Killed  # whatever a dying process would still do in its `finally`, a killed one does not
        if self.fault is None:
            return
        kind, after = self.fault
        if after:
            self.fault = self.fault._replace(after=after - 1)
            return
        if kind == "freeze" and point.endswith("decided"):
            return  # in the middle of a transaction: on SQLite nobody else could write
        self.fault = None
        self.points[f"{point} ({kind})"] += 1
        self._say(f"{kind} at {point}")
        if kind == "break":
            raise Broken(point)
        if kind == "kill":
            self.dead = True
            raise Killed
        self.nested = True
        try:
            self._beats(1 - n)
        finally:
            self.nested = False

    def lives(self, days: int) -> None:
        """Let so many days pass, with everything in them."""
        end = MONDAY + timedelta(days=days)
        acts = [self._time, self._sign_up, self._use, self._stop, self._unsubscribe, self._provider_tells, self._hold]
        weights = [30, 12, 25, 4, 2, 6, 2]
        while self.now < end:
            (act,) = self.dice.choices(acts, weights)
            if self.dice.random() < PARTLY:
                kind = self.dice.choices(("break", "kill", "freeze"), (3, 3, 2))[0]
                self.fault = Fault(kind, self.dice.randrange(8))
            if self.dice.random() < PARTLY / 2:
                self.sendgrid.misbehaves(*self.dice.choices(FAULTS, k=self.dice.randint(1, 3)))
            act()
            self._guarded(self.dice.randrange(2), self._beats)
            self.now += SOONEST

    def ends(self) -> None:
        """Let all faults be over, and everything come to its end."""
        self.fault = None
        self.sendgrid.behaves()
        for _ in range(6):
            self.now += timedelta(minutes=10)
            self._retell()
            self._guarded(0, lambda n: sending.resume(self.workers[n][0], "sam", self.look()))
            for n in range(2):
                self._guarded(n, self._beats)
        self._judge()

    def _guarded(self, n: int, act: Callable[[int], object]) -> bool:
        """Do something as one worker; where it is killed, it is started anew once its leases are over."""
        try:
            act(n)
        except (Killed, Broken) as error:
            self.dead = False
            if isinstance(error, Killed):
                ground, post = self.workers[n]
                post.close()
                ground.sessions.close()
                self.workers[n] = self._born(n)
            self.fault = None
            self.now += PAST_A_LEASE
            for ground, _ in self.workers:
                handover.sweep(ground, self.look())
            return False
        return True

    def _beats(self, n: int) -> None:
        ground, post = self.workers[n]
        at = self.look()
        while tick.tick(ground, at) or go_on(ground, at) or tick.catch_up(ground, at):
            pass
        handover.sweep(ground, at)
        before = len(self.sendgrid.ledger)
        handover.hand_over(ground, post, self.look)
        for line in self.sendgrid.ledger[before:]:
            self._say(f"accepted {line.to} {line.categories[0]}")
        delivery.give_up(ground, at)

    def _time(self) -> None:
        ground, _ = self.workers[0]
        with ground.sessions.read() as session:
            due = claims.oldest_due(session, self.now + timedelta(days=400))
        some = timedelta(hours=self.dice.choice((0.1, 1, 6, 18)) * self.dice.random())
        self.now = max(self.now, due) if due is not None and self.dice.random() < 0.5 else self.now + some
        self._say("time")

    def _tell(self, about: str, act: Callable[[Ground], object]) -> bool:
        """Have the product tell something, until that is acknowledged; returns whether it was at once."""
        self.told[about] = act
        return self._retell(about)

    def _retell(self, *some: str) -> bool:
        sound = True
        for about in some or tuple(self.told):

            def tell(n: int, about: str = about) -> None:
                self.told[about](self.workers[n][0])
                who, _, what = about.partition(" ")
                self.acknowledged[who].add(what)
                del self.told[about]
                if what.startswith("unsubscribe") or (what in ENDED and self._left(who)):
                    self.closed.setdefault(who, len(self.sendgrid.ledger))
                self._say(f"acknowledged {about}")

            sound &= self._guarded(self.dice.randrange(2), tell)
        return sound

    def _sign_up(self) -> None:
        left = [name for name in self.names if name not in self.ids and f"{name} signed up" not in self.told]
        if not left:
            self._retell()
            return
        name, at = left[0], self.now
        role = self.dice.choice(("developer", "florist", None))
        newcomer = Newcomer(
            f"u-{name}", f"{name}@customer.example", at, "signups", f"s-{name}",
            zone=self.dice.choice(("Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", None)),
            traits={"role": role} if role else {},
        )  # fmt: skip

        def act(ground: Ground) -> None:
            self.ids[name] = intake.sign_up(ground, newcomer, self.look()).customer_id

        self._tell(f"{name} signed up", act)

    def _use(self) -> None:
        self._event(USES)

    def _stop(self) -> None:
        self._event(STOPS)

    def _event(self, events: tuple[str, ...]) -> None:
        known = sorted(self.ids)
        if not known:
            return
        name, event, at = self.dice.choice(known), self.dice.choice(events), self.now
        if event in self.acknowledged[name] or self.closed.get(name) is not None:
            return
        if event == "subscription_started":
            self.paid_at[name] = at
        elif event in ENDED:
            self.left_at[name] = at
        report = Report(event, at, f"u-{name}", id=f"e-{name}-{event}")
        self._tell(f"{name} {event}", lambda ground: intake.take_events(ground, [report], "events", self.look()))

    def _left(self, name: str) -> bool:
        """Whether the last we heard of somebody, by its own moment, is that they left."""
        return name in self.left_at and self.left_at[name] > self.paid_at.get(name, MONDAY)

    def _unsubscribe(self) -> None:
        known = sorted(self.ids)
        if known:
            name = self.dice.choice(known)
            customer_id = self.ids[name]
            self._tell(
                f"{name} unsubscribe",
                lambda ground: feedback.unsubscribe(ground, customer_id, "all", "a link", self.look()),
            )

    def _provider_tells(self) -> None:
        ledger = self.sendgrid.ledger
        if not ledger:
            return
        line = self.dice.choice(ledger[-10:])
        was = self.dice.choices(("taken", "delivered", "clicked", "bounced", "complained"), (4, 6, 3, 1, 1))[0]
        self.told_of += 1
        event = DeliveryEvent(f"d{self.told_of}", was, self.now, line.send_id, line.to)  # type: ignore[arg-type]
        name = line.to.partition("@")[0]
        told = self.dice.choice(([event], [event, event]))
        what = f"unsubscribed by {was}" if was in ("bounced", "complained") else f"{was} {self.told_of}"
        what = what.replace("unsubscribed", "unsubscribe")
        self._tell(f"{name} {what}", lambda ground: delivery.take_delivery(ground, "sendgrid", told, self.look()))

    def _hold(self) -> None:
        act = self.dice.choice((sending.hold, sending.resume, sending.resume))
        self._guarded(0, lambda n: act(self.workers[n][0], "sam", self.look()))
        self._say(act.__name__)

    def _say(self, what: str) -> None:
        self.trace.update(f"{self.now.isoformat()} {what}\n".encode())

    def _judge(self) -> None:
        """Hold the provider's ledger and the database against what was acknowledged."""
        found, ledger = self.violations, self.sendgrid.ledger
        found += [f"twice: {line}" for line, n in Counter(line.send_id for line in ledger).items() if n > 1]
        again = Counter((line.to, line.categories[0]) for line in ledger)
        found += [f"the same step twice: {line}" for line, n in again.items() if n > 1 and "round" not in line[1]]
        for name, length in self.closed.items():
            later = [line.categories[0] for line in ledger[length:] if line.to == f"{name}@customer.example"]
            found += [f"after the end: {name} {later}"] if later else []
        with self.workers[0][0].sessions.read() as session:
            for name in sorted(self.ids):
                row = customers.find(session, self.ids[name])
                found += [f"lost: {name}"] if row is None else []
                left = self._left(name) and self.acknowledged[name] & {*ENDED}
                wrong = row is not None and left and row.stage != "terminated"
                found += [f"not ended: {name} {row and row.stage}"] if wrong else []
                self._say(f"{name} {row and row.stage}")
            due = claims.oldest_due(session, self.now - timedelta(minutes=1))
            found += [f"stuck since {due}"] if due is not None else []
            states = dict(session.rows("SELECT state, COUNT(*) FROM messages GROUP BY state"))
            found += ["a letter is in hand for ever"] if states.get("handing") else []
            found += self._unaccounted(session)
            self._say(json.dumps(states, sort_keys=True))

    def _unaccounted(self, session: Any) -> Iterator[str]:
        """Letters whose state is not what the ledger says: accepted but not there, or there but thought unsent."""
        sent = {line.send_id for line in self.sendgrid.ledger}
        for send_id, state in session.rows("SELECT send_id, state FROM messages"):
            if (state == "accepted" and send_id not in sent) or (send_id in sent and state not in TAKEN):
                yield f"{state}, and {'in' if send_id in sent else 'not in'} the ledger: {send_id}"

    def close(self) -> None:
        for ground, post in self.workers:
            post.close()
            ground.sessions.close()


TAKEN = ("accepted", "unknown", "lost")


class Kept(Composer):
    """A composer that outlives its simulation, since emails take long to compile."""

    def __init__(self) -> None:
        super().__init__(Links(URL, KEYS), URL)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Have all ids drawn by this seed."""
    was = ids.chance.draw
    ids.chance.draw = Random(f"ids {seed}").randbytes
    try:
        yield
    finally:
        ids.chance.draw = was


def lived(seed: int, url: str, folder: Path, *, people: int, days: int, shelf: Shelf, kept: Kept) -> Life:
    """Live one seed through in a database that was prepared, and say what came of it."""
    with FakeSendGrid(folder / f"ledger-{seed}") as sendgrid, seeded(seed):
        simulation = Simulation(seed, url, sendgrid, people, shelf, kept)
        try:
            simulation.lives(days)
            simulation.ends()
        finally:
            simulation.close()
        ledger = sendgrid.ledger
    (folder / f"ledger-{seed}").unlink()
    return Life(simulation.trace.hexdigest(), simulation.violations, len(ledger), simulation.points)
