"""Two versions of a journey are compared by step, so that a moved step is no new one."""

from hypothesis import given, settings

from nurture.engine.differing import Difference, differences
from nurture.engine.document import plain, read_yaml
from nurture.engine.journey import Journey, walk
from tests.engine.grammar import drawn

V7 = """
id: trial
name: Trial
enter: {stage: assessing}
goal: {milestone: first_value}
steps:
  - {id: welcome, do: email, email: welcome}
  - {id: rest, do: wait, for: 3d}
  - id: parting
    do: split
    paths:
      - {when: {persona: kevin}, steps: [{id: api, do: email, email: api}]}
      - {otherwise: true, steps: [{id: tour, do: email, email: tour}]}
  - {id: bye, do: email, email: bye}
"""


def read(text: str) -> Journey:
    return Journey.model_validate(plain(read_yaml(text, "f")[0]))


def told(old: str, new: str) -> list[str]:
    return [difference.sentence for difference in differences(read(old), read(new))]


def test_the_same_journey_does_not_differ() -> None:
    assert differences(read(V7), read(V7 + "# a comment\n")) == ()


def test_each_change_is_told_by_its_step() -> None:
    new = V7.replace("for: 3d", "for: 5d").replace("email: bye}", "email: bye, late: skip}")

    assert told(V7, new) == [
        "Wait 3 days: for 3 days -> 5 days",
        "Email \u201cBye\u201d: late nothing -> skip",
    ]


def test_a_difference_says_what_was_and_what_is() -> None:
    (found,) = differences(read(V7), read(V7.replace("for: 3d", "for: 5d")))

    assert found == Difference("changed", "rest", "for", "3d", "5d", "Wait 3 days: for 3 days -> 5 days")


def test_what_came_and_what_went_say_where() -> None:
    new = V7.replace("  - {id: rest, do: wait, for: 3d}\n", "").replace(
        "steps: [{id: tour", "steps: [{id: tip, do: email, email: tip}, {id: tour"
    )

    assert told(V7, new) == ["added Email \u201cTip\u201d first in Split by persona: path 2", "removed Wait 3 days"]


def test_only_the_step_that_moved_is_told() -> None:
    bye = "  - {id: bye, do: email, email: bye}\n"
    new = V7.replace(bye, "").replace("  - {id: rest", f"{bye}  - {{id: rest")

    assert told(V7, new) == ["moved Email \u201cBye\u201d after Email \u201cWelcome\u201d"]


def test_a_step_on_another_path_has_moved() -> None:
    new = V7.replace("[{id: tour, do: email, email: tour}]", "[]").replace(
        "[{id: api,", "[{id: tour, do: email, email: tour}, {id: api,"
    )

    assert told(V7, new) == ["moved Email \u201cTour\u201d first in Split by persona: path 1"]


def test_the_journey_itself_and_a_rule_of_a_split_are_told() -> None:
    new = (
        V7.replace("first_value", "imported").replace("kevin", "wilma").replace("name: Trial", "name: T\npriority: 70")
    )
    rule = "[{{when: {{persona: {}}}}}, {{otherwise: true}}]"

    assert told(V7, new) == [
        "name Trial -> T",
        "goal {milestone: first_value} -> {milestone: imported}",
        "priority 50 -> 70",
        f"Split by persona: paths {rule.format('kevin')} -> {rule.format('wilma')}",
    ]


@settings(max_examples=40, deadline=None)
@given(drawn, drawn)
def test_what_is_told_as_added_and_removed_leads_from_one_to_the_other(old: list[Journey], new: list[Journey]) -> None:
    found = differences(old[0], new[0])

    before, after = ({step.id for step in walk(one.steps)} for one in (old[0], new[0]))
    assert {one.step for one in found if one.what == "added"} == after - before
    assert {one.step for one in found if one.what == "removed"} == before - after
    assert {one.step for one in found if one.what in ("moved", "changed") and one.step} <= before & after
    assert differences(old[0], old[0]) == ()
