"""How people come into an account, change it, and are told of together."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from nurture.flow import intake
from nurture.flow.ground import Ground, Moment, Seals, Shelf
from nurture.flow.intake import Newcomer, Report
from nurture.store import accounts, photographs
from nurture.store.session import Session, Sessions
from tests.accounts.colleagues import does, ended, founded, joins, rows, stages, waits, went
from tests.faults.carriers import at_once
from tests.postgres import PostgresServer
from tests.stories.town import KEYS, MONDAY, Town


def test_an_event_of_an_account_alone_is_about_everybody_in_it(town: Town) -> None:
    people = [joins(town, name) for name in ("ann", "bo", "cy")]
    joins(town, "dan", "a-2")
    report = Report("trial_cancelled", town.now, id="one", account_id="a-1")

    receipts = [intake.take_events(town.ground, [report], "events", town.look()) for _ in range(2)]

    assert [(one.accepted, one.duplicates, one.rejected) for one in receipts] == [(1, 0, ()), (0, 1, ())]
    assert stages(town) == {"terminated": 3, "assessing": 1}
    assert rows(town, "SELECT COUNT(DISTINCT customer_id) FROM events WHERE name = 'trial_cancelled'") == [(3,)]
    joins(town, "eve")
    assert intake.take_events(town.ground, [report], "events", town.look()).duplicates == 1
    assert {one.stage for one in people} == {"terminated"}


def test_an_event_of_an_account_without_people_is_turned_away(town: Town) -> None:
    ann = joins(town, "ann", "a-1")
    joins(town, "ann", "a-2", again="-2")

    told = [Report("project_created", town.now, account_id=key) for key in ("a-1", "a-2", "a-9")]
    receipt = intake.take_events(town.ground, told, "events", town.look())

    assert (receipt.accepted, receipt.held, receipt.duplicates) == (1, 0, 0)
    assert receipt.rejected == (
        (0, "nobody is known in the account 'a-1'; send its people's sign-ups first"),
        (2, "nobody is known in the account 'a-9'; send its people's sign-ups first"),
    )
    assert ann.why(None, "nudges")[0] == "finished"


def test_sign_ups_into_a_new_account_at_once_make_one_account(town: Town) -> None:
    names = [f"ann-{n}" for n in range(8)]

    people = [done.result() for done in at_once([partial(joins, town, name, seats=3) for name in names])]

    assert rows(town, "SELECT ext_id, traits FROM accounts") == [("a-1", '{"seats":3}')]
    assert rows(town, "SELECT COUNT(*) FROM customers") == [(len({one.id for one in people}),)]


def test_more_of_an_account_is_known_with_each_sign_up_and_wakes_its_people(town: Town) -> None:
    joins(town, "ann", plan="team")
    joins(town, "bo", seats=12)
    bo_at_once = ended(town, "receipt-large")

    town.beats()

    assert bo_at_once == {"queued": 1}
    assert rows(town, "SELECT traits FROM accounts") == [('{"plan":"team","seats":12}',)]
    assert sorted(went(town)) == ["ann large", "bo large"]


def test_whoever_changes_accounts_shares_what_they_have_and_what_they_find(uncapped: Town) -> None:
    town = uncapped
    ann, bo = joins(town, "ann", None), joins(town, "bo", "a-2")
    does(town, "project_created", ann)
    waits(town, hours=1)
    assert ended(town, "nudge") == {"queued": 1}

    joins(town, "ann", "a-2", again="-2")
    joins(town, "ann", "a-2", again="-2")
    does(town, "subscription_started", bo)

    assert [ann.stage, bo.stage] == ["adopted", "adopted"]
    assert rows(town, "SELECT COUNT(*) FROM milestones") == [(2,)]


def test_a_letter_on_its_way_survives_a_change_of_account(uncapped: Town) -> None:
    town = uncapped
    bo = joins(town, "bo", "a-2")
    does(town, "subscription_started", bo)
    joins(town, "ann", "a-1")
    waits(town, hours=1)

    joins(town, "ann", "a-2", again="-2")
    town.carries_the_post()

    assert sorted(went(town)) == ["ann nudge", "bo aboard"]


def test_a_lead_leaves_an_account_of_one_behind(town: Town) -> None:
    lead = Newcomer(None, "ann@customer.example", town.now, "leads")
    intake.capture_lead(town.ground, lead, town.look())
    bo = joins(town, "bo")
    does(town, "project_created", bo)

    ann = joins(town, "ann")

    assert rows(town, "SELECT COUNT(*) FROM customers") == [(2,)]
    assert rows(town, "SELECT COUNT(*) FROM customers c JOIN accounts a ON a.id = c.account_id WHERE a.ext_id = 'a-1'")
    assert ann.why(None, "nudges")[0] in ("finished", "never entered")
    assert rows(town, "SELECT COUNT(*) FROM milestones WHERE customer_id = :id", id=ann.id) == [(1,)]


@pytest.mark.parametrize("look", [photographs.photographs, accounts.pasts])
def test_whoever_changed_accounts_while_their_lock_was_waited_for_is_locked_where_they_are(
    postgres_server: PostgresServer, look: Callable[[Session, Sequence[str]], object]
) -> None:
    """On PostgreSQL, which has one lock for each account."""
    moves = (
        "UPDATE customers SET account_id = (SELECT account_id FROM customers WHERE ext_id = 'bo') WHERE ext_id = 'ann'"
    )
    free = "SELECT ext_id FROM accounts ORDER BY ext_id FOR NO KEY UPDATE SKIP LOCKED"
    with postgres_server.database(founded) as url:
        ground = Ground(Sessions(url), Shelf(), Seals(KEYS))
        ann, _ = (
            intake.sign_up(
                ground,
                Newcomer(name, f"{name}@customer.example", MONDAY, "", account_id=f"of-{name}"),
                Moment(MONDAY, MONDAY),
            ).customer_id
            for name in ("ann", "bo")
        )

        def act(session: Session) -> list[Any]:
            photographs.lock(session, [ann])
            with ThreadPoolExecutor(1) as other:
                other.submit(ground.sessions.write, lambda session: session.run(moves)).result()
                look(session, [ann])
                unlocked: list[Any] = other.submit(ground.sessions.write, lambda session: session.rows(free)).result()
                return unlocked

        left = ground.sessions.write(act)
        ground.sessions.close()

    assert left == []
