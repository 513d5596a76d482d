"""The people of one account share milestones, an adoption and a cap: whatever one of them does, all have done."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from nurture.channels.email.links import Links
from nurture.flow import intake, tick
from nurture.flow.ground import Shelf
from nurture.flow.intake import Newcomer, Report
from nurture.flow.letters import Composer
from nurture.flow.settle import BY_TIME, Cause, settle
from nurture.store import accounts, photographs
from nurture.store.session import Session
from tests.engine.builders import policy
from tests.faults.carriers import Paused, a_post, at_once, carries, states
from tests.postgres import Prepare
from tests.store.until import until
from tests.stories.colleagues import CAPPED, ended, founded, joins, playbook, rows, stages, went
from tests.stories.town import KEYS, URL, Person, Town, a_town

UNCAPPED = {("policy", "policy"): policy()}
HANDS = 8


@pytest.fixture(scope="session")
def prepare_database() -> Prepare:
    return founded


@pytest.fixture(scope="session")
def compiled() -> tuple[Shelf, Composer]:
    """The playbook and its emails, compiled once for all towns that publish nothing else."""
    return Shelf(), Composer(Links(URL, KEYS), URL)


@pytest.fixture
def town(database_url: str, tmp_path: Path, compiled: tuple[Shelf, Composer]) -> Iterator[Town]:
    with a_town(database_url, tmp_path) as opened:
        shelf, opened.post.composer = compiled
        opened.ground = opened.ground._replace(shelf=shelf)
        yield opened


@pytest.fixture
def uncapped(town: Town) -> Town:
    """A town in which an account has no cap."""
    publishes(town, policy())
    return town


def publishes(town: Town, rules: str) -> None:
    """Publish another policy in this town alone."""
    town.ground = town.ground._replace(shelf=Shelf())
    town.post.composer = Composer(Links(URL, KEYS), URL)
    town.publishes({("policy", "policy"): rules})


def waits(town: Town, **span: float) -> None:
    """Let time pass and settle who is due, without handing anything over."""
    town.sleeps(**span)
    while tick.tick(town.ground, town.look()):
        pass


def does(town: Town, event: str, *people: Person, **more: str) -> intake.Receipt:
    """Report an event of somebody, or of all, without handing anything over."""
    told = [Report(event, town.now, one.user_id, **more) for one in people]
    return intake.take_events(town.ground, told, "events", town.look())


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


def test_the_letter_of_one_who_was_refused_makes_room_for_a_colleague(town: Town) -> None:
    for name in ("ann", "bo"):
        joins(town, name)
    town.sendgrid.misbehaves("400")

    town.passes(hours=1)

    assert ended(town, "nudge") == {"refused": 1, "accepted": 1}
    assert len(went(town)) == 1


def test_a_letter_that_a_turn_takes_back_makes_room_for_a_colleague(town: Town) -> None:
    ann = joins(town, "ann")
    town.sleeps(minutes=1)
    joins(town, "bo")
    waits(town, hours=1)

    does(town, "trial_cancelled", ann)
    town.beats()

    assert ended(town, "nudge") == {"cancelled": 1, "accepted": 1}
    assert went(town) == ["bo nudge"]


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
    town.passes(hours=1)

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
    assert went(town) == ["dee aboard"]


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


def test_an_adoption_is_acknowledged_after_the_letter_to_a_colleague_that_is_about_to_leave(uncapped: Town) -> None:
    town = uncapped
    ann, bo = joins(town, "ann"), joins(town, "bo")
    waits(town, minutes=30)
    joins(town, "cy", None)
    waits(town, minutes=30)
    provider = Paused(town.post.provider)

    with a_post(town, provider, connections=2) as post, ThreadPoolExecutor(3) as pool:
        pool.submit(carries, town, post)
        provider.holds(2)
        first = pool.submit(does, town, "subscription_started", ann, id="one")
        until(lambda: bo.stage == "adopted")
        again = pool.submit(does, town, "subscription_started", ann, id="one")
        too_soon = wait([first, again], timeout=0.1).done
        provider.lets_go()

        assert too_soon == set()
        assert (first.result().accepted, again.result().duplicates) == (1, 1)
    assert sorted(went(town)) == ["ann nudge", "bo nudge"]
    town.sleeps(hours=1)
    town.beats()
    assert sorted(went(town))[:2] == ["ann aboard", "ann nudge"]


def test_a_letter_that_was_put_off_while_a_colleague_adopted_does_not_go_later(uncapped: Town) -> None:
    town = uncapped
    ann = joins(town, "ann", "a-1")
    waits(town, minutes=30)
    joins(town, "bo", "a-1")
    waits(town, minutes=30)
    provider = Paused(town.post.provider)
    town.sendgrid.misbehaves("429", headers=("Retry-After: 30",))

    with a_post(town, provider) as post, ThreadPoolExecutor(2) as pool:
        pool.submit(carries, town, post)
        provider.holds(1)
        adopted = pool.submit(does, town, "subscription_started", Person(town, "", "", "u-bo"))
        until(lambda: ann.stage == "adopted")
        provider.lets_go()
        adopted.result()
    town.sleeps(minutes=5)
    town.carries_the_post()

    assert went(town) == []
    assert ended(town, "nudge") == {"cancelled": 1}


@pytest.mark.parametrize("hands", [1, HANDS])
def test_one_letter_a_day_goes_to_an_account_however_many_hands(uncapped: Town, hands: int) -> None:
    """Without a cap five colleagues are written to at once; then somebody publishes one letter a day."""
    town = uncapped
    for n in range(5):
        joins(town, f"ann-{n}")
    joins(town, "dan", "a-2")
    joins(town, "dora", None)
    waits(town, hours=1)
    assert states(town) == {"queued": 7}
    publishes(town, CAPPED)

    days = []
    for _ in range(4):
        before = len(town.sendgrid.ledger)
        at_once([partial(hands_over, town)] * hands)
        days.append(len(town.sendgrid.ledger) - before)
        town.sleeps(days=1)

    assert days == [3, 1, 1, 1]
    assert {"dan nudge", "dora nudge"} < set(went(town)[:3])


def hands_over(town: Town) -> int:
    with a_post(town, connections=4) as post:
        return carries(town, post)


def test_of_sixty_colleagues_fifty_hear_at_once_and_the_rest_at_the_next_beat(uncapped: Town) -> None:
    town = uncapped
    people = [joins(town, f"ann-{n:02}") for n in range(60)]
    waits(town, hours=1)
    assert ended(town, "nudge") == {"queued": 60}

    does(town, "subscription_started", people[-1])
    at_once = stages(town)
    town.carries_the_post()
    nobody = went(town)
    town.beats()

    assert at_once == {"adopted": 51, "assessing": 9}
    assert nobody == went(town) == []
    assert stages(town) == {"adopted": 60}
    assert rows(town, "SELECT gen FROM accounts") == [(1,)]


def test_somebody_who_cannot_be_decided_keeps_nobody_from_hearing(uncapped: Town) -> None:
    town = uncapped
    ann, bo, cy = (joins(town, name) for name in ("ann", "bo", "cy"))
    waits(town, hours=1)
    lost = "UPDATE enrollments SET revision = 999 WHERE customer_id = :id AND journey = 'nudges'"
    town.ground.sessions.write(lambda session: session.run(lost, {"id": bo.id}))

    does(town, "subscription_started", ann)
    town.carries_the_post()

    assert [one.stage for one in (ann, bo, cy)] == ["adopted", "assessing", "adopted"]
    assert rows(town, "SELECT failures FROM customers WHERE id = :id", id=bo.id) == [(1,)]
    assert went(town) == []


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
    names = [f"ann-{n}" for n in range(HANDS)]

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


class Counted(Session):
    """A session that writes down what it is asked."""

    __slots__ = ("asked",)

    def __init__(self, session: Session) -> None:
        super().__init__(session.connection)
        self.asked: list[str] = []

    def rows(self, sql, params=()):  # type: ignore[no-untyped-def]
        self.asked.append(sql)
        return super().rows(sql, params)

    def run(self, sql, params=()):  # type: ignore[no-untyped-def]
        self.asked.append(sql)
        return super().run(sql, params)

    def many(self, sql, params):  # type: ignore[no-untyped-def]
        if params:
            self.asked.append(sql)
        super().many(sql, params)


def asked(town: Town, causes: dict[str, Cause]) -> list[str]:
    """What the database is asked while these customers are settled."""

    def act(session: Session) -> list[str]:
        counted = Counted(session)
        photographs.lock(session, sorted(causes))
        settle(counted, town.ground, causes, town.look(), locked=True)
        return counted.asked

    return town.ground.sessions.write(act)


def test_what_accounts_cost_is_fixed_and_nothing_where_none_has_changed(uncapped: Town) -> None:
    town = uncapped
    people = {key: [joins(town, f"{key}-{n}", key) for n in range(3)] for key in ("a-1", "a-2", "a-3", "a-4", "a-5")}
    first = [colleagues[0] for colleagues in people.values()]
    alone = [joins(town, name, None) for name in ("dan", "eve")]
    with town.ground.sessions.read() as session:
        town.ground.shelf.playbook(session)

    def told(*few: Person) -> int:
        fact = intake.Told("events", "", "project_created", town.now).fact
        return len(asked(town, {one.id: Cause("project_created", (fact,)) for one in few}))

    nothing, of_one = (asked(town, {one.id: BY_TIME for one in few}) for few in (first, alone))
    one, several, again, of_nobody_else = told(first[0]), told(*first[1:]), told(*first), told(*alone)

    assert nothing == of_one
    assert one == several
    assert again < of_nobody_else < one


def test_an_account_of_one_is_made_without_a_read(town: Town) -> None:
    def act(session: Session) -> list[str]:
        counted = Counted(session)
        accounts.join(counted, accounts.Told(), town.now)
        return counted.asked

    assert [sql.split()[0] for sql in town.ground.sessions.write(act)] == ["INSERT"]
