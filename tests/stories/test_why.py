"""Why a customer got a letter, or did not: each thing that can stand between them, and the same answer ever after."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, cast

import pytest

from nurture.engine.explain import ASKED, Explanation
from nurture.flow import by_hand, care, feedback, intake
from nurture.flow.intake import Report
from nurture.flow.publish import Choices, publish
from nurture.flow.why import why, why_all
from nurture.store import documents, tasks
from nurture.store.session import Session, Sessions
from tests.postgres import Prepare
from tests.stories.town import Person, Town
from tests.stories.why_playbook import JOURNEYS, TEXTS, edited, prepared

Live = Callable[[Town, Person], None]


@pytest.fixture(scope="session")
def prepare_database() -> Prepare:
    return prepared


class Case(NamedTuple):
    """What somebody lives through, what is asked of them then, and the answer: its outcome, and what said no.

    stays: nothing about the step is open any more, so that deleting it changes no answer.
    """

    journey: str
    outcome: str
    no: str | None
    live: Live | None = None
    step: str | None = "letter"
    stays: bool = True


def begins(key: str, *also: str) -> Live:
    """Have the journey's own event happen, and others after it."""

    def live(_: Town, person: Person) -> None:
        for event in (key, *also):
            person.does(event)

    return live


def is_answered(town: Town, person: Person, state: str) -> None:
    """Have a letter decided, and the provider say something else than yes."""
    town.sendgrid.misbehaves(state)
    person.does("plain")


def is_blocked(town: Town, person: Person) -> None:
    intake.take_events(town.ground, [Report("plain", town.now, person.user_id, person.email)], "events", town.look())
    sql = "UPDATE messages SET email = 'gone' WHERE customer_id = :id"
    town.ground.sessions.write(lambda session: session.run(sql, {"id": person.id}))
    town.carries_the_post()


def is_suppressed(_: Town, person: Person) -> None:
    person.unsubscribes()
    person.does("plain")


def is_suppressed_later(_: Town, person: Person) -> None:
    person.does("late")
    person.unsubscribes()


def leaves_a_topic(_: Town, person: Person) -> None:
    person.unsubscribes("tips")
    person.does("plain")


def asks_for_a_pause(town: Town, person: Person) -> None:
    assert feedback.wish(town.ground, person.id, "pause", town.look())
    person.does("plain")


def answers(town: Town, person: Person) -> None:
    assert feedback.answer(town.ground, person.id, "mood", "7", town.look())
    person.does("asks")


def task_of(town: Town, person: Person) -> str:
    with town.ground.sessions.read() as session:
        return tasks.tasks_of(session, person.id)[0].id


def is_called(town: Town, person: Person) -> None:
    person.does("care")
    care.complete(town.ground, task_of(town, person), "booked", "", "ana@harbour.example", town.look())


def is_big(town: Town, person: Person) -> None:
    by_hand.tell_traits(town.ground, person.id, {"plan": "big"}, "ana", town.look())
    person.does("split")


