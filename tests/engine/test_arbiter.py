"""One arbiter over all journeys: who goes first, who is told why not, and what nothing overrides."""

from datetime import timedelta
from typing import Any

import pytest

from nurture.engine.arbiter import Proposal, clearance, remembered
from nurture.engine.policy import Policy
from nurture.engine.simulate import simulate
from nurture.engine.snapshot import Account, Fact, Snapshot, Touch, Wishes
from tests.engine.builders import (
    ALWAYS,
    DAY,
    HOUR,
    NOON,
    OFFICE,
    ada,
    emails,
    journey,
    known,
    newborn,
    playbook,
    policy,
    said,
    settle,
)

A_DAY = "[{per: 20h, at_most: 1}]"
LETTER = journey("[{id: one, do: email, email: welcome}]")


def wished(**wishes: Any) -> Snapshot:
    """Ada, with what she chose on her preferences page."""
    return known(ada(), wishes=Wishes(**wishes))


def test_of_five_journeys_due_in_one_minute_one_writes_and_four_name_it() -> None:
    due = [
        journey("[{id: one, do: email, email: e}]", key=f"j{n}", more=f"priority: {n}") for n in (10, 20, 30, 40, 50)
    ]

    snapshot, decision = settle(playbook(*due, policy=policy(ALWAYS, A_DAY)), newborn(ada()), NOON)

    assert [order.journey for order in decision.orders] == ["j50"]
    held = [note for note in decision.notes if note.do == "held"]
    assert [note.journey for note in held] == ["j40", "j30", "j20", "j10"]
    assert {note.because for note in held} == {"held by cap: at most 1 in 20 hours; j50.one went first"}
    assert {note.until for note in held} == {NOON + 20 * HOUR}
    assert len(snapshot.enrollments) == 4


def test_the_losers_follow_one_by_one_by_priority() -> None:
    due = [journey("[{id: one, do: email, email: e}]", key=f"j{n}", more=f"priority: {n}") for n in (10, 20, 30)]

    lived = simulate(playbook(*due, policy=policy(ALWAYS, A_DAY)), newborn(ada()), NOON, days=5)

    went = [(at, order.journey) for at, decision in lived.beats for order in decision.orders]
    assert went == [(NOON, "j30"), (NOON + 20 * HOUR, "j20"), (NOON + 40 * HOUR, "j10")]


@pytest.mark.parametrize(
    ("snapshot", "urgent", "told"),
    [
        (known(ada(), suppressed="all"), True, ("withheld", "withheld: the address is suppressed")),
        (known(ada(), suppressed="tips"), True, ("withheld", "withheld: unsubscribed from Tips")),
        (known(ada(), aside={"": True}), True, ("withheld", "withheld: kept aside for comparison, from all journeys")),
        (known(ada(), aside={"path": True}), True, ("withheld", "withheld: kept aside for comparison, from path")),
        (known(ada(), aside={"": False, "other": True}), False, ("go", "inside the window")),
        (wished(pause_until=NOON + DAY), True, ("held", "held because they asked for a pause")),
        (wished(pause_until=NOON + DAY), False, ("held", "held because they asked for a pause")),
        (wished(pause_until=NOON), False, ("go", "inside the window")),
        (known(ada(), touches=(Touch(NOON, "a|1|b|1"),)), True, ("go", "urgent")),
        (known(ada(), touches=(Touch(NOON, "a|1|b|1"),)), False, ("held", "held by cap: at most 1 in 20 hours; a.b")),
    ],
)
def test_suppression_consent_holdout_and_pause_hold_even_what_is_urgent(
    snapshot: Snapshot, urgent: bool, told: tuple[str, str]
) -> None:
    rules = playbook(policy=policy(ALWAYS, A_DAY)).policy

    judged = clearance(rules, snapshot, Proposal("path", "tips", urgent), NOON)

    assert judged.verdict == told[0]
    assert judged.because.startswith(told[1])


def test_what_is_transactional_goes_to_all_but_the_suppressed() -> None:
    rules = playbook(policy=policy(OFFICE, A_DAY)).policy
    aside = known(ada(), aside={"": True}, wishes=Wishes(pause_until=NOON + DAY), touches=(Touch(NOON, "a|1|b|1"),))

    assert clearance(rules, aside, Proposal("path", "account"), NOON + 8 * HOUR).verdict == "go"
    assert clearance(
        rules, aside._replace(suppressed=frozenset({"all"})), Proposal("path", "account"), NOON
    ).verdict == ("withheld")


def test_a_topic_that_is_off_by_default_is_for_those_who_ask() -> None:
    rules = policy().replace("{id: tips, name: Tips}", "{id: tips, name: Tips}, {id: news, name: News, default: off}")
    book = playbook(policy=rules)

    for_everybody = clearance(book.policy, known(ada()), Proposal("path", "news"), NOON)
    for_who_asks = clearance(book.policy, wished(topics=frozenset({"news"})), Proposal("path", "news"), NOON)

    assert for_everybody.because == "withheld: News is sent only to those who ask for it"
    assert for_who_asks.verdict == "go"


def test_who_wants_fewer_mails_gets_one_a_week() -> None:
    letters = journey("[{id: a, do: email, email: a}, {id: b, do: email, email: b}, {id: c, do: email, email: c}]")
    book = playbook(letters, policy=policy(ALWAYS, A_DAY))

    lived = simulate(book, newborn(ada()), NOON, 30, [Fact("wishes", NOON + HOUR, {"fewer": True})])

    went = [at - NOON for at, decision in lived.beats for _ in decision.orders]
    assert went == [timedelta(), timedelta(days=7), timedelta(days=14)]
    assert "held by the cap they wished for: at most 1 in 1 week; path.a went first" in [
        line.because for line in lived.lines
    ]


