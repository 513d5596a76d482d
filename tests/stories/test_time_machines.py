"""The time machines against the real thing: what is simulated, forecast and lived again is what really happens."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from nurture.channels.email.links import Links
from nurture.engine.forecast import ahead
from nurture.engine.hindsight import live_again
from nurture.engine.learning import CARE_DONE
from nurture.engine.playbook import compile_playbook
from nurture.engine.reach import report
from nurture.engine.simulate import newcomer, simulate
from nurture.engine.snapshot import Fact
from nurture.flow import care, feedback
from nurture.flow.backtest import EVERYBODY, backtest, in_a_sentence
from nurture.flow.folder import read_folder
from nurture.flow.forecast import forecast
from nurture.flow.intake import Report
from nurture.flow.rehearse import laid_over, subjects
from nurture.settings import ROOT
from nurture.store import house, lives, photographs, tasks
from tests.sqlite import SqliteFiles
from tests.stories.town import KEYS, MONDAY, URL, Person, Town, a_town, founded

FIRST = read_folder(ROOT)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)

TOUR = """\
id: tour
name: A tour
enter: {on: tour_wanted}
steps:
  - id: tips
    do: repeat
    times: 2
    steps:
      - {id: tip, do: message, title: A tip, body: Look here., for: {wilma: {title: Here}}}
      - {id: day, do: wait, for: 1d}
  - id: tone
    do: experiment
    arms: [{id: plain, steps: [{id: word, do: message, title: Word, body: By word.}]}, {id: warm, steps: []}]
  - id: call
    do: care
    task: call-about-their-question
    due: 1d
    escalate: {after: 12h, to: mira}
    wait_for_outcome: 5d
    outcomes: {booked: [{id: tell, do: webhook, to: crm, send: {booked: true}}]}
  - {id: mood, do: survey, survey: how_is_it_going, email: is-it-solved}
  - {id: mark, do: set, trait: toured, to: true}