EARLIER = {
    "another path, since nothing happened in time": Case("waits", "another path", "step condition"),
    "in the second round": Case("rounds", "sent", None),
    "nobody called": Case("care", "lapsed", "sender", step="call"),
    "walked it, and came again": Case("again", "not entered again", "re-entry", begins("again", "enough"), stays=False),
    "a goal was reached before": Case("again", "finished", "earlier exit", begins("again", "enough"), stays=False),
}
LATE = {
    "an outage": Case("late", "skipped", "lateness"),
    "a late letter stands for all": Case("behind", "skipped", "lateness"),
}
NOW = {
    "sent": Case("plain", "sent", None),
    "started by another journey": Case("plain", "sent", None, begins("starts")),
    "no longer published": Case("gone", "never entered", "journey is live"),
    "another plan": Case("entry", "never entered", "entry rule"),
    "another stage": Case("stage", "never entered", "stage"),
    "nothing happened": Case("late", "never entered", "entry rule", begins("nothing")),
    "another stage, and nobody asked": Case("grown", "never entered", "stage", begins("nothing")),
    "never started by hand": Case("once", "never entered", "entry rule", begins("nothing")),
    "walks another variant": Case("other", "another variant", "persona", begins("base")),
    "a step of the same name in another variant": Case("other", "another variant", "persona", begins("base"), "note"),
    "a step of a variant alone": Case("base", "another variant", "persona"),
    "their goal is reached already": Case("won", "never entered", "earlier exit", begins("report_shared", "won")),
    "they would leave at once": Case("exit", "never entered", "earlier exit", begins("enough", "exit")),
    "came too soon again": Case("soon", "sent", None, begins("soon", "soon")),
    "asked for no such letters": Case("news", "withheld", "consent"),
    "left the topic": Case("plain", "withheld", "consent", leaves_a_topic),
    "asked for a pause": Case("plain", "held", "consent", asks_for_a_pause),
    "suppressed": Case("plain", "withheld", "suppression", is_suppressed),
    "capped": Case("second", "held", "limit", begins("plain", "second")),
    "kept aside": Case("aside", "withheld", "kept aside"),
    "left before": Case("exit", "left", "earlier exit", begins("exit", "enough"), stays=False),
    "held by another journey": Case(
        "rests", "suspended", "held by another journey", begins("rests", "calm"), stays=False
    ),
    "another comes first, where they stand": Case(
        "rests", "suspended", "held by another journey", begins("rests", "calm"), "a-day", stays=False
    ),
    "not yet": Case("late", "not yet", None, stays=False),
    "no need for it": Case("unless", "skipped", "step condition"),
    "answered already": Case("asks", "skipped", "step condition", answers),
    "another path": Case("split", "another path", "step condition"),
    "their path": Case("split", "sent", None, is_big),
    "another arm": Case("arm", "another path", "step condition"),
    "switched off": Case("off", "skipped", "step condition"),
    "blocked": Case("plain", "blocked", "rendering", is_blocked),
    "refused": Case("plain", "refused", "sender", lambda town, who: is_answered(town, who, "400")),
    "no answer": Case("plain", "unknown", "sender", lambda town, who: is_answered(town, who, "accept-then-reset")),
    "called": Case("care", "done", None, is_called, step="call"),
    "to be called": Case("care", "open", None, step="call"),
    "no need to call": Case("care", "closed", "earlier exit", begins("care", "trial_cancelled"), step="call"),
    "shown": Case("notice", "shown", None, step="hint"),
    "not shown": Case("silent", "withheld", "kept aside", step="hush"),
    "told": Case("tells", "queued", None, step="tell"),
    "passed": Case("split", "passed", None, step="fork"),
    "not yet, and suppressed": Case("late", "not yet", "suppression", is_suppressed_later, stays=False),
    "not yet, and switched off": Case("dark", "not yet", "step condition", stays=False),
    "waiting": Case("late", "waiting", None, step="a-day", stays=False),
    "walking": Case("late", "walking", None, step=None, stays=False),
}
NIGHT = {"at night": Case("plain", "held", "quiet hours")}
NOBODY_ASKED = ("nothing happened", "another stage, and nobody asked", "never started by hand")
CASES = EARLIER | LATE | NOW | NIGHT


def lives(town: Town, cases: dict[str, Case]) -> dict[str, Person]:
    people: dict[str, Person] = {}
    for number, (name, case) in enumerate(cases.items()):
        person = people[name] = town.signs_up(f"{case.journey}-{case.step}-{town.now:%d%H}-{number}")
        (case.live or begins(case.journey))(town, person)
    return people


def everybody(town: Town) -> dict[str, Person]:
    """Have everybody live through what is theirs; then nothing more happens."""
    gone = JOURNEYS["plain"].replace("plain", "gone")
    publish(town.ground, {("journey", "gone"): gone}, "a test", "", town.look())
    town.ground.sessions.write(lambda session: documents.archive(session, "journey", "gone", "a test", "", town.now))
    people = lives(town, EARLIER)
    town.passes(days=3)
    people["walked it, and came again"].does("again")
    people |= lives(town, LATE)
    town.sleeps(days=5)
    town.beats()
    people |= lives(town, NOW)
    town.sleeps(hours=13)
    return people | lives(town, NIGHT)


