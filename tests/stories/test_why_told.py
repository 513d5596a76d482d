"""Why, told of what came since: of texts that changed, of rounds and second times, of letters on their way."""

import pytest

from nurture.flow.publish import Choices, publish, undo_publish
from nurture.flow.why import Unknown, why
from nurture.store import claims, documents, house
from tests.postgres import Prepare
from tests.stories.town import Person, Town
from tests.stories.why_playbook import DAY, LETTER, SPLIT, journey, prepared


@pytest.fixture(scope="session")
def prepare_database() -> Prepare:
    return prepared


def publishes(town: Town, text: str) -> None:
    """Publish one journey, moving the people inside."""
    key = text.partition("\n")[0].removeprefix("id: ")
    publish(town.ground, {("journey", key): text}, "a test", "", town.look(), people=Choices())


def holds(town: Town) -> None:
    """Hold all sending, so that what is decided waits."""
    town.ground.sessions.write(lambda session: house.remember(session, house.HOLD, "now"))


def lets_go(town: Town) -> None:
    town.ground.sessions.write(lambda session: house.forget(session, house.HOLD))
    town.carries_the_post()


def no(town: Town, person: Person, key: str, step: str = "letter") -> tuple[str, str | None]:
    """The outcome, and the first question that was answered with no."""
    told = why(town.ground, person.id, key, step, town.now)
    return told.outcome, told.no.asks if told.no is not None else None


def test_the_sentence_and_the_fix_say_what_happened_and_what_could_be_done(town: Town) -> None:
    ada = town.signs_up("ada")
    ada.does("plain")

    ada.does("second")

    told = why(town.ground, ada.id, "second", "letter", town.now)
    assert told.sentence.startswith("Since Mon 05 Jan 2026 09:00 UTC: held by cap: at most 1 in 30 days; plain.letter")
    assert told.no is not None
    assert told.no.as_json() == {
        "asks": "limit",
        "answer": "fail",
        "because": "held by cap: at most 1 in 30 days; plain.letter went first",
        "live": False,
        "fix": {
            "do": "edit-caps",
            "sentence": "Raise the cap, or mark the letter urgent if it truly is.",
            "on": "policy/policy",
        },
    }
    answers = {check.asks: check.answer for check in told.checks}
    assert [answers[asks] for asks in ("kept aside", "quiet hours", "sender")] == ["pass", "not asked", "not asked"]


def test_the_path_they_took_is_read_by_the_text_in_which_they_took_it(town: Town) -> None:
    ada = town.signs_up("ada")
    ada.does("split")
    swapped = SPLIT.replace("steps: [LETTER]", "steps: []").replace("true}]", "true, steps: [LETTER]}]")

    publishes(town, journey("split", swapped, "{id: after, do: wait, for: 20d}"))

    outcome, sentence = ada.why("letter", "split")
    assert (outcome, ada.letters) == ("another path", [])
    assert "at fork on Mon 05 Jan 2026 09:00 UTC they took another way: path 2, otherwise: plan is" in sentence


def test_a_step_put_in_behind_them_is_not_on_their_way(town: Town) -> None:
    ada = town.signs_up("ada")
    ada.does("late")
    town.passes(hours=1)

    publishes(town, journey("late", "{id: early, do: email, email: others}", DAY, LETTER))

    assert ada.why("early", "late")[0] == "not in their version"
    assert "version 2 was published" in ada.why("early", "late")[1]
    assert ada.why("letter", "late")[0] == "not yet"


def test_a_letter_held_when_its_step_is_deleted_is_told_with_what_came_then(town: Town) -> None:
    ada = town.signs_up("ada")
    ada.does("plain")
    ada.does("second")

    publishes(town, journey("second", "{id: rest, do: wait, for: 20d}"))

    outcome, sentence = ada.why("letter", "second")
    assert outcome == "held"
    assert sentence.endswith("went first; since then version 2 was published: letter is gone, and nothing follows.")


def test_a_deleted_step_is_found_by_its_name_alone_and_one_that_never_was_is_refused(town: Town) -> None:
    ada, bo = town.signs_up("ada"), town.signs_up("bo")
    ada.does("notice")

    publishes(town, journey("notice", "{id: rest, do: wait, for: 20d}"))

    assert ada.why("hint", None)[0] == "shown"
    assert bo.why("hint", None)[0] == bo.why("hint", "notice")[0] == "never entered"
    with pytest.raises(Unknown, match="no journey has, or had, a step 'hint-2'"):
        bo.why("hint-2")
    with pytest.raises(Unknown, match="notice has, and had, no step 'hint-2'; its steps are rest"):
        bo.why("hint-2", "notice")


def test_while_all_sending_is_held_the_sender_is_what_it_waits_for(town: Town) -> None:
    ada = town.signs_up("ada")
    town.ground.sessions.write(lambda session: house.remember(session, house.HOLD, "now"))

    ada.does("plain")

    told = why(town.ground, ada.id, "plain", "letter", town.now)
    assert told.outcome == "queued"
    assert told.no is not None
    assert (told.no.asks, told.no.because) == ("sender", "all sending is held")


