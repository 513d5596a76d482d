"""What a recipient chooses on their page holds from that moment on, for what is queued too, and can be taken back."""

import re
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from nurture.channels.email.links import Links
from nurture.flow import feedback, intake
from nurture.flow.intake import Newcomer
from nurture.parts import Parts
from nurture.settings import Settings
from nurture.store import audit, photographs, suppressions, timeline
from nurture.web import recipient
from tests.faults.carriers import Paused, a_post, carries
from tests.postgres import Prepare
from tests.store.until import until
from tests.stories.care_playbook import TEXTS as BASE
from tests.stories.care_playbook import email, published
from tests.stories.town import KEYS, MONDAY, URL, Person, Town
from tests.stories.why_playbook import LIFECYCLE

DAY = timedelta(days=1)
POLICY = """
senders: {success: {name: Ana, email: ana@harbour.example}}
window: {days: mon-sun, from: "00:00", to: "23:59:59.999999", else_zone: Europe/London}
caps: []
topics:
  - {id: tips, name: Tips}
  - {id: news, name: News, default: off}
  - {id: account, name: Account, transactional: true}
postal_address: 1 Example Quay, London
"""
JOURNEYS = {
    "first-win": """
id: first-win
name: A tip a day
enter: {stage: assessing}
steps:
  - {id: welcome, do: email, email: welcome}
  - {id: one-day, do: wait, for: 1d}
  - {id: tip-1, do: email, email: tip}
  - {id: two-days, do: wait, for: 1d}
  - {id: tip-2, do: email, email: tip}
""",
    "newsletter": """
id: newsletter
name: News, for who asks
enter: {stage: assessing}
steps:
  - {id: a-day, do: wait, for: 1d}
  - {id: news-1, do: email, email: news}
  - {id: a-week, do: wait, for: 7d}
  - {id: news-2, do: email, email: news}
""",
    "answers": """
id: answers
name: Answers
enter: {on: ticket_opened, again: always}
steps: [{id: answer, do: email, email: answer}]
""",
    "stuck": """
id: stuck
name: Stuck
enter: {on: got_stuck, again: always}
steps: [{id: quick, do: email, email: tip, urgent: true}]
""",
}
TEXTS = {
    **{key: text for key, text in BASE.items() if key[0] not in ("journey", "email", "task", "policy")},
    ("lifecycle", "lifecycle"): LIFECYCLE,
    ("policy", "policy"): POLICY,
    **{("journey", key): text for key, text in JOURNEYS.items()},
    **{("email", key): email(key) for key in ("welcome", "tip")},
    (
        "survey",
        "why",
    ): "{id: why, name: Why, question: What holds you back?, kind: text, thanks: We read each of them.}",
    ("email", "news"): email("news", "news"),
    ("email", "answer"): email("answer", "account"),
}


def prepared(url: str) -> None:
    published(url, TEXTS)


@pytest.fixture(scope="session")
def prepare_database() -> Prepare:
    return prepared


@pytest.fixture
def visitor(town: Town) -> FlaskClient:
    """Somebody's browser."""
    app = Flask("harbour", static_folder=None)
    parts = Parts(Settings.load({}), town.ground, Links(URL, KEYS), town.look, (), lambda: None)
    app.register_blueprint(recipient.blueprint(parts))
    return app.test_client()


def presses(visitor: FlaskClient, person: Person, **button: str) -> str:
    """Press a button on their preferences page; returns what the page then says first."""
    answer = visitor.post(page(person), data=button)
    assert answer.status_code == 200
    said = re.search(r'role="status">(.*?)</p>', answer.text)
    assert said is not None
    return said[1]


def page(person: Person) -> str:
    return f"/p/{Links(URL, KEYS).token('preferences', person.id)}"


def signs_up_unposted(town: Town, name: str, address: str = "") -> Person:
    """Somebody whose welcome is queued, and has not been handed over."""
    newcomer = Newcomer(f"u-{name}", address or f"{name}@customer.example", town.now, "signups", name)
    return Person(town, intake.sign_up(town.ground, newcomer, town.look()).customer_id, newcomer.email, f"u-{name}")


def reads(town: Town, person: Person) -> feedback.Reader:
    """What their pages know of them."""
    found = feedback.reader(town.ground, person.id)
    assert found is not None
    return found


def told(town: Town, person: Person, kind: str) -> list[str]:
    with town.ground.sessions.read() as session:
        return [one.because for one in timeline.timeline(session, person.id, 500).entries if one.kind == kind]


