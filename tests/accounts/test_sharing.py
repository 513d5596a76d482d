"""The people of one account share milestones and an adoption: whatever one of them does, all have done."""

from datetime import timedelta

from nurture.flow import intake
from nurture.flow.intake import Report
from nurture.store import accounts
from nurture.store.schema import micros
from tests.accounts.colleagues import does, ended, joins, playbook, rows, stages, waits, went
from tests.faults.carriers import states
from tests.stories.town import Town


def test_one_of_three_gets_the_nudge_and_any_ones_milestone_stops_all(town: Town) -> None:
    ann, bo, cy = (joins(town, name) for name in ("ann", "bo", "cy"))

    town.passes(hours=2)
    on_the_first_day = went(town)
    town.passes(days=1)
    on_the_second_day = went(town)
    ann.does("project_created")
    town.passes(days=10)

    assert (len(on_the_first_day), len(set(on_the_second_day))) == (1, 2)
    assert on_the_second_day[:1] == on_the_first_day
    assert went(town) == on_the_second_day
    assert {one.why(None, "nudges")[0] for one in (ann, bo, cy)} == {"finished"}
    assert rows(town, "SELECT COUNT(*), COUNT(DISTINCT at) FROM milestones") == [(3, 1)]


def test_colleagues_who_are_due_at_once_share_the_cap(town: Town) -> None:
    """They are decided in one batch, and each knows what was decided about the one before."""
    for name in ("ann", "bo", "cy"):
        joins(town, name)

    waits(town, hours=1)

    assert states(town) == {"queued": 1}
    told = rows(town, "SELECT due_because FROM customers ORDER BY id")
    assert [because for (because,) in told[1:]] == [
        "held by the account's cap: at most 1 in 1 day; nudges.nudge went first"
    ] * 2


def test_anyones_adoption_is_the_accounts(uncapped: Town) -> None:
    town = uncapped
    ann, bo, cy, eve = (joins(town, name) for name in ("ann", "bo", "cy", "eve"))
    dan = joins(town, "dan", "a-2")
    does(town, "trial_cancelled", eve)
    waits(town, hours=1)
    assert ended(town, "nudge") == {"queued": 4}

    does(town, "subscription_started", bo)
    at_once = [one.stage for one in (ann, bo, cy, eve, dan)]
    town.carries_the_post()

    assert at_once == ["adopted", "adopted", "adopted", "terminated", "assessing"]
    assert ended(town, "nudge") == {"cancelled": 3, "accepted": 1}
    assert sorted(went(town)) == ["ann aboard", "bo aboard", "cy aboard", "dan nudge"]
    assert rows(town, "SELECT ext_id, gen FROM accounts ORDER BY ext_id") == [("a-1", 1), ("a-2", 0)]
    assert rows(town, "SELECT because FROM stage_changes WHERE customer_id = :id AND n = 2", id=ann.id) == [
        ("a colleague adopted: subscription_started",)
    ]


def test_whoever_had_adopted_before_still_gets_what_was_decided(uncapped: Town) -> None:
    town = uncapped
    dee = joins(town, "dee")
    does(town, "subscription_started", dee)
    waits(town, minutes=10)
    ann = joins(town, "ann")
    waits(town, minutes=50)
    assert (ann.stage, states(town)) == ("assessing", {"queued": 1})

    does(town, "subscription_started", ann)
    town.carries_the_post()

    assert rows(town, "SELECT gen FROM accounts") == [(2,)]
    assert sorted(went(town)) == ["ann aboard", "dee aboard"]


def test_what_a_milestone_brings_about_reaches_everybody_in_turn(uncapped: Town) -> None:
    """Bo hears of a colleague's milestone, adopts because of it, and so do they all."""
    town = uncapped
    by_wins = playbook()["lifecycle", "lifecycle"] + (
        "  - {from: assessing, to: adopted, when: {all: [{trait: role, is: owner}, {milestone: first_project}]}}\n"
    )
    town.publishes({("lifecycle", "lifecycle"): by_wins})
    people = [joins(town, name) for name in ("ann", "bo", "cy")]
    town.sleeps(minutes=1)
    owner = 'UPDATE customers SET traits = \'{"role": "owner"}\' WHERE id = :id'
    town.ground.sessions.write(lambda session: session.run(owner, {"id": people[1].id}))

    does(town, "project_created", people[0])

    assert stages(town) == {"adopted": 3}
    assert rows(town, "SELECT gen FROM accounts") == [(1,)]


