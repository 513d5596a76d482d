"""The same intent in another shape for a stage, a persona or both, chosen at the entry and walked to its end."""

import pytest

from nurture.engine.problem import Unsound
from nurture.engine.simulate import simulate
from nurture.engine.snapshot import Fact
from tests.engine.builders import DAY, NOON, ada, newborn, playbook, settle

HELP = """
id: help
name: Get help
enter: {on: ticket_opened, again: always}
stays: [assessing, at_risk]
variants:
  - {persona: kevin, journey: help-kevin}
  - {stage: at_risk, journey: special-care}
  - {stage: [at_risk, adopted], persona: kevin, journey: special-care-kevin}
steps: [{id: answer, do: email, email: help}]
"""
SHAPES = [
    f"id: {key}\nname: {key}\nstays: [assessing, at_risk]\nsteps: [{{id: answer, do: email, email: {key}}}]\n"
    for key in ("help-kevin", "special-care", "special-care-kevin")
]
TICKET = Fact("ticket_opened", NOON + DAY)


@pytest.mark.parametrize(
    ("stage", "role", "shape"),
    [
        ("assessing", "boss", "help"),
        ("assessing", "admin", "help-kevin"),
        ("at_risk", "boss", "special-care"),
        ("at_risk", "admin", "special-care-kevin"),
    ],
)
def test_four_people_get_four_bodies_from_one_step(stage: str, role: str, shape: str) -> None:
    book = playbook(HELP, *SHAPES)

    lived = simulate(book, newborn(ada(stage=stage, traits={"role": role})), NOON, 3, [TICKET])

    (order,) = [order for _, decision in lived.beats for order in decision.orders]
    assert (order.journey, order.step, order.email) == ("help", "answer", shape)


def test_the_choice_is_kept_and_told() -> None:
    book = playbook(HELP, *SHAPES)
    before, _ = settle(book, newborn(ada(stage="at_risk", traits={"role": "admin"})), NOON)

    _, decision = settle(book, before, NOON + DAY, TICKET)

    (entered,) = [note for note in decision.notes if note.do == "entered"]
    assert (entered.journey, entered.about) == ("help", "special-care-kevin")
    assert entered.because.endswith("; as special-care-kevin, for at_risk and kevin")
    assert decision.enrollments[0].variant == "special-care-kevin"


def test_who_changes_stage_inside_walks_on_in_the_shape_they_entered() -> None:
    waits = HELP.replace("[{id: answer", "[{id: w, do: wait, for: 2d}, {id: answer")
    book = playbook(waits, *SHAPES, lifecycle=LIFECYCLE_WITH_RISK)
    before, _ = settle(book, newborn(ada()), NOON)
    inside, _ = settle(book, before, NOON + DAY, TICKET)

    lived = simulate(book, inside, NOON + DAY, 5, [Fact("went_quiet", NOON + 2 * DAY)])

    assert lived.snapshot.customer.stage == "at_risk"
    assert [order.email for _, decision in lived.beats for order in decision.orders] == ["help"]


LIFECYCLE_WITH_RISK = """
stages: [{id: assessing, phase: buy}, {id: at_risk, phase: return}, {id: adopted, phase: use}]
starts: {lead: assessing, signup: assessing}
moves: [{from: assessing, to: at_risk, on: went_quiet}]
"""


def test_a_variant_alone_is_entered_by_nobody() -> None:
    book = playbook(*SHAPES)

    snapshot, _ = settle(book, newborn(ada(), Fact("signed_up", NOON), TICKET), NOON)

    assert snapshot.enrollments == ()


def test_a_variant_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(Unsound, match="there is no journey 'special-care-kevin'"):
        playbook(HELP, *SHAPES[:2])


def test_the_closest_fit_wins_and_the_first_of_equals() -> None:
    version = playbook(HELP, *SHAPES).live("help")

    assert version is not None
    one = version.journey
    assert one.shape("adopted", "wilma") == "help"
    assert one.shape("adopted", "kevin") == "special-care-kevin"
    assert one.shape("at_risk", None) == "special-care"
