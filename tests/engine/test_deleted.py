"""What was deleted while somebody walks a version that asks for it: it is said, and they walk on."""

import pytest

from nurture.engine.playbook import Playbook, compile_playbook
from nurture.engine.snapshot import Fact, Snapshot, Stood, Trodden
from tests.engine.builders import (
    DAY,
    HOUR,
    LIFECYCLE,
    NOON,
    ada,
    emails,
    journey,
    known,
    newborn,
    playbook,
    policy,
    said,
    settle,
    texts,
)

WAIT = "{id: w, do: wait, for: 1d}"
NOTE = "{id: note, do: email, email: receipt}"
NEW = journey("[{id: other, do: wait, for: 1d}]")
AT_RISK = "  - {id: at_risk, phase: return}\n"
WITHOUT_AT_RISK = LIFECYCLE.replace(AT_RISK, "").replace(", at_risk", "").replace("at_risk, ", "")


def on_the_way(old: str) -> tuple[Snapshot, Playbook]:
    """Ada in the first version of a journey, and a playbook of its second one, which lacks what the first one names."""
    snapshot, _ = settle(playbook(old, segment_paying="{id: paying, when: {persona: kevin}}"), newborn(ada()), NOON)
    of_new = texts(NEW, journey(f"[{NOTE}]", "{on: never}", "unused"))
    of_new["journey", "path"] = (2, NEW)
    return snapshot, compile_playbook(2, of_new, {("path", 1): old})


@pytest.mark.parametrize(
    "letter", ["{id: tip, do: email, email: tip}", "{id: tip, do: survey, survey: mood, email: tip}"]
)
def test_a_letter_that_was_deleted_is_walked_past(letter: str) -> None:
    snapshot, book = on_the_way(journey(f"[{WAIT}, {letter}, {NOTE}]"))

    _, decision = settle(book, snapshot, NOON + DAY)

    assert emails(decision) == ["receipt"]
    assert said(decision, "skipped") == ["skipped: the email tip was deleted"]


def test_nobody_belongs_to_a_segment_that_was_deleted() -> None:
    fork = "{id: f, do: split, paths: [{when: {segment: paying}, steps: [{id: stop, do: end}]}, {otherwise: true}]}"
    old = journey(f"[{WAIT}, {fork}, {NOTE}]", more="leave_when: [{segment: paying}]")
    snapshot, book = on_the_way(old)

    _, decision = settle(book, snapshot, NOON + DAY)

    assert emails(decision) == ["receipt"]
    assert "path 2, otherwise: segment paying: it is not published any more" in said(decision, "onward")


def without_at_risk(*journeys: str, **pinned: str) -> Playbook:
    found = texts(*journeys, lifecycle=WITHOUT_AT_RISK, policy=policy().replace(", when: {stage: at_risk}", ""))
    for key in pinned:
        found["journey", key] = (2, found["journey", key][1])
    return compile_playbook(2, found, {(key, 1): text for key, text in pinned.items()})


def test_nobody_is_moved_into_a_stage_that_was_deleted() -> None:
    old = journey(f"[{WAIT}, {{id: m, do: move, to: at_risk}}, {NOTE}]")
    snapshot, _ = settle(playbook(old), newborn(ada()), NOON)
    book = without_at_risk(NEW, journey(f"[{NOTE}]", "{on: never}", "unused"), path=old)

    _, decision = settle(book, snapshot, NOON + DAY)

    assert decision.customer.stage == "assessing"
    assert said(decision, "skipped") == ["skipped: the stage at_risk was deleted"]
    assert emails(decision) == ["receipt"]


@pytest.mark.parametrize(
    ("origin", "path"),
    [
        (Stood("at_risk", NOON), (Trodden(NOON + 5 * HOUR, "subscription_started"),)),
        (
            Stood("assessing", NOON),
            (Trodden(NOON + HOUR, "", "at_risk", "assessing"), Trodden(NOON + 5 * HOUR, "subscription_started")),
        ),
    ],
)
def test_a_late_fact_puts_nobody_back_into_a_stage_that_was_deleted(origin: Stood, path: tuple[Trodden, ...]) -> None:
    adopted = known(ada(stage="adopted", stage_since=NOON + 5 * HOUR), path=path, origin=origin)

    _, decision = settle(without_at_risk(NEW), adopted, NOON + DAY, Fact("signed_up", NOON + 2 * HOUR))

    assert decision.customer.stage == "adopted"
    assert not decision.turned


def test_after_a_repeat_that_was_switched_off_nobody_is_inside_it_any_more() -> None:
    inner = "steps: [{id: tip, do: email, email: tip}, {id: w, do: wait, for: 1d}]"
    rounds = f"[{{id: r, do: repeat, times: 3, {inner}}}, {{id: last, do: email, email: last}}]"
    snapshot, _ = settle(playbook(journey(rounds)), newborn(ada()), NOON)
    snapshot, _ = settle(playbook(journey(rounds)), snapshot, NOON + DAY)
    off = playbook(journey(rounds.replace("times: 3", "times: 3, off: true")))

    _, decision = settle(off, snapshot, NOON + 2 * DAY)

    assert [(order.step, order.pass_) for order in decision.orders] == [("last", 1)]
