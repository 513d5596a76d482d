"""Whatever the grammar allows comes to an end, tells every step of the way, and is the same each time."""

import pytest
from hypothesis import given, settings

from nurture.engine.decide import decide
from nurture.engine.decision import note_as_json
from nurture.engine.journey import Journey, walk
from nurture.engine.simulate import newcomer, simulate
from nurture.engine.snapshot import Customer, Fact
from tests.engine.builders import DAY, EXAMPLES, NOON, OFFICE, ada, journey, newborn, playbook, policy
from tests.engine.grammar import as_playbook, drawn, people, scripts


@settings(EXAMPLES, max_examples=120)
@given(drawn, people, scripts)
def test_every_journey_ends_and_no_step_orders_two_letters(
    journeys: list[Journey], who: Customer, script: list[Fact]
) -> None:
    lived = simulate(as_playbook(journeys), newborn(who), NOON, days=400, script=script)

    entered = sum(note.do == "entered" for _, decision in lived.beats for note in decision.notes)
    steps = sum(1 for one in journeys for _ in walk(one.steps))
    assert all(NOON + 400 * DAY - one.entered_at < 200 * DAY for one in lived.snapshot.enrollments)
    assert len(lived.beats) <= 4 * (entered + len(script) + 1) * (steps + 1)
    orders = [order.key for _, decision in lived.beats for order in decision.orders]
    assert len(orders) == len(set(orders))


@settings(EXAMPLES, max_examples=40)
@given(drawn, people, scripts)
def test_the_same_life_is_decided_the_same_however_its_script_is_written(
    journeys: list[Journey], who: Customer, script: list[Fact]
) -> None:
    first = simulate(as_playbook(journeys), newborn(who), NOON, days=60, script=script)
    second = simulate(as_playbook(journeys), newborn(who), NOON, days=60, script=script[::-1])

    assert first == second


@settings(EXAMPLES, max_examples=60)
@given(drawn, people, scripts)
def test_a_decision_taken_twice_at_one_moment_changes_nothing_more(
    journeys: list[Journey], who: Customer, script: list[Fact]
) -> None:
    book = as_playbook(journeys)
    lived = simulate(book, newborn(who), NOON, days=30, script=script)

    again = decide(book, lived.snapshot, lived.beats[-1][0])

    assert (again.orders, again.enrollments, again.notes) == ((), (), ())
    assert again.due_at == lived.beats[-1][1].due_at


def test_a_transcript_tells_every_date_and_reason() -> None:
    steps = "[{id: hello, do: email, email: hello}, {id: day, do: wait, for: 1d}, {id: bye, do: email, email: bye}]"
    book = playbook(journey(steps), policy=policy(OFFICE))

    lived = simulate(book, newcomer(book, "kevin", NOON + 4 * DAY, 14 * DAY, "Asia/Kathmandu"), NOON + 4 * DAY, 14)

    told = [(line.at.isoformat()[:16], line.step, line.do) for line in lived.of("path")]
    assert told == [
        ("2026-03-06T12:00", None, "entered"),
        ("2026-03-06T12:00", "hello", "held"),
        ("2026-03-09T03:15", "hello", "letter"),
        ("2026-03-09T03:15", "day", "rest"),
        ("2026-03-10T03:15", "day", "onward"),
        ("2026-03-10T03:15", "bye", "letter"),
        ("2026-03-10T03:15", "bye", "finished"),
    ]
    assert lived.of("path")[2].as_json() == {
        "at": "2026-03-09T03:15:00+00:00",
        "step": "hello",
        "do": "letter",
        "because": "inside the window (Mon 09:00 in Asia/Kathmandu)",
        "message": "hello",
        "variant": "email",
    }


@pytest.mark.parametrize(
    ("enter", "script", "ending"),
    [
        ("{stage: adopted}", [], ("never entered", "nothing asked for it")),
        ("{stage: assessing}", [], ("walking", "waits 30 days")),
        (
            "{on: danced, stage: adopted}",
            [Fact("danced", NOON)],
            ("never entered", "not entered: the stage is assessing, not adopted"),
        ),
        (
            "{stage: assessing}",
            [Fact("account_closed", NOON + DAY)],
            ("left", "left: the stage became terminated (account_closed)"),
        ),
    ],
)
def test_a_transcript_knows_how_a_journey_ended(enter: str, script: list[Fact], ending: tuple[str, str]) -> None:
    book = playbook(journey("[{id: rest, do: wait, for: 30d}]", enter))

    lived = simulate(book, newborn(ada()), NOON, days=7, script=script)

    assert lived.ending("path") == ending


def test_a_note_is_written_without_what_it_does_not_know() -> None:
    book = playbook(journey("[{id: a, do: email, email: letter}, {id: b, do: email, email: receipt}]"))

    _, decision = simulate(book, newborn(ada()), NOON, days=1).beats[0]

    assert note_as_json(decision.notes[-1]) == {
        "do": "finished",
        "because": "walked to its end",
        "journey": "path",
        "step": "b",
    }
