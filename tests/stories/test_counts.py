"""What staff read beside the playbook's own words: who moved, who is what, who reached what; on either database."""

import pytest

from nurture.engine.leaves import MilestoneReached
from nurture.flow import drafts as desk
from nurture.flow.members import members
from nurture.flow.publish import publish
from nurture.flow.shelving import InUse, bring_back, put_away
from nurture.store import counts, documents, drafts
from tests.stories.town import Town

QUIET = ("segment", "quiet")
TEXT = "id: quiet\nwhen: {silent_for: 2d}\n"


@pytest.fixture
def lived(town: Town) -> Town:
    """Ada has a first win, Bo has left, and Cy came three days later."""
    ada, bo = town.signs_up("ada"), town.signs_up("bo")
    ada.does("report_shared")
    bo.does("trial_cancelled")
    town.passes(days=3)
    town.signs_up("cy")
    return town


def test_moves_are_counted_from_a_moment_on(lived: Town) -> None:
    with lived.ground.sessions.read() as session:
        ever = counts.moves_since(session, lived.now.replace(year=2000))
        now = counts.moves_since(session, lived.now)

    assert ever == {(None, "assessing"): 3, ("assessing", "terminated"): 1}
    assert now == {(None, "assessing"): 1}


def test_people_are_counted_by_persona_and_stage_with_their_wins(lived: Town) -> None:
    with lived.ground.sessions.read() as session:
        kinds = counts.kinds(session, ["first_value"])
        nobody = counts.kinds(session, [])
        reached = counts.reached(session)

    assert {(one.stage, one.people, one.won) for one in kinds} == {("assessing", 2, 1), ("terminated", 1, 0)}
    assert sum(one.won for one in nobody) == 0
    assert reached == {"first_value": 1}


def test_so_many_are_asked_whether_they_belong(lived: Town) -> None:
    rules = {"won": MilestoneReached(milestone="first_value")}
    with lived.ground.sessions.read() as session:
        playbook = lived.ground.shelf.playbook(session)
        everybody = members(session, playbook, rules, lived.now)["won"]
        some = members(session, playbook, rules, lived.now, most=2)["won"]

    assert (everybody.number, everybody.asked, everybody.more) == (1, 3, False)
    assert [email for _, email in everybody.named] == ["ada@customer.example"]
    assert (some.asked, some.more) == (2, True)


def test_a_segment_that_something_names_is_not_put_away(town: Town) -> None:
    desk.save_draft(town.ground, *QUIET, TEXT, None, "sam", "began", town.now)
    publish(town.ground, {QUIET: TEXT}, "sam", "", town.look())
    other = ("segment", "very-quiet")
    desk.save_draft(town.ground, *other, "id: very-quiet\nwhen: {segment: quiet}\n", None, "sam", "began", town.now)

    with pytest.raises(InUse, match="the draft of very-quiet"):
        put_away(town.ground, "quiet", "sam", town.look(), kind="segment")
    put_away(town.ground, "very-quiet", "sam", town.look(), kind="segment")
    was_live = put_away(town.ground, "quiet", "sam", town.look(), kind="segment")
    with town.ground.sessions.read() as session:
        live = documents.published(session)[1]
    bring_back(town.ground, "quiet", "sam", town.look(), kind="segment")

    assert was_live
    assert QUIET not in live
    with town.ground.sessions.read() as session:
        assert "quiet" in [one.key for one in drafts.at_hand(session, "segment")]
