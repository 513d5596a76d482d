"""What happens to the people of the town, with the playbook that a first run publishes."""

from datetime import timedelta
from itertools import pairwise

from nurture.engine.simulate import newcomer, simulate
from nurture.engine.snapshot import Fact
from nurture.flow import feedback
from nurture.flow.intake import Report
from tests.stories.town import MONDAY, Town


def test_a_newcomer_is_assessing_and_welcomed_at_any_hour(town: Town) -> None:
    town.sleeps(days=5, hours=14)  # Saturday, 23:00

    ada = town.signs_up("ada", zone="Europe/London", role="developer")

    assert ada.stages == ["assessing"]
    assert ada.row.persona == "kevin"
    assert ada.letters == ["welcome"]
    assert ada.why("welcome")[0] == "sent"


def test_the_real_run_is_the_simulated_one(town: Town) -> None:
    wilma = town.signs_up("wilma", zone="Europe/Berlin")
    with town.ground.sessions.read() as session:
        playbook = town.ground.shelf.playbook(session)
    start = newcomer(playbook, "wilma", MONDAY, timedelta(days=14), "Europe/Berlin")
    script = [
        Fact("source_connected", MONDAY + timedelta(days=1, hours=5)),
        Fact("report_created", MONDAY + timedelta(days=2)),
    ]

    for fact in script:
        town.passes(seconds=(fact.at - town.now).total_seconds())
        wilma.does(fact.name)
    town.passes(seconds=(MONDAY + timedelta(days=14) - town.now).total_seconds())

    simulated = simulate(playbook, start, MONDAY, 14, script)
    for journey in ("first-win", "trial-ending", "at-risk", "next-wins"):
        told = [
            (line.at, line.step, line.do, line.because, line.about, line.until.isoformat() if line.until else None)
            for line in simulated.of(journey)
        ]
        assert wilma.transcript(journey) == told
    assert len(wilma.transcript("first-win")) > 5


def test_nothing_of_the_trial_reaches_whoever_adopted(town: Town) -> None:
    ada = town.signs_up("ada", role="developer")
    town.passes(days=2, hours=1)
    before = ada.letters

    ada.does("subscription_started")
    town.passes(days=20)

    assert ada.stages[:2] == ["assessing", "adopted"]
    assert set(ada.letters[len(before) :]).isdisjoint(before)
    assert ada.why("goal-letter", "first-win")[0] == "left"
    assert all(outcome in ("finished", "left") for outcome in [ada.why(None, "first-win")[0]])


def test_nothing_at_all_reaches_whoever_cancelled(town: Town) -> None:
    bo = town.signs_up("bo")
    town.passes(days=1)
    before = bo.letters

    bo.does("trial_cancelled")
    town.passes(days=120)

    assert bo.stages == ["assessing", "terminated"]
    assert bo.letters == before


def test_the_trials_end_is_the_end(town: Town) -> None:
    bo = town.signs_up("bo")

    town.passes(days=18)

    assert bo.stage == "terminated"
    assert max(bo.moments) < MONDAY + timedelta(days=14)
    count = len(bo.letters)
    town.passes(days=100)
    assert len(bo.letters) == count


def test_an_adopted_customer_who_goes_silent_is_at_risk_and_one_use_brings_them_back(town: Town) -> None:
    ada = town.signs_up("ada")
    ada.does("subscription_started")

    town.passes(days=60)

    assert ada.stage == "at_risk"
    ada.does("report_viewed")
    assert ada.stage == "adopted"
    assert "terminated" not in ada.stages


def test_a_lead_becomes_the_customer_who_signs_up_and_keeps_its_history(town: Town) -> None:
    lead = town.hears_of("cy", company="Cy & Co")
    town.passes(days=4)
    led = lead.letters

    cy = town.signs_up("cy")
    town.passes(days=14)

    assert cy.id == lead.id
    assert cy.stages[:2] == ["considering", "assessing"]
    assert led
    assert cy.letters[len(led)] == "welcome"
    assert cy.row.traits["company"] == "Cy & Co"
    assert cy.why(None, "lead-nurture")[0] == "left"


def test_an_event_before_its_sign_up_is_held_and_takes_effect_with_it(town: Town) -> None:
    receipt = town.hears(Report("source_connected", town.now, "u-dee", id="e1"))
    town.passes(hours=1)

    dee = town.signs_up("dee")

    assert (receipt.accepted, receipt.held) == (0, 1)
    assert any(step == "data-in" and do == "onward" for _, step, do, *_ in dee.transcript("first-win"))


def test_whoever_unsubscribes_from_everything_walks_on_in_silence(town: Town) -> None:
    ada = town.signs_up("ada")

    ada.unsubscribes()
    town.passes(days=10)

    assert ada.letters == ["welcome"]
    assert ada.why("nudge-data")[0] == "withheld"
    assert "unsubscribed" in ada.why("nudge-data")[1]
    assert ada.stage == "at_risk"


def test_letters_keep_to_working_hours_and_caps(town: Town) -> None:
    people = [
        town.signs_up(name, zone=zone)
        for name, zone in (("ada", "America/Los_Angeles"), ("bo", "Asia/Kolkata"), ("cy", "Pacific/Auckland"))
    ]

    town.passes(days=16)

    for person in people:
        later = person.moments[1:]
        assert len(later) >= 3
        assert all(second - first >= timedelta(hours=20) for first, second in pairwise(later))
        assert all(sum(at <= other < at + timedelta(days=7) for other in person.moments) <= 3 for at in person.moments)


def test_what_an_outage_delayed_too_long_is_skipped_and_says_so(town: Town) -> None:
    ada = town.signs_up("ada")
    town.passes(days=1)

    town.sleeps(days=6)
    town.beats()

    assert ada.why("nudge-data")[0] == "skipped"
    assert "late" in ada.why("nudge-data")[1]
    assert "nudge-data" not in ada.letters


def test_why_tells_of_a_window_and_of_a_cap(town: Town) -> None:
    town.sleeps(days=4, hours=12)  # Friday, 21:00
    ada = town.signs_up("ada", zone="Europe/London")

    town.passes(days=2, hours=1)
    by_window = ada.why("nudge-data")
    answers = []
    for _ in range(24):
        town.passes(hours=12)
        answers += [ada.why("plans", "trial-ending"), ada.why("last-days", "trial-ending")]

    assert by_window[0] == "held"
    assert "held by window" in by_window[1]
    assert any(outcome == "held" and "held by cap" in sentence for outcome, sentence in answers)


def test_why_answers_for_a_journey_never_entered(town: Town) -> None:
    ada = town.signs_up("ada")

    outcome, sentence = ada.why(None, "welcome-aboard")

    assert outcome == "never entered"
    assert "the stage is assessing" in sentence


def test_a_later_letter_answers_to_the_driver_they_confirmed(town: Town) -> None:
    ada, bo = town.signs_up("ada"), town.signs_up("bo")

    assert feedback.answer(town.ground, ada.id, "driver", "report_to_boss", town.look())
    town.passes(days=4)
    ada.does("report_viewed")
    bo.does("report_viewed")
    town.passes(days=5)

    assert ada.row.traits["driver"] == "report_to_boss"
    first, second = (person.texts["goal-letter"] for person in (ada, bo))
    assert first.replace("Ada", "Bo") != second


def test_staff_may_ask_about_a_step_before_anybody_came_there(town: Town) -> None:
    ada = town.signs_up("ada")

    outcome, sentence = ada.why("goal-letter", "first-win")

    assert outcome == "not yet"
    assert "they stand at data-in" in sentence
