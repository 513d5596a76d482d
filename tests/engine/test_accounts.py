"""What the people of one account share, as the core decides it: each alone, knowing what the others did."""

from typing import Any

from nurture.engine.colleagues import Colleagues, as_one
from nurture.engine.snapshot import Account, Adopted, Fact, Snapshot, Touch
from tests.engine.builders import DAY, HOUR, MILESTONES, NOON, ada, journey, known, playbook, policy, said, settle

WINS = MILESTONES.replace("on: project_created,", "on: project_created, account: true,")
BOOK = playbook(
    journey("[{id: nudge, do: email, email: nudge}, {id: rest, do: wait, for: 9d}]"),
    milestones=WINS,
    policy=policy() + "account_cap: {per: 1d, at_most: 1}\n",
)
CREATED, SHARED = Fact("project_created", NOON), Fact("report_shared", NOON)
NUDGED = Touch(NOON, "cus_ada|path|1|nudge|1", pending=True)


def colleague(*news: Fact, **shared: Any) -> Snapshot:
    """Ada, an hour after she signed up, in an account of several."""
    return known(ada(NOON - HOUR), *news)._replace(account=Account(shared=True)._replace(**shared))


def test_a_milestone_that_counts_for_all_is_shared_and_another_is_not() -> None:
    after, decision = settle(BOOK, colleague(CREATED, SHARED), NOON)

    assert set(after.facts.milestones) == {"first_project", "first_value"}
    assert decision.account is not None
    assert decision.account.milestones == {"first_project": NOON}


def test_an_account_of_one_shares_nothing() -> None:
    _, decision = settle(BOOK, known(ada(NOON - HOUR), CREATED), NOON)

    assert decision.account is None


def test_a_milestone_of_before_they_joined_is_shared_as_well() -> None:
    of_old = known(ada(NOON - HOUR), milestones={"first_project": NOON - DAY})

    _, decision = settle(BOOK, of_old._replace(account=Account(shared=True)), NOON)

    assert decision.account is not None
    assert decision.account.milestones == {"first_project": NOON - DAY}


def test_the_first_time_counts_theirs_or_a_colleagues() -> None:
    later, sooner = NOON, NOON - DAY

    theirs, told = settle(BOOK, colleague(Fact("project_created", sooner), milestones={"first_project": later}), NOON)
    others, heard = settle(BOOK, colleague(Fact("project_created", later), milestones={"first_project": sooner}), NOON)

    assert theirs.account.milestones == theirs.facts.milestones == {"first_project": sooner}
    assert others.account.milestones == others.facts.milestones == {"first_project": sooner}
    assert [len(decision.milestones) for decision in (told, heard)] == [1, 1]


def test_an_adoption_moves_whoever_could_have_made_that_move() -> None:
    adopted = Adopted(NOON, "adopted", "subscription_started")

    moved, decision = settle(BOOK, colleague(adopted=adopted), NOON + HOUR)
    stays, _ = settle(BOOK, colleague(adopted=adopted._replace(at=NOON - DAY)), NOON)
    again, _ = settle(BOOK, moved, NOON + 2 * HOUR, Fact("trial_cancelled", NOON + 2 * HOUR))

    assert (moved.customer.stage, moved.customer.stage_since) == ("adopted", NOON)
    assert said(decision, "moved") == ["a colleague adopted: subscription_started"]
    assert decision.account is None
    assert stays.customer.stage == "assessing"
    assert again.customer.stage == "terminated"


def test_a_turn_takes_their_waiting_letter_out_of_the_accounts_count_and_nobody_elses() -> None:
    others = Touch(NOON, "cus_bo|path|1|nudge|1", pending=True)
    gone = Touch(NOON, "cus_ada|path|1|gone|1")

    after, _ = settle(BOOK, colleague(Fact("trial_cancelled", NOON), touches=(NUDGED, others, gone)), NOON)

    assert after.account.touches == (others, gone)


def test_whoever_wants_no_letter_at_all_leaves_room_for_colleagues() -> None:
    everything, one_topic = (Fact("unsubscribed", NOON, {"scope": scope}) for scope in ("all", "tips"))

    none, _ = settle(BOOK, colleague(everything, touches=(NUDGED,))._replace(suppressed=frozenset({"all"})), NOON)
    some, _ = settle(BOOK, colleague(one_topic, touches=(NUDGED,))._replace(suppressed=frozenset({"tips"})), NOON)

    assert (none.account.touches, some.account.touches) == ((), (NUDGED,))


def test_what_is_decided_about_one_is_seen_by_the_next() -> None:
    colleagues = Colleagues()
    first = colleague(CREATED)
    second = first._replace(customer=first.customer._replace(id="cus_bo"), news=())
    elsewhere = first._replace(customer=first.customer._replace(account_id="acc_cy"), news=())

    _, told = settle(BOOK, first, NOON)
    colleagues.learn_from(first, told)

    assert colleagues.seen_by(second).account == told.account
    assert colleagues.seen_by(elsewhere) is elsewhere
    assert colleagues.spoken == {"acc_ada"}
    assert colleagues.adopted == colleagues.freed == frozenset()
    assert colleagues.unheard("acc_ada", ["cus_ada", "cus_bo"]) == ["cus_bo"]


def test_whoever_was_decided_before_somebody_adopted_has_not_heard() -> None:
    colleagues = Colleagues()
    first = colleague()
    second = first._replace(customer=first.customer._replace(id="cus_bo"), news=(Fact("subscription_started", NOON),))

    for one in (first, second):
        seen = colleagues.seen_by(one)
        colleagues.learn_from(seen, settle(BOOK, seen, NOON)[1])

    assert colleagues.adopted == colleagues.voided == {"acc_ada"}
    assert colleagues.unheard("acc_ada", ["cus_ada", "cus_bo"]) == ["cus_ada"]
    assert Colleagues(colleagues.voided).voided == {"acc_ada"}
    assert not Colleagues(colleagues.voided).changed


def test_two_decisions_in_a_row_are_told_as_one() -> None:
    start = colleague()
    middle, first = settle(BOOK, start, NOON, Fact("subscription_started", NOON))
    _, second = settle(BOOK, middle, NOON, CREATED)

    both = as_one(first, second)

    assert (both.turned, second.turned) == (True, False)
    assert both.customer == second.customer
    assert [note.do for note in both.notes] == [note.do for note in (*first.notes, *second.notes)]
    assert [reached.milestone for reached in both.milestones] == ["first_project"]
