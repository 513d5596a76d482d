"""A journey whose letters bounce or are called spam too often is paused, once, and says why."""

import pytest

from nurture.flow.publish import export_texts, pause_by_reputation, standings
from nurture.flow.publish.reputation import standing
from nurture.store import reputations
from nurture.store.reputations import Reputation
from tests.faults.carriers import signs_up
from tests.hooks.conftest import Hook
from tests.stories.town import Town


def told(town: Town, delivered: int, complained: int = 0, bounced: int = 0, journey: str = "first-win") -> None:
    """What providers told of a journey's letters today, in one go."""
    words = {"delivered": delivered, "complained": complained, "bounced": bounced}
    pairs = [(journey, was) for was, number in words.items() for _ in range(number)]
    town.ground.sessions.write(lambda session: reputations.count(session, pairs, town.now))


def paused(town: Town) -> set[str]:
    with town.ground.sessions.read() as session:
        return set(town.ground.shelf.playbook(session).paused)


def text(town: Town) -> str:
    return export_texts(town.ground)["journey", "first-win"]


@pytest.mark.parametrize(
    ("delivered", "bounced", "complained", "level"),
    [
        (999, 0, 50, "fine"),
        (1_000, 0, 0, "fine"),
        (10_000, 0, 9, "fine"),
        (10_000, 0, 10, "warns"),
        (10_000, 0, 19, "warns"),
        (10_000, 0, 20, "stops"),
        (9_801, 199, 0, "fine"),
        (9_800, 200, 0, "warns"),
        (9_500, 500, 0, "stops"),
        (500, 500, 0, "stops"),
    ],
)
def test_rates_are_judged_from_a_thousand_letters_on(delivered: int, bounced: int, complained: int, level: str) -> None:
    assert standing(Reputation("j", delivered, bounced, complained)).level == level


def test_the_worst_of_both_rates_is_said() -> None:
    assert standing(Reputation("j", 10_000, 10, 25)).says == "0.25% of its letters were called spam in the last 7 days"
    assert standing(Reputation("j", 9_000, 1_000, 1)).says == "10.00% of its letters bounced in the last 7 days"


def test_what_providers_tell_is_counted_once_for_each_letter(town: Town, hook: Hook) -> None:
    ada, bo, cy = (town.signs_up(name) for name in ("ada", "bo", "cy"))
    events = [hook.of(ada, "delivered"), hook.of(bo, "spamreport"), hook.of(cy, "bounce", type="bounce", reason="550")]

    hook.hears(*events)
    hook.hears(*[hook.events.again(event) for event in events])
    hook.hears(hook.of(town.signs_up("dan"), "delivered"))

    with town.ground.sessions.read() as session:
        assert reputations.since(session, town.now.date()) == [Reputation("first-win", 2, 1, 1)]


def test_a_journey_that_is_called_spam_is_paused_and_says_why(town: Town) -> None:
    told(town, 2_000, complained=5)
    told(town, 5_000, complained=1, journey="get-help")

    done = pause_by_reputation(town.ground, town.look())

    assert (done, paused(town)) == (["first-win"], {"first-win"})
    signs_up(town, "ada")
    town.carries_the_post()
    assert len(town.sendgrid.ledger) == 0
    with town.ground.sessions.read() as session:
        [(author, note)] = session.rows("SELECT author, note FROM revisions ORDER BY saved_at DESC, n DESC LIMIT 1")
    assert (author, note) == ("nurture", "paused: 0.25% of its letters were called spam in the last 7 days")


def test_whoever_lets_it_go_on_is_not_overruled_by_the_same_letters(town: Town) -> None:
    told(town, 2_000, complained=5)
    before = text(town)
    pause_by_reputation(town.ground, town.look())

    town.publishes({("journey", "first-win"): before})
    town.passes(days=1)

    assert (pause_by_reputation(town.ground, town.look()), paused(town)) == ([], set())
    told(town, 2_000, complained=5)
    assert pause_by_reputation(town.ground, town.look()) == ["first-win"]


def test_what_was_told_longer_than_a_week_ago_is_over(town: Town) -> None:
    told(town, 2_000, complained=5)
    town.passes(days=8)

    with town.ground.sessions.read() as session:
        assert standings(session, town.look()) == []
    assert pause_by_reputation(town.ground, town.look()) == []


def test_one_that_is_paused_already_stays_as_it_is(town: Town) -> None:
    town.publishes({("journey", "first-win"): text(town) + "\npaused: count\n"})
    told(town, 2_000, complained=5)

    assert pause_by_reputation(town.ground, town.look()) == []
    with town.ground.sessions.read() as session:
        assert dict(town.ground.shelf.playbook(session).paused) == {"first-win": "count"}


def test_one_that_is_not_live_any_more_is_passed_over(town: Town) -> None:
    told(town, 2_000, complained=5, journey="long-gone")

    assert pause_by_reputation(town.ground, town.look()) == []
