"""Facts of ours that somebody wrote by hand, in a scenario, and garbled: what cannot be read changes nothing."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurture.engine.decide import decide
from nurture.engine.decision import after
from nurture.engine.journey import Journey
from nurture.engine.rehearsal import compare
from nurture.engine.snapshot import Customer, Fact, Wishes
from tests.engine import grammar
from tests.engine.builders import DAY, EXAMPLES, HOUR, NOON, ada, journey, known, newborn, playbook, settle

LATER = NOON + 3 * DAY


@pytest.mark.parametrize(
    ("name", "properties"),
    [
        ("wishes", {"pause_until": "soon"}),
        ("wishes", {"topics_on": 3}),
        ("trial_changed", {"ends_at": "soon"}),
        ("trial_changed", {"extend": "3 days"}),
        ("trial_changed", {"extend": ["3d"]}),
        ("traits_told", {"traits": "role"}),
        ("email_clicked", {"email": ["letter"]}),
        ("survey_answered", {"survey": ["mood"], "value": 3}),
        ("moved_by_hand", {"to": ["adopted"]}),
        ("started_by_hand", {"journey": {}}),
    ],
)
def test_what_cannot_be_read_changes_nothing(name: str, properties: dict[str, Any]) -> None:
    wishes = Wishes(LATER, topics=frozenset({"news"}))
    somebody = known(ada(), wishes=wishes, matched=frozenset({"path"}))

    snapshot, decision = settle(
        playbook(journey("[{id: w, do: wait, for: 1d}]")), somebody, NOON + HOUR, Fact(name, NOON, properties)
    )

    assert snapshot.customer == somebody.customer
    assert snapshot.facts.wishes == wishes
    assert decision.notes == ()


def test_a_moment_that_does_not_say_its_offset_is_read_as_utc() -> None:
    told = Fact("wishes", NOON, {"pause_until": "2026-03-05T12:00"})

    snapshot, _ = settle(playbook(journey("[{id: a, do: email, email: a}]")), newborn(ada()), NOON, told)

    assert snapshot.facts.wishes.pause_until == LATER


def test_a_scenario_that_is_garbled_can_be_lived() -> None:
    clicked = "{on_day: 2, event: email_clicked, properties: {email: [a]}}"
    script = f"[{clicked}, {{on_day: 2, event: wishes, properties: {{pause_until: soon}}}}]"
    scenario = f"{{id: odd, journey: path, from: 2026-03-02T09:00:00Z, script: {script}, expects: [a]}}"
    book = playbook(journey("[{id: w, do: wait, for: 5d}, {id: a, do: email, email: a}]"), scenario_odd=scenario)

    lived = compare(book, book, book.scenarios.values())

    assert lived.expected == {}


@EXAMPLES
@given(grammar.drawn, grammar.people, grammar.scripts, st.lists(st.integers(1, 300), max_size=3))
def test_deciding_twice_at_one_moment_decides_nothing_more(
    drawn: list[Journey], who: Customer, script: list[Fact], hours: list[int]
) -> None:
    book, snapshot = grammar.as_playbook(drawn), newborn(who)
    for now in sorted({NOON, *(one.at for one in script), *(NOON + timedelta(hours=n) for n in hours)}):
        news = tuple(one for one in script if one.at == now)
        first = decide(book, snapshot._replace(news=(*snapshot.news, *news)), now)
        snapshot = after(snapshot, first)
        if first.due_at is None or first.due_at > now:  # else its rounds were over, and the next beat goes on
            second = decide(book, snapshot, now)

            assert (second.orders, second.tasks, second.notices, second.calls, second.notes) == ((), (), (), (), ())
            assert (after(snapshot, second), second.due_at) == (snapshot, first.due_at)