"""
REST = """\
id: quiet
name: Quiet
enter: {on: quiet_wanted}
holds: all
steps: [{id: while, do: wait, for: 30h}]
"""
NEW = {
    ("journey", "tour"): TOUR,
    ("journey", "quiet"): REST,
    ("outbound", "crm"): "{id: crm, url: 'https://example.com/crm'}",
}


@pytest.fixture
def lite(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Town]:
    """A town on SQLite, for what is the same on both."""
    with sqlite_files.database(founded) as url, a_town(url, tmp_path) as opened:
        yield opened


def test_the_real_run_over_every_new_step_is_the_simulated_one(lite: Town) -> None:
    lite.publishes(NEW)
    wilma = lite.signs_up("wilma", zone="Europe/Berlin")
    with lite.ground.sessions.read() as session:
        playbook = lite.ground.shelf.playbook(session)
    start = newcomer(playbook, None, MONDAY, 14 * DAY, "Europe/Berlin")
    start = start._replace(customer=start.customer._replace(id=wilma.id, traits={"name": "Wilma"}))
    script = [
        Fact("tour_wanted", MONDAY + 5 * HOUR),
        Fact("quiet_wanted", MONDAY + DAY),
        Fact(CARE_DONE, MONDAY + 5 * DAY, {"task": "call-about-their-question", "outcome": "booked"}),
    ]

    for fact in script:
        lite.passes(seconds=(fact.at - lite.now).total_seconds())
        if fact.name == CARE_DONE:
            with lite.ground.sessions.read() as session:
                (task,) = tasks.open_tasks(session, lite.now)
            care.complete(lite.ground, task.id, "booked", "", "mira", lite.look())
        else:
            wilma.does(fact.name)
    lite.passes(seconds=(MONDAY + 14 * DAY - lite.now).total_seconds())

    simulated = simulate(playbook, start, MONDAY, 14, script)
    for journey in ("tour", "quiet", "first-win", "at-risk", "trial-ending"):
        told = [
            (line.at, line.step, line.do, line.because, line.about, line.until.isoformat() if line.until else None)
            for line in simulated.of(journey)
        ]
        assert wilma.transcript(journey) == told
    with lite.ground.sessions.read() as session:
        sent = session.rows("SELECT journey, step, subject FROM messages WHERE state = 'accepted'")
    words = subjects(Links(URL, KEYS), playbook, simulated)
    assert {(journey, step): subject for (_, journey, step), subject in words.items()} == {
        (journey, step): subject for journey, step, subject in sent
    }
    kinds = {line.do for line in simulated.of("tour")}
    assert {"notice", "suspended", "resumed", "task", "escalated", "call", "letter"} <= kinds
    assert simulated.ending("tour") == ("finished", "walked to its end")


@pytest.mark.parametrize("persona", ["kevin", "wilma"])
@pytest.mark.parametrize("journey", sorted(key for kind, key in FIRST if kind == "journey"))
def test_thirty_days_twice_are_the_same_to_the_byte(journey: str, persona: str) -> None:
    told = []

    for playbook in PLAYBOOKS:
        script = [Fact(event, MONDAY + 2 * DAY) for event in ("ticket_opened", "report_shared", "subscription_started")]
        lived = simulate(playbook, newcomer(playbook, persona, MONDAY, 14 * DAY), MONDAY, 30, script)
        told.append(orjson.dumps(report(playbook, lived, journey, {})))

    assert told[0] == told[1]


PLAYBOOKS = [
    compile_playbook(1, {name: (1, text) for name, text in order}) for order in (FIRST.items(), reversed(FIRST.items()))
]


def test_the_forecast_is_what_happens_if_nobody_does_anything(town: Town) -> None:
    people = [town.signs_up("ada", role="developer", zone="America/New_York"), town.signs_up("wilma")]
    town.passes(days=1, hours=1)
    before = [len(person.letters) for person in people]
    rows = _rows(town)

    told = forecast(town.ground, town.now, 13)
    again = forecast(town.ground, town.now, 13)

    assert _rows(town) == rows
    town.passes(days=13)
    moments = [at for person, n in zip(people, before, strict=True) for at in person.moments[n:]]
    hours = Counter(at.replace(minute=0, second=0, microsecond=0) for at in moments)
    assert {at: tally.all for at, tally in told.letters.items()} == hours
    assert sum(tally.all for tally in told.senders.values()) == len(moments) > 6
    assert sum(tally.all for tally in told.journeys.values()) == len(moments)
    assert told.journeys["at-risk"].sure == 0
    assert told.customers == 2
    assert again == told


def test_the_forecast_counts_tasks_by_their_owner_and_what_waits_in_the_outbox(lite: Town) -> None:
    by_stage = TOUR.replace("enter: {on: tour_wanted}", "enter: {stage: assessing}")
    lite.publishes({**NEW, ("journey", "tour"): by_stage})
    lite.ground.sessions.write(lambda session: house.recall_or(session, house.HOLD, "nothing leaves"))
    ada = lite.signs_up("ada", role="developer")
    with lite.ground.sessions.read() as session:
        taken = photographs.photographs(session, [ada.id])[ada.id].snapshot
        playbook = lite.ground.shelf.whole(session, {(walk.shape, walk.revision) for walk in taken.enrollments})

    told = forecast(lite.ground, lite.now, 4)
    alone = [one for one in ahead(playbook, taken, lite.now, 4) if one.do == "task"]

    assert ada.letters == []
    assert told.letters[MONDAY].sure == 1
    assert [(one.step, one.who, one.conditional) for one in alone] == [("call", "jonas", False)]
    assert told.tasks == {"jonas": {(MONDAY + 2 * DAY).replace(hour=0): 1}}


def test_a_life_lived_again_under_the_same_playbook_is_the_one_that_was(lite: Town) -> None:
    people = _some_lives(lite)
    with lite.ground.sessions.read() as session:
        playbook = lite.ground.shelf.playbook(session)
        pasts = lives.pasts(session, [person.id for person in people])

    again = [live_again(playbook, pasts[person.id], lite.now, "first-win") for person in people]

    for person, lived in zip(people, again, strict=True):
        assert [one.step for one in lived.letters] == person.letters
        assert [one.at for one in lived.letters] == person.moments
        assert (lived.stage, lived.persona) == (person.stage, person.row.persona)
    assert sum(len(lived.letters) for lived in again) > 10


def _some_lives(town: Town) -> list[Person]:
    """Ada builds and pays, Bo goes silent and comes back, Cy was a lead, Dee leaves, Eve's events came before her."""
    town.hears(Report("source_connected", town.now - HOUR, "u-eve", id="early"))
    lead = town.hears_of("cy")
    ada, bo, dee = town.signs_up("ada", role="developer"), town.signs_up("bo"), town.signs_up("dee")
    town.passes(days=1)
    cy, eve = town.signs_up("cy"), town.signs_up("eve")
    assert cy.id == lead.id
    ada.does("source_connected")
    assert feedback.answer(town.ground, ada.id, "driver", "save_time", town.look())
    town.passes(days=2, hours=2)
    ada.does("report_shared")
    town.hears(Report("report_created", town.now - DAY, bo.user_id, id="late"))
    dee.unsubscribes()
    town.passes(days=5, hours=7)
    bo.does("report_viewed")
    ada.does("subscription_started")
    town.passes(days=9)
    return [ada, bo, cy, dee, eve]


def test_a_draft_is_tried_on_those_who_signed_up(town: Town) -> None:
    people = _some_lives(town)
    text = FIRST["journey", "first-win"].replace("up_to: 2d", "up_to: 1d", 1)
    rows = _rows(town)
    with town.ground.sessions.read() as session:
        published = town.ground.shelf.playbook(session)
        draft = laid_over(session, town.ground.shelf, {("journey", "first-win"): text}).playbook

    told = backtest(town.ground, published, draft, "first-win", MONDAY, town.now)
    same = backtest(town.ground, published, published, "first-win", MONDAY, town.now)
    late = backtest(town.ground, published, draft, "first-win", MONDAY + HOUR, town.now)

    everybody = told.groups[EVERYBODY]
    assert everybody.customers == len(people)
    assert everybody.spans == {-DAY: 3}
    assert "3 customers get their first nudge 1 day earlier" in in_a_sentence(everybody)
    assert (told.groups["kevin"].customers, told.groups["wilma"].customers) == (1, 4)
    assert told.groups["kevin"].changed == 0
    assert in_a_sentence(same.groups[EVERYBODY]) == "no difference"
    assert late.groups[EVERYBODY].customers == 2
    assert told.failed == {}
    assert _rows(town) == rows


def _rows(town: Town) -> list[int]:
    """How much there is of everything that a settle writes."""
    with town.ground.sessions.read() as session:
        return [
            session.rows(f"SELECT COUNT(*) FROM {table}")[0][0]
            for table in ("decisions", "messages", "enrollments", "events", "tasks")
        ]