def test_the_accounts_cap_counts_what_colleagues_got() -> None:
    rules = policy(ALWAYS) + "account_cap: {per: 1d, at_most: 1}\n"
    book = playbook(LETTER, policy=rules)
    shared = newborn(ada())._replace(account=Account(shared=True, touches=(Touch(NOON - HOUR, "cus_bo|path|1|one|1"),)))

    _, held = settle(book, shared, NOON)
    _, went = settle(book, shared, NOON + DAY)

    assert said(held, "held") == ["held by the account's cap: at most 1 in 1 day; path.one went first"]
    assert held.account is None
    assert emails(went) == ["welcome"]
    assert went.account is not None
    assert went.account.touches[0] == Touch(NOON + DAY, "cus_ada|path|1|one|1", pending=True)


def test_an_account_of_one_has_no_cap_of_its_own() -> None:
    book = playbook(LETTER, policy=policy(ALWAYS) + "account_cap: {per: 1d, at_most: 1}\n")

    _, decision = settle(book, newborn(ada()), NOON)

    assert emails(decision) == ["welcome"]
    assert decision.account is None


LATE = """[{id: w, do: wait, for: 1d}, {id: one, do: email, email: a},
  {id: x, do: wait, for: 1h}, {id: two, do: email, email: b},
  {id: y, do: wait, for: 1h}, {id: end, do: email, email: c}]"""


@pytest.mark.parametrize(
    ("then", "at_once", "at_last"),
    [
        ("skip", [], []),
        ("send", ["a"], []),
        ("replan", ["a"], ["b", "c"]),
    ],
)
def test_after_an_outage_nobody_gets_more_than_one_late_letter(
    then: str, at_once: list[str], at_last: list[str]
) -> None:
    book = playbook(journey(LATE), policy=policy(ALWAYS, lateness=f"{{after: 24h, then: {then}}}"))
    before, _ = settle(book, newborn(ada()), NOON)

    after_outage, decision = settle(book, before, NOON + 4 * DAY)
    lived = simulate(book, after_outage, NOON + 4 * DAY, days=10)

    assert emails(decision) == at_once
    assert [order.email for _, later in lived.beats for order in later.orders] == at_last


def test_many_journeys_that_are_late_together_send_one_letter() -> None:
    late = [
        journey("[{id: w, do: wait, for: 1d}, {id: one, do: email, email: a, late: send}]", key=f"j{n}")
        for n in range(4)
    ]
    book = playbook(*late, policy=policy(ALWAYS))
    before, _ = settle(book, newborn(ada()), NOON)

    _, decision = settle(book, before, NOON + 4 * DAY)

    assert len(decision.orders) == 1
    assert len(said(decision, "skipped")) == 3
    assert all("one late letter, of Fri 06 Mar 12:00 UTC, stands for all" in why for why in said(decision, "skipped"))


def ruled(more: str = "") -> Policy:
    """A policy that never says no, but for what is said."""
    return playbook(LETTER, policy=policy(ALWAYS, more=more)).policy


def quiet(letters: int, heard: float | None = None) -> Snapshot:
    """Ada, who got so many letters, one a day up to yesterday, and was last heard of so many days ago."""
    touches = tuple(Touch(NOON - n * DAY, f"j|1|s{n}|0") for n in range(1, letters + 1))
    seen = None if heard is None else NOON - heard * DAY
    long_ago = ada()._replace(signed_up_at=NOON - 90 * DAY, created_at=NOON - 90 * DAY)
    return known(long_ago, touches=touches, last_seen=seen)


@pytest.mark.parametrize(
    ("letters", "heard", "verdict"),
    [(4, None, "go"), (5, None, "withheld"), (9, None, "withheld"), (9, 4.5, "go"), (9, 5.5, "withheld"), (9, 0, "go")],
)
def test_after_so_many_letters_into_silence_no_further_one_is_written(
    letters: int, heard: float | None, verdict: str
) -> None:
    rules = ruled("sunset: {after: 5}")

    judged = clearance(rules, quiet(letters, heard), Proposal("j", "tips"), NOON)

    assert judged.verdict == verdict
    if verdict == "withheld":
        assert judged.because == "withheld: too quiet: 5 letters went since they last gave a sign of life"
        assert clearance(rules, quiet(letters, heard), Proposal("j", "tips", urgent=True), NOON).verdict == "withheld"
        assert clearance(rules, quiet(letters, heard), Proposal("j", "account"), NOON).verdict == "go"
        assert clearance(ruled(), quiet(letters, heard), Proposal("j", "tips"), NOON).verdict == "go"


def test_a_letter_on_its_way_does_not_count_against_itself() -> None:
    snapshot = quiet(5)
    itself = snapshot.facts.touches[0].key

    judged = clearance(ruled("sunset: {after: 5}"), snapshot, Proposal("j", "tips", itself=itself), NOON)

    assert judged.verdict == "go"


def test_a_letter_that_only_waits_does_not_count_as_one_that_went() -> None:
    went = quiet(4)
    touches = (Touch(NOON, "j|1|next|0", pending=True), *went.facts.touches)
    snapshot = went._replace(facts=went.facts._replace(touches=touches))

    assert clearance(ruled("sunset: {after: 5}"), snapshot, Proposal("j", "tips"), NOON).verdict == "go"


def test_touches_are_remembered_as_long_as_a_limit_asks_for_them() -> None:
    touches = quiet(9).facts.touches

    assert remembered(ruled(), touches, NOON) == touches[:6]  # the wish for fewer asks for a week
    assert remembered(ruled("sunset: {after: 8}"), touches, NOON) == touches[:8]
    assert remembered(ruled("account_cap: {per: 9d, at_most: 1}"), touches, NOON) == touches[:8]