def answer(town: Town, person: Person, case: Case) -> tuple[str, str | None]:
    told = explained(town, person, case)
    assert told.first_no is None or all(one.holds is not False for one in told.checks[: told.first_no])
    return told.outcome, told.no.asks if told.no is not None else None


def explained(town: Town, person: Person, case: Case) -> Explanation:
    return why(town.ground, person.id, case.journey, case.step, town.now)


def test_whatever_stands_between_is_named_and_stays_named_when_the_step_is_edited_or_deleted(town: Town) -> None:
    people = everybody(town)
    expected = {name: (case.outcome, case.no) for name, case in CASES.items()}
    told = {name: explained(town, people[name], case) for name, case in CASES.items()}

    first = {name: answer(town, people[name], case) for name, case in CASES.items()}
    for old, new in (("email: words", "email: others"), ("id: letter", "id: another")):
        publish(town.ground, {**TEXTS, **edited(old, new)}, "a test", "", town.look(), people=Choices())
        again = {name: answer(town, people[name], case) for name, case in CASES.items() if case.stays}

        assert again == {name: expected[name] for name in again}

    assert first == expected
    asked = [check.asks for check in told["sent"].checks]
    assert asked == list(ASKED)
    failing = [check for one in told.values() for check in one.checks if check.holds is False]
    assert all(check.because and check.fix and check.fix.sentence for check in failing)
    live = {name for name, one in told.items() if one.no is not None and one.no.live}
    assert live == {"no longer published", "not yet, and suppressed", "not yet, and switched off", *NOBODY_ASKED}
    called = {check.asks: check.because for check in told["called"].checks if check.holds is None}
    assert set(called.values()) == {"not asked of a care step"}
    assert set(called) >= {"consent", "limit", "rendering"}


def test_of_every_journey_it_is_said_where_they_stand(town: Town) -> None:
    ada = town.signs_up("ada")
    ada.does("late")
    ada.does("stage")
    ada.does("plain")

    told = {
        one.journey: (one.outcome, one.no.asks if one.no else None) for one in why_all(town.ground, ada.id, town.now)
    }

    assert told["late"] == ("walking", None)
    assert told["plain"] == ("finished", None)
    assert told["stage"] == ("never entered", "stage")
    assert told["exit"] == ("never entered", "entry rule")
    assert set(told) == set(JOURNEYS) - {"other"}


def test_the_number_of_queries_does_not_depend_on_how_much_was_written_down(town: Town) -> None:
    ada = town.signs_up("ada")
    ada.does("rounds")
    counting = Counting(town.ground.sessions)
    ground = town.ground._replace(sessions=cast(Sessions, counting))
    told = []

    for _ in range(2):
        told.append((len(counting.asked), why(ground, ada.id, "rounds", "letter", town.now).outcome))
        town.passes(days=2)
        for _ in range(20):
            ada.does("stage")
    told.append((len(counting.asked), why_all(ground, ada.id, town.now)[0].outcome))

    assert [outcome for _, outcome in told] == ["sent", "sent", "finished"]
    assert [number for number, _ in told] == [0, 9, 18]
    assert len(counting.asked) == 18 + 6


class Counted(Session):
    """A session that writes down what it is asked."""

    asked: list[str]

    def rows(self, sql: str, params: Any = ()) -> list[tuple[Any, ...]]:
        self.asked.append(sql)
        return super().rows(sql, params)

    def execute(self, statement: Any, params: Any = None) -> Any:
        self.asked.append(str(statement))
        return super().execute(statement, params)


class Counting:
    """Sessions of which each writes down what it is asked."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self.asked: list[str] = []

    @contextmanager
    def read(self) -> Iterator[Session]:
        with self.sessions.read() as session:
            counted = Counted(session.connection)
            counted.asked = self.asked
            yield counted