def test_of_sixty_colleagues_fifty_hear_at_once_and_the_rest_at_the_next_beat(uncapped: Town) -> None:
    town = uncapped
    people = [joins(town, f"ann-{n:02}") for n in range(60)]
    waits(town, hours=1)
    assert ended(town, "nudge") == {"queued": 60}

    does(town, "subscription_started", people[-1])
    at_once = stages(town)
    due = rows(town, "SELECT stage, COUNT(*) FROM customers WHERE due_at <= :now GROUP BY stage", now=micros(town.now))
    town.carries_the_post()
    town.beats()

    assert at_once == {"adopted": 51, "assessing": 9}
    assert due == [("assessing", 9)]
    assert ended(town, "nudge") == {"cancelled": 60}
    assert stages(town) == {"adopted": 60}
    assert rows(town, "SELECT gen FROM accounts") == [(1,)]


def test_whoever_hears_later_of_an_adoption_that_does_not_move_them_gets_what_was_decided(uncapped: Town) -> None:
    town = uncapped
    people = [joins(town, f"ann-{n:02}") for n in range(60)]
    waits(town, minutes=1)
    does(town, "subscription_started", people[-1])
    waits(town, minutes=10)
    zed = joins(town, "zed")
    waits(town, minutes=10)
    assert ended(town, "aboard") == {"queued": 60}

    does(town, "subscription_started", zed)
    town.carries_the_post()
    town.beats()

    assert ended(town, "aboard") == {"accepted": 61}


def test_somebody_who_cannot_be_decided_keeps_nobody_from_hearing(uncapped: Town) -> None:
    town = uncapped
    ann, bo, cy = (joins(town, name) for name in ("ann", "bo", "cy"))
    waits(town, hours=1)
    lost = "UPDATE enrollments SET revision = 999 WHERE customer_id = :id AND journey = 'nudges'"
    town.ground.sessions.write(lambda session: session.run(lost, {"id": bo.id}))

    does(town, "subscription_started", ann)
    town.carries_the_post()

    assert [one.stage for one in (ann, bo, cy)] == ["adopted", "assessing", "adopted"]
    assert sorted(went(town)) == ["ann aboard", "cy aboard"]
    does(town, "project_created", ann)
    assert rows(town, "SELECT failures FROM customers WHERE id = :id", id=bo.id) == [(1,)]


def test_a_newcomer_finds_what_their_colleagues_have_done(town: Town) -> None:
    ann = joins(town, "ann")
    does(town, "project_created", ann)
    does(town, "subscription_started", ann)
    town.passes(hours=1)

    bo = joins(town, "bo")
    town.passes(hours=1)

    assert went(town) == ["ann aboard"]
    assert bo.stages == ["assessing"]
    assert bo.why(None, "nudges")[0] == "never entered"
    assert rows(town, "SELECT because FROM milestones WHERE customer_id = :id", id=bo.id) == [
        ("reached by a colleague",)
    ]


def test_what_was_held_for_a_newcomer_their_colleagues_hear_of(uncapped: Town) -> None:
    town = uncapped
    ann = joins(town, "ann")
    town.sleeps(minutes=1)
    early = [Report(event, town.now, "u-bo") for event in ("project_created", "subscription_started")]
    intake.take_events(town.ground, early, "events", town.look())

    bo = joins(town, "bo")

    assert [ann.stage, bo.stage] == ["adopted", "adopted"]
    assert rows(town, "SELECT COUNT(*) FROM milestones") == [(2,)]


def test_the_first_time_counts_whoever_of_them_we_hear_of_first(town: Town) -> None:
    ann, bo = joins(town, "ann"), joins(town, "bo")
    town.sleeps(hours=1)
    early = town.now - timedelta(minutes=30)

    does(town, "project_created", ann)
    intake.take_events(town.ground, [Report("project_created", early, bo.user_id)], "events", town.look())

    assert rows(town, "SELECT COUNT(*), COUNT(DISTINCT at) FROM milestones") == [(2, 1)]
    with town.ground.sessions.read() as session:
        assert {one.facts.milestones["first_project"] for one in accounts.pasts(session, [ann.id, bo.id]).values()} == {
            early
        }