def test_what_becomes_of_a_letter_on_its_way_is_told(town: Town) -> None:
    holds(town)
    ada, bo, cy, dee = (town.signs_up(name) for name in ("ada", "bo", "cy", "dee"))
    for person in (ada, bo, cy, dee):
        person.does("plain")
    bo.does("trial_cancelled")
    cy.unsubscribes("tips")

    town.sleeps(days=2)
    town.ground.sessions.write(lambda session: claims.set_aside(session, dee.id, town.now, "a fault"))
    lets_go(town)

    assert no(town, ada, "plain") == ("skipped", "lateness")
    assert no(town, bo, "plain") == ("cancelled", "earlier exit")
    assert no(town, cy, "plain") == ("cancelled", "consent")
    assert no(town, dee, "plain") == ("queued", "sender")
    told = why(town.ground, bo.id, "plain", "letter", town.now)
    assert {check.asks: check.answer for check in told.checks}["quiet hours"] == "pass"


def test_a_letter_that_is_tried_again_waits_for_its_sender(town: Town) -> None:
    ada = town.signs_up("ada")
    town.sendgrid.misbehaves("429")

    ada.does("plain")

    assert no(town, ada, "plain") == ("queued", "sender")
    assert "tried again by itself" in ada.why("letter", "plain")[1]


def test_a_letter_that_was_taken_back_with_its_publish_says_so(town: Town) -> None:
    ada = town.signs_up("ada")
    text = journey("fresh", LETTER, DAY, on="{stage: assessing}")

    let_in = Choices(enter=True)
    change = publish(town.ground, {("journey", "fresh"): text}, "a test", "", town.look(), people=let_in)
    town.beats()
    before = no(town, ada, "fresh")
    undo_publish(town.ground, change.revision, "a test", town.look())

    assert before == ("held", "journey is live")
    assert no(town, ada, "fresh") == ("cancelled", "journey is live")


def test_the_newest_round_is_told(town: Town) -> None:
    ada, bo = town.signs_up("ada"), town.signs_up("bo")
    for person in (ada, bo):
        person.does("rounds")
        person.does("weeks")
    bo.unsubscribes("tips")

    town.passes(days=3)

    assert ada.why("letter", "rounds")[1].startswith("Round 2: Sent on Tue 06 Jan 2026 09:00 UTC: accepted")
    assert no(town, bo, "rounds") == ("withheld", "consent")
    assert "at fork on Tue 06 Jan 2026 09:00 UTC they took another way: path 2" in ada.why("letter", "weeks")[1]


def test_another_time_is_not_answered_by_the_time_before(town: Town) -> None:
    ada = town.signs_up("ada")
    ada.does("often")
    town.passes(days=3)
    before = (no(town, ada, "often"), no(town, ada, "often", "more"))

    ada.does("enough")
    town.passes(hours=1)
    ada.does("often")

    assert before == (("another path", "step condition"), ("waiting", None))
    assert (no(town, ada, "often"), no(town, ada, "often", "more")) == (("not yet", None), ("not yet", None))


def test_whoever_comes_too_soon_again_is_told_so_and_when(town: Town) -> None:
    ada = town.signs_up("ada")
    ada.does("soon")
    town.passes(hours=1)

    ada.does("soon")

    assert no(town, ada, "soon") == ("sent", None)
    told = why(town.ground, ada.id, "soon", None, town.now)
    assert (told.outcome, told.no.asks if told.no else None) == ("not entered again", "re-entry")


def test_the_day_of_a_refusal_is_told(town: Town) -> None:
    ada = town.signs_up("ada")

    ada.does("stage")

    sentence = "Never entered stage: the stage is assessing, not adopted; last asked on Mon 05 Jan 2026 09:00 UTC."
    assert ada.why("letter", "stage")[1] == sentence


def test_a_letter_sent_is_sent_though_they_walk_past_its_step_again(town: Town) -> None:
    ada = town.signs_up("ada")
    publishes(town, journey("plain", LETTER, DAY))
    ada.does("plain")
    town.passes(hours=1)

    back = Choices(reroute={"plain": {"a-day": "letter"}})
    text = journey("plain", LETTER, DAY, more="purpose: Once more")
    publish(town.ground, {("journey", "plain"): text}, "a test", "", town.look(), people=back)
    town.beats()

    assert no(town, ada, "plain") == ("sent", None)
    assert ada.letters == ["letter"]


def test_a_journey_that_is_gone_when_a_step_would_start_it_was_not_live(town: Town) -> None:
    ada = town.signs_up("ada")
    publishes(town, journey("starts", DAY, "{id: go, do: start, journey: second}"))
    ada.does("starts")
    publish(town.ground, {("journey", "starts"): journey("starts", DAY)}, "a test", "", town.look())
    town.ground.sessions.write(lambda session: documents.archive(session, "journey", "second", "a test", "", town.now))

    town.passes(days=1, hours=1)

    assert no(town, ada, "second") == ("never entered", "journey is live")
    assert "it is not published any more; last asked on Tue" in ada.why("letter", "second")[1]
