"""What the past comes down to equals a recount of the past, in whatever order and company it arrived."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nurture.engine.snapshot import Fact
from tests.engine.builders import EXAMPLES, HOUR, MILESTONES, MINUTE, NOON, ada, journey, known, playbook, settle

BOOK = playbook(
    journey("[{id: rest, do: wait, for: 1d}]", "{when: {did: login, at_least: 3, within: 1d}}", "often"),
    journey("[{id: rest, do: wait, for: 1d}]", "{when: {did: any, at_most: 1}}", "seldom"),
    journey("[{id: rest, do: wait, for: 1d}]", "{when: {did: paid, where: {seats: 1}, at_least: 2}}", "single"),
    journey("[{id: rest, do: wait, for: 1d}]", "{when: {did_not: 'odd {name'}}", "odd"),
    journey("[{id: rest, do: wait, for: 1d}]", "{when: {did: 'odd {name', where: {x: y}}}", "odder"),
)
PAID_ONCE = 'paid {"seats": 1}'
facts = st.builds(
    Fact,
    st.sampled_from(["login", "paid", "any", "odd {name", "unheard", "account_closed", "report_shared", "signed_up"]),
    st.integers(0, 2000).map(lambda n: NOON - n * MINUTE),
    st.sampled_from([{}, {"seats": 1}, {"seats": 2}, {"seats": True}, {"x": "y"}]),
)


def recount(past: list[Fact]) -> dict[str, Any]:
    """Count the whole past anew, the plain way."""
    use = [fact.at for fact in past if fact.name not in ("account_closed", "signed_up")]
    single = [fact for fact in past if fact.name == "paid" and fact.properties.get("seats") == 1]
    asked = {
        "login": ([fact.at for fact in past if fact.name == "login"], 3),
        "any": (use, 2),
        PAID_ONCE: ([fact.at for fact in single if fact.properties["seats"] is not True], 2),
        "odd {name": ([fact.at for fact in past if fact.name == "odd {name"], 1),
        'odd {name {"x": "y"}': (
            [fact.at for fact in past if fact.name == "odd {name" and fact.properties == {"x": "y"}],
            1,
        ),
    }
    return {key: tuple(sorted(moments, reverse=True)[:depth]) for key, (moments, depth) in asked.items() if moments}


@EXAMPLES
@given(st.lists(st.lists(facts, max_size=6), max_size=5))
def test_rings_are_a_recount_of_the_past(batches: list[list[Fact]]) -> None:
    snapshot = known(ada(NOON - 9000 * MINUTE, stage="terminated"))
    for batch in batches:
        snapshot, _ = settle(BOOK, snapshot, NOON, *[fact for fact in batch if single_moment(fact, batches)])
    past = [fact for batch in batches for fact in batch if single_moment(fact, batches)]

    assert snapshot.facts.rings == recount(past)
    assert snapshot.facts.last_seen == max(
        (fact.at for fact in past if fact.name not in ("account_closed", "signed_up")), default=None
    )


def single_moment(fact: Fact, batches: list[list[Fact]]) -> bool:
    """Whether no other fact has this moment, so that a recount can tell them apart."""
    return sum(other.at == fact.at for batch in batches for other in batch) == 1


def test_a_ring_is_as_deep_as_the_deepest_question() -> None:
    book = playbook(
        journey("[{id: one, do: wait_for, what: {did: login, at_most: 4}, up_to: 1d}]", key="deep"),
        journey("[{id: two, do: wait_for, what: {did: login}, up_to: 1d}]", key="flat"),
        segment_busy="{id: busy, when: {did: login, at_least: 2, within: 1d}}",
    )

    assert [(ring.key, ring.depth) for ring in book.rings["login"]] == [("login", 5)]


def test_a_late_fact_takes_its_own_place() -> None:
    snapshot = known(ada(), rings={"login": (NOON, NOON - 2 * HOUR, NOON - 4 * HOUR)})

    snapshot, _ = settle(BOOK, snapshot, NOON, Fact("login", NOON - HOUR))

    assert snapshot.facts.rings["login"] == (NOON, NOON - HOUR, NOON - 2 * HOUR)


def test_what_no_document_mentions_is_not_counted() -> None:
    book = playbook(journey("[{id: rest, do: wait, for: 1d}]"), milestones=MILESTONES)

    snapshot, _ = settle(book, known(ada()), NOON, Fact("danced", NOON))

    assert not book.hears("danced")
    assert snapshot.facts.rings == {}
    assert snapshot.facts.last_seen == NOON


def test_a_farewell_is_no_sign_of_life() -> None:
    snapshot, _ = settle(playbook(), known(ada()), NOON + HOUR, Fact("account_closed", NOON + HOUR))

    assert snapshot.facts.last_seen is None
