"""Who they are, what they have reached, and what they said: known anew at every settle, first match wins."""

from typing import Any

import pytest

from nurture.engine.snapshot import Fact
from tests.engine.builders import DAY, HOUR, NOON, PERSONAS, ada, known, newborn, playbook, said, settle

DRIVER = "{id: driver, name: D, question: Why?, kind: choice, choices: [{id: save_time, label: Time}], sets: driver}"
ACTIVE = PERSONAS.replace("{trait: role, in: [developer, admin]}", "{did: api_called, at_least: 2, within: 3d}")


@pytest.mark.parametrize(
    ("traits", "persona", "because"),
    [
        ({"role": "admin"}, "kevin", "role is 'admin' (asked: in developer, admin)"),
        ({"role": "boss"}, "wilma", "no other persona's rule holds"),
        ({}, "wilma", "no other persona's rule holds"),
    ],
)
def test_the_first_persona_that_fits_is_taken(traits: dict[str, Any], persona: str, because: str) -> None:
    _, decision = settle(playbook(), newborn(ada(traits=traits)), NOON)

    assert (decision.customer.persona, decision.customer.persona_because) == (persona, because)
    assert said(decision, "persona") == [because]


def test_what_they_do_makes_somebody_else_of_them_and_time_brings_them_back() -> None:
    book = playbook(personas=ACTIVE)
    calls = [Fact("api_called", NOON), Fact("api_called", NOON + HOUR)]

    builder, became = settle(book, known(ada()), NOON + HOUR, *calls)
    _, again = settle(book, builder, NOON + 3 * DAY)

    assert became.customer.persona == "kevin"
    assert became.due_at == NOON + 3 * DAY
    assert again.customer.persona == "wilma"


def test_a_locked_persona_stays() -> None:
    locked = ada(traits={"role": "admin"}, persona="wilma", persona_locked=True)

    _, decision = settle(playbook(), known(locked), NOON)

    assert decision.customer.persona == "wilma"


def test_a_milestone_is_reached_once_at_its_own_moment() -> None:
    snapshot, first = settle(playbook(), known(ada()), NOON + DAY, Fact("project_created", NOON + HOUR))
    snapshot, second = settle(playbook(), snapshot, NOON + 2 * DAY, Fact("project_created", NOON + 2 * DAY))

    assert first.milestones == (("first_project", NOON + HOUR, "project_created"),)
    assert second.milestones == ()
    assert snapshot.facts.milestones == {"first_project": NOON + HOUR}


@pytest.mark.parametrize(
    ("persona", "reached", "next_one"),
    [
        ("kevin", {}, "first_value"),
        ("wilma", {}, "first_project"),
        ("wilma", {"first_project": NOON}, "first_value"),
        (None, {}, "first_project"),
        ("kevin", {"first_project": NOON, "first_value": NOON}, None),
    ],
)
def test_the_next_milestone_weighs_most_for_them(persona: str | None, reached: Any, next_one: str | None) -> None:
    following = playbook().milestones.next_for(persona, reached)

    assert (following.id if following else None) == next_one


def test_an_answer_is_kept_and_sets_the_trait_it_is_for() -> None:
    answer = Fact("survey_answered", NOON, {"survey": "driver", "value": "save_time"})

    snapshot, decision = settle(playbook(survey_driver=DRIVER), known(ada()), NOON, answer)

    assert snapshot.customer.traits == {"driver": "save_time"}
    assert snapshot.facts.answers["driver"] == (NOON, "save_time")
    assert said(decision, "answered") == ["Why? save_time"]


def test_an_answer_to_no_survey_of_ours_changes_nothing() -> None:
    answer = Fact("survey_answered", NOON, {"survey": "moon", "value": 3})

    snapshot, _ = settle(playbook(survey_driver=DRIVER), known(ada()), NOON, answer)

    assert snapshot.facts.answers == {}