def stop(town: Town, person: Person, scope: str, reason: str) -> None:
    """Suppress an address for a reason that is not its reader's."""
    seal = town.ground.seals.email_hash(person.email)
    town.ground.sessions.write(lambda session: suppressions.suppress(session, seal, scope, reason, town.now))


def test_a_pause_holds_what_is_queued_and_what_would_come(town: Town, visitor: FlaskClient) -> None:
    ada = signs_up_unposted(town, "ada")

    said = presses(visitor, ada, wish="pause")
    town.passes(days=13, hours=23)
    before = ada.letters
    town.passes(hours=2)

    assert said == "You get no emails until Monday 19 January. Then they go on as before."
    assert before == []
    assert sorted(ada.letters) == ["tip-1", "welcome"]
    assert ada.moments == [MONDAY + 14 * DAY] * 2


def test_a_pause_is_told_under_why_and_on_the_timeline(town: Town, visitor: FlaskClient) -> None:
    ada = town.signs_up("ada")
    presses(visitor, ada, wish="pause")
    town.passes(days=2)

    outcome, sentence = ada.why("tip-1")

    assert outcome == "held"
    assert "held because they asked for a pause" in sentence
    assert told(town, ada, "wishes") == ["no letters until Mon 19 Jan 2026 09:00 UTC; as many mails as we think right"]


def test_a_pause_ended_early_lets_everything_go_at_once(town: Town, visitor: FlaskClient) -> None:
    ada = signs_up_unposted(town, "ada")
    presses(visitor, ada, wish="pause")
    town.passes(days=3)
    asked = visitor.get(page(ada)).text

    said = presses(visitor, ada, wish="resume")
    town.carries_the_post()

    assert "End the break now" in asked
    assert "until Monday 19 January" in asked
    assert said == "The break is over: you get emails again."
    assert sorted(ada.letters) == ["tip-1", "welcome"]


def test_a_pause_holds_even_what_is_urgent_but_not_an_answer(town: Town, visitor: FlaskClient) -> None:
    ada = town.signs_up("ada")
    presses(visitor, ada, wish="pause")

    ada.does("got_stuck")
    ada.does("ticket_opened")

    assert ada.letters == ["welcome", "answer"]
    assert ada.why("quick")[0] == "held"


def test_a_pause_is_answered_once_the_letter_that_is_leaving_has_left(town: Town) -> None:
    ada = signs_up_unposted(town, "ada")
    provider = Paused(town.post.provider)
    with a_post(town, provider) as post, ThreadPoolExecutor(2) as pool:
        pool.submit(carries, town, post)
        provider.holds(1)
        asked = pool.submit(feedback.wish, town.ground, ada.id, "pause", town.look())
        until(lambda: reads(town, ada).wishes.pause_until is not None)
        too_soon = wait([asked], timeout=0.2).done
        provider.lets_go()

    assert not too_soon
    assert asked.result()
    assert ada.letters == ["welcome"]


def test_fewer_means_one_a_week_until_they_want_as_many_again(town: Town, visitor: FlaskClient) -> None:
    ada = town.signs_up("ada")

    said = presses(visitor, ada, wish="fewer")
    town.passes(days=6)
    few, why = ada.letters, ada.why("tip-1")[1]
    town.passes(days=1)
    presses(visitor, ada, wish="as_many")
    town.passes(days=2)

    assert said == "You get fewer emails from now on."
    assert few == ["welcome"]
    assert "the cap they wished for" in why
    assert ada.letters == ["welcome", "tip-1", "tip-2"]
    assert ada.moments[1] == MONDAY + 7 * DAY


def test_a_topic_that_is_off_by_default_goes_to_who_asks_for_it(town: Town, visitor: FlaskClient) -> None:
    ada, bo = town.signs_up("ada"), town.signs_up("bo")
    offered = visitor.get(page(ada)).text

    said = presses(visitor, ada, back="news")
    town.passes(days=2)
    stopped = presses(visitor, ada, scope="news")
    town.passes(days=10)

    assert "Only if you ask for them" in offered
    assert said == "You get emails about “News” again."
    assert stopped == "You get no more emails about “News”."
    assert sorted(ada.letters) == ["news-1", "tip-1", "tip-2", "welcome"]
    assert bo.letters == ["welcome", "tip-1", "tip-2"]
    assert "withheld: News is sent only to those who ask for it" in bo.why("news-1")[1]
    assert "withheld: unsubscribed from News" in ada.why("news-2")[1]


