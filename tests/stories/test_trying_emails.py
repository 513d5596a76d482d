"""An email is tried on oneself, put away when nothing sends it, and brought back; on either database."""

import pytest

from nurture.channels.email.letter import Letter
from nurture.channels.email.links import Links
from nurture.channels.email.provider import Verdict
from nurture.engine.email_pieces import fold
from nurture.flow import drafts as desk
from nurture.flow.letters import Composer, Reader, specimen
from nurture.flow.publish import publish
from nurture.flow.shelving import InUse, bring_back, put_away
from nurture.flow.testing import MOST, NotSent, send_test
from nurture.store import documents, drafts
from nurture.store.documents import Missing
from tests.stories.town import KEYS, URL, Town

TEXT = fold({"email.md": "---\nsubject: Spare\nsender: success\ntopic: tips\n---\nWords.\n"})
SPARE = ("email", "spare")


def written(town: Town) -> None:
    desk.save_draft(town.ground, *SPARE, TEXT, None, "sam", "began", town.now)


def at_hand(town: Town) -> set[str]:
    with town.ground.sessions.read() as session:
        return {draft.key for draft in drafts.at_hand(session, "email")}


def live(town: Town) -> set[str]:
    with town.ground.sessions.read() as session:
        return {key for kind, key in documents.published(session)[1] if kind == "email"}


def test_a_draft_is_put_away_and_brought_back_with_its_words(town: Town) -> None:
    written(town)

    was_live = put_away(town.ground, "spare", "sam", town.look())
    away = at_hand(town)
    bring_back(town.ground, "spare", "sam", town.look())

    assert was_live is False
    assert "spare" not in away
    assert "spare" in at_hand(town)
    assert desk.read_draft(town.ground, *SPARE).text == TEXT


def test_what_was_live_is_archived_and_comes_back_as_a_draft(town: Town) -> None:
    publish(town.ground, {SPARE: TEXT}, "sam", "", town.look())

    assert put_away(town.ground, "spare", "sam", town.look()) is True
    assert "spare" not in live(town)
    bring_back(town.ground, "spare", "sam", town.look())
    assert "spare" not in live(town)
    assert "spare" in at_hand(town)


def test_what_a_journey_sends_stays(town: Town) -> None:
    before = live(town)
    written(town)
    draft = "id: new\nname: New\nenter: {stage: assessing}\nsteps:\n  - {id: a, do: email, email: spare}\n"
    desk.save_draft(town.ground, "journey", "new", draft, None, "sam", "", town.now)

    with pytest.raises(InUse, match="Get to the first win"):
        put_away(town.ground, "welcome", "sam", town.look())
    with pytest.raises(InUse, match="the draft of new"):
        put_away(town.ground, "spare", "sam", town.look())
    with pytest.raises(Missing):
        put_away(town.ground, "nothing", "sam", town.look())
    assert live(town) == before
    assert "spare" in at_hand(town)


def test_a_test_letter_goes_twenty_times_an_hour_and_then_again(town: Town) -> None:
    carried: list[Letter] = []

    def carry(letter: Letter) -> Verdict:
        carried.append(letter)
        return Verdict("accepted", "taken")

    with town.ground.sessions.read() as session:
        playbook = town.ground.shelf.playbook(session)
    composer = Composer(Links(URL, KEYS), URL)
    letter = specimen(composer, playbook, "welcome", "sam@harbour.example", Reader("wilma"), town.now)

    def tries() -> Verdict:
        return send_test(town.ground, carry, letter, "trial", "email welcome", "sam", town.look())

    for _ in range(MOST):
        assert tries().outcome == "accepted"
    with pytest.raises(NotSent, match="wait a little"):
        tries()
    town.sleeps(hours=1, minutes=1)

    assert tries().outcome == "accepted"
    assert len(carried) == MOST + 1
    assert carried[0].subject == "[test] Welcome to Harbour: begin with a template"
