"""The main run: sign-ups of every kind, a third adopt, a third cancel, the rest run to the trial's end.

The run only acts and writes down what was acknowledged when; `Record` then holds the ledger and the database
against it. Windows and caps are judged at the moment of the claim, which is exact whatever the machine's load.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from nurture.engine.local import next_opening, zone_for
from nurture.engine.policy import Policy
from nurture.flow.ground import read_playbook
from nurture.store.schema import moment
from nurture.store.session import Session, Sessions
from tests.fake_sendgrid import FakeSendGrid, Line
from tests.stories.service import CLOCK, START, Answer, Service

ZONES = ("America/Los_Angeles", "Europe/Berlin", None, "Asia/Kolkata", "Pacific/Auckland")
KILLED = ("supervisor", "worker", "both")
SILENT_END = timedelta(days=3)  # the lifecycle's grace after a trial's end


class Person(NamedTuple):
    """Somebody who signs up, and what they will do."""

    user_id: str
    email: str
    signs_up_at: datetime
    zone: str | None
    locale: str | None
    role: str | None
    does: str | None  # an event, or None: they run to the end
    does_at: datetime

    @property
    def persona(self) -> str:
        return "kevin" if self.role == "developer" else "wilma"


class Acts(NamedTuple):
    """What was acknowledged: sign-ups and stops by user id; and the two clocks at one moment."""

    signed_up: dict[str, Answer]
    stopped: dict[str, Answer]
    monotonic: float
    machine: datetime


def people(count: int, trial: timedelta) -> list[Person]:
    """Invent a mixed crowd that signs up within half a day."""
    return [
        Person(
            user_id=f"u{n}",
            email=f"person{n}@customer.example",
            signs_up_at=START + timedelta(hours=12) * n / count,
            zone=ZONES[n % len(ZONES)],
            locale=("en-GB", "de-DE", None)[n % 7 % 3],
            role=("developer", None)[n % 2],
            does=("subscription_started", "trial_cancelled", None)[n % 3],
            does_at=START + timedelta(hours=14) + (trial - timedelta(hours=16)) * (n * 7 % count) / count,
        )
        for n in range(count)
    ]


def run(service: Service, crowd: Sequence[Person], trial_days: int, kills: int = 0) -> Acts:
    """Live through it, killing the service `kills` times on the way, in turn its supervisor, its worker and both."""
    acts = Acts({}, {}, time.monotonic(), CLOCK.machine())
    to_the_end = timedelta(days=trial_days) + SILENT_END
    end = START + to_the_end + timedelta(hours=14)
    when_killed = [START + (end - START) * (n + 1) / (kills + 2) for n in range(kills)]
    for at, what, person in sorted(
        [*_schedule(crowd), *((at, "kill", None) for at in when_killed)], key=lambda it: it[0]
    ):
        service.until_life(at)
        if person is None:
            service.is_killed(KILLED[when_killed.index(at) % len(KILLED)])
            service.starts()
        elif what == "sign up":
            acts.signed_up[person.user_id] = service.insists("/v1/signups", _sign_up(person, trial_days))
            end = max(end, service.now + to_the_end + timedelta(hours=4))  # a busy machine signs people up late
        else:
            body = {"user_id": person.user_id, "event": what, "id": f"e-{person.user_id}"}
            acts.stopped[person.user_id] = service.insists("/v1/events", body)
    service.until_life(end)
    service.until_settled(end)  # a machine that fell behind, killed late, has its last work still before it
    return acts


def _schedule(crowd: Sequence[Person]) -> Iterator[tuple[datetime, str, Person | None]]:
    for person in crowd:
        yield person.signs_up_at, "sign up", person
        if person.does is not None:
            yield person.does_at, person.does, person


def _sign_up(person: Person, trial_days: int) -> dict[str, Any]:
    told = {"timezone": person.zone, "locale": person.locale, "role": person.role}
    return {
        "user_id": person.user_id,
        "email": person.email,
        "name": f"Person {person.user_id}",
        "trial_days": trial_days,
        **{key: value for key, value in told.items() if value is not None},
    }


class Try(NamedTuple):
    """One claim of one message: at, the life moment of the claim; handed_at, of its outcome."""

    send_id: str
    user_id: str
    journey: str
    step: str
    topic: str
    urgent: bool
    state: str
    persona: str | None
    zone: str | None
    at: datetime
    handed_at: datetime | None


class Record:
    """What the ledger and the database say afterwards."""

    def __init__(self, service: Service, url: str, sendgrid: FakeSendGrid, acts: Acts) -> None:
        self.service, self.acts = service, acts
        self.ledger: list[Line] = sendgrid.ledger
        sessions = Sessions(url)
        with sessions.read() as session:
            self.policy: Policy = read_playbook(session).policy
            self.tries = self._tries(session)
            self.stages = self._stages(session)
            self.walks = Counter(session.rows("SELECT journey, state FROM enrollments"))
            self.notes = Counter(session.rows(_NOTES_SQLITE if session.dialect == "sqlite" else _NOTES_POSTGRESQL))
        sessions.close()

    def _tries(self, session: Session) -> list[Try]:
        rows = session.rows(
            "SELECT m.send_id, c.ext_id, m.journey, m.step, m.topic, m.urgent, m.state, m.persona, c.zone,"
            " a.started_at, m.handed_at FROM messages m JOIN customers c ON c.id = m.customer_id"
            " JOIN attempts a ON a.message_id = m.id ORDER BY a.started_at"
        )
        return [
            Try._make(
                (*row[:5], bool(row[5]), *row[6:9], self.service.life_at(moment(row[9])), row[10] and moment(row[10]))
            )
            for row in rows
        ]

    def _stages(self, session: Session) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for user_id, stage in session.rows(
            "SELECT c.ext_id, s.to_stage FROM stage_changes s JOIN customers c ON c.id = s.customer_id"
            " ORDER BY c.ext_id, s.n"
        ):
            found.setdefault(user_id, []).append(stage)
        return found

    def lines_of(self, person: Person) -> list[Line]:
        """What SendGrid accepted for somebody, in order."""
        return [line for line in self.ledger if line.to == person.email]

    def outside_the_window(self) -> list[Try]:
        """Letters claimed outside their reader's working hours, though neither urgent nor transactional."""
        return [
            one
            for one in self._held()
            if next_opening(self.policy.window, zone_for(self.policy.window, one.zone), one.at) != one.at
        ]

    def over_the_caps(self) -> list[tuple[Try, Try]]:
        """Pairs of letters to one reader that came closer together than a cap allows."""
        close: list[tuple[Try, Try]] = []
        for user_id in {one.user_id for one in self.tries}:
            counted = [one for one in self.tries if one.user_id == user_id and not self._transactional(one)]
            for cap in self.policy.caps:
                close += [
                    (counted[n - cap.at_most], counted[n])
                    for n in range(cap.at_most, len(counted))
                    if not counted[n].urgent and counted[n].at - counted[n - cap.at_most].at < cap.per
                ]
        return close

    def _held(self) -> list[Try]:
        return [one for one in self.tries if not one.urgent and not self._transactional(one)]

    def _transactional(self, one: Try) -> bool:
        return self.policy.transactional(one.topic)

    def miscounted(self) -> list[tuple[str, int, int]]:
        """Journeys whose notes and rows disagree: entered = inside + finished + left."""
        return [
            (f"{journey} {noted}", self.notes[journey, noted], rows)
            for journey in {journey for journey, _ in self.walks}
            for noted, rows in (
                ("entered", sum(self.walks[journey, state] for state in ("active", "finished", "left"))),
                ("finished", self.walks[journey, "finished"]),
                ("left", self.walks[journey, "left"]),
            )
            if self.notes[journey, noted] != rows
        ]


_NOTES_SQLITE = (
    "SELECT json_extract(n.value, '$.journey'), json_extract(n.value, '$.do') FROM decisions d, json_each(d.body) n"
)
_NOTES_POSTGRESQL = (
    "SELECT note->>'journey', note->>'do' FROM decisions d, jsonb_array_elements(CAST(d.body AS jsonb)) note"
)


def in_order(moments: Sequence[datetime]) -> bool:
    """Whether time never ran back."""
    return all(first <= second for first, second in pairwise(moments))