def test_a_topic_they_left_is_theirs_to_have_again(town: Town, visitor: FlaskClient) -> None:
    ada = town.signs_up("ada")
    presses(visitor, ada, scope="tips")
    town.passes(days=1, hours=1)

    said = presses(visitor, ada, back="tips")
    town.passes(days=2)

    assert said == "You get emails about “Tips” again."
    assert ada.letters == ["welcome", "tip-2"]
    with town.ground.sessions.read() as session:
        (lifted,) = [one for one in audit.entries(session) if one.act == "lift suppression"]
    assert (lifted.actor, lifted.before) == ("recipient", {"scope": "tips"})
    assert lifted.after == {"reason": "they asked for these letters again on the preferences page"}


def test_who_left_altogether_comes_back_only_by_saying_so(town: Town, visitor: FlaskClient) -> None:
    ada = town.signs_up("ada")
    presses(visitor, ada, scope="all")

    for button in ({"back": "tips"}, {"wish": "resume"}, {"wish": "as_many"}):
        presses(visitor, ada, **button)
    town.passes(days=1, hours=1)
    silent = ada.letters
    said = presses(visitor, ada, back="all")
    town.passes(days=1)

    assert silent == ["welcome"]
    assert said == "We write to you again."
    assert ada.letters == ["welcome", "tip-2"]


@pytest.mark.parametrize("scope", ["all", "tips"])
def test_what_somebody_else_stopped_no_page_starts_again(town: Town, visitor: FlaskClient, scope: str) -> None:
    ada = town.signs_up("ada")
    stop(town, ada, scope, "bounced: no such mailbox")

    asked = visitor.get(page(ada)).text
    answer = visitor.post(page(ada), data={"back": scope})
    town.passes(days=3)

    assert f'name="back" value="{scope}"' not in asked
    assert answer.status_code == 400
    assert ada.letters == ["welcome"]


def test_a_choice_counts_for_everybody_at_the_address(town: Town, visitor: FlaskClient) -> None:
    ada, other = (signs_up_unposted(town, name, "shared@customer.example") for name in ("ada", "other"))

    presses(visitor, ada, wish="pause")
    presses(visitor, ada, wish="fewer")
    presses(visitor, ada, back="news")
    town.passes(days=3)

    reader = reads(town, other)
    assert (reader.wishes.pause_until, reader.wishes.fewer) == (MONDAY + 14 * DAY, True)
    assert reader.wishes.topics == {"news"}
    assert other.letters == []


def test_pages_speak_german_to_who_reads_german(town: Town, visitor: FlaskClient) -> None:
    bo = town.signs_up("bo", locale="de-AT")

    asked = visitor.get(page(bo)).text
    said = presses(visitor, bo, wish="pause")

    assert "Pause bis Montag, 19. Januar" in asked
    assert "Höchstens 1 in 7 Tagen." in asked
    assert said == "Bis Montag, 19. Januar bekommen Sie keine E-Mails. Danach geht es weiter wie zuvor."


def test_a_survey_takes_words_and_thanks_in_its_own(town: Town, visitor: FlaskClient) -> None:
    ada = town.signs_up("ada")
    link = f"/s/{Links(URL, KEYS).token('survey', ada.id, 'why')}"

    asked = visitor.get(link).text
    answers = [visitor.post(link, data={"answer": text}) for text in ("  ", " <b>Time</b> ")]

    assert "What holds you back?" in asked
    assert "<textarea" in asked
    assert [answer.status_code for answer in answers] == [400, 200]
    assert "We read each of them." in answers[1].text
    with town.ground.sessions.read() as session:
        taken = photographs.portraits(session, [ada.id])[ada.id].snapshot.facts.answers
    assert {key: given.value for key, given in taken.items()} == {"why": "<b>Time</b>"}


def test_what_no_button_says_changes_nothing(town: Town, visitor: FlaskClient) -> None:
    ada = town.signs_up("ada")
    wrong = [{}, {"wish": "more"}, {"wish": ""}, {"back": "account"}, {"back": "nothing"}, {"scope": "account"}]

    answers = [visitor.post(page(ada), data=button).status_code for button in wrong]

    assert answers == [400] * len(wrong)
    assert told(town, ada, "wishes") == []
