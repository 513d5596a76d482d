"""What staff decide by hand takes effect at once, is told as theirs, and is audited."""

import pytest

from nurture.flow import by_hand
from nurture.store import audit
from tests.stories.town import Town

LETTER = {
    ("segment", "developers"): "id: developers\nwhen: {trait: role, in: [developer]}\n",
    ("journey", "changelog"): (
        "id: changelog\nname: What is new\nenter: {once: true, segment: developers}\n"
        "steps: [{id: letter, do: email, email: report-shared}]\n"
    ),
}


def test_a_stage_by_hand_ends_what_it_ends_and_says_who_said_so(town: Town) -> None:
    ada = town.signs_up("ada", role="developer")

    by_hand.move(town.ground, ada.id, "terminated", "they wrote to us", "lea@example.com", town.look())
    town.passes(days=30)

    assert ada.stages == ["assessing", "terminated"]
    assert ada.letters == ["welcome"]
    assert "by hand: they wrote to us" in ada.why(None, "first-win")[1]
    with town.ground.sessions.read() as session:
        (row,) = [one for one in audit.entries(session) if one.subject == ada.id]
    assert (row.actor, row.act) == ("lea@example.com", "moved_by_hand")


def test_a_persona_by_hand_stays_until_it_is_unlocked(town: Town) -> None:
    wilma = town.signs_up("wilma")

    by_hand.choose_persona(town.ground, wilma.id, "kevin", "asked about the API", "lea@example.com", town.look())
    town.passes(days=2)
    chosen = (wilma.row.persona, wilma.row.persona_because)
    by_hand.unlock_persona(town.ground, wilma.id, "lea@example.com", town.look())

    assert chosen == ("kevin", "by hand: asked about the API")
    assert wilma.row.persona == "wilma"


def test_traits_by_hand_let_wilma_turn_out_to_be_kevin(town: Town) -> None:
    wilma = town.signs_up("wilma", hobby="chess")

    by_hand.tell_traits(town.ground, wilma.id, {"role": "developer", "hobby": None}, "lea@example.com", town.look())

    assert wilma.row.persona == "kevin"
    assert "role is 'developer'" in wilma.row.persona_because
    assert "hobby" not in wilma.row.traits


@pytest.mark.parametrize("stage", ["nowhere", ""])
def test_a_stage_there_is_not_is_refused_with_those_there_are(town: Town, stage: str) -> None:
    ada = town.signs_up("ada")

    with pytest.raises(by_hand.Unfit, match="the stages are considering, assessing"):
        by_hand.move(town.ground, ada.id, stage, "", "lea@example.com", town.look())

    assert ada.stage == "assessing"


def test_a_letter_to_a_segment_reaches_it_once_and_nobody_else(town: Town) -> None:
    people = [town.signs_up(f"p{n}", role="developer" if n % 2 else "boss") for n in range(6)]
    town.publishes(LETTER)
    town.passes(days=2)
    nobody = [one.letters.count("letter") for one in people]

    first = by_hand.send_once(town.ground, "changelog", "lea@example.com", town.look())
    again = by_hand.send_once(town.ground, "changelog", "lea@example.com", town.look())
    town.passes(days=7)

    assert nobody == [0] * 6
    assert (first, again) == (by_hand.Asked(3, 3), by_hand.Asked(3, 0))
    assert [one.letters.count("letter") for one in people] == [0, 1, 0, 1, 0, 1]


def test_only_a_letter_to_a_segment_is_sent_by_hand(town: Town) -> None:
    with pytest.raises(by_hand.Unfit, match="is no letter to a segment"):
        by_hand.send_once(town.ground, "first-win", "lea@example.com", town.look())
