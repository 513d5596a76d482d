"""The pages behind a letter's links: looking changes nothing, pressing does, and strangers learn nothing."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from nurture.flow.feedback import reader
from nurture.flow.publish import export_texts, publish
from nurture.web import recipient
from tests.conftest import Databases
from tests.web.harbour import Harbour, harbour_at, prepare

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
SCANNERS = [
    {},
    {"User-Agent": "Mozilla/5.0 (compatible; SafeLinks)"},
    {"Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch"},
    {"X-Moz": "prefetch"},
]


@pytest.fixture
def harbour(databases: Databases, tmp_path: Path) -> Iterator[Harbour]:
    with databases.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


@pytest.fixture
def visitor(harbour: Harbour) -> FlaskClient:
    return harbour.app(recipient.blueprint).test_client()


def left(harbour: Harbour, customer_id: str) -> frozenset[str]:
    """The scopes in which nothing is written to them."""
    known = reader(harbour.parts.ground, customer_id)
    assert known is not None
    return known.left


def answered(harbour: Harbour, customer_id: str) -> list[Any]:
    """What they have answered to surveys, newest first."""
    return [fact.properties for fact in harbour.told(customer_id) if fact.name == "survey_answered"]


def links_of(harbour: Harbour, customer_id: str) -> dict[str, str]:
    """The way to each page from the welcome letter, by its letter."""
    welcome = harbour.letters(customer_id)[-1].id
    return {
        "u": f"/u/{harbour.token('unsubscribe', customer_id, welcome)}",
        "p": f"/p/{harbour.token('preferences', customer_id, welcome)}",
        "s": f"/s/{harbour.token('survey', customer_id, 'driver')}",
        "b": f"/b/{harbour.token('browser', customer_id, welcome)}",
    }


def forget_the_thanks(harbour: Harbour, survey: str) -> None:
    """Publish a survey without words of its own for who has answered."""
    text = re.sub(r"(?m)^thanks:.*\n", "", export_texts(harbour.parts.ground)["survey", survey])
    publish(harbour.parts.ground, {("survey", survey): text}, "a test", "", harbour.parts.look())


@pytest.fixture
def ada(harbour: Harbour) -> str:
    """Ada has signed up and has had her welcome."""
    customer_id = harbour.signs_up("ada", traits={"role": "developer"}).customer_id
    harbour.post()
    return customer_id


@pytest.fixture
def links(harbour: Harbour, ada: str) -> dict[str, str]:
    return links_of(harbour, ada)


def test_a_scanner_that_opens_every_link_changes_nothing(
    harbour: Harbour, visitor: FlaskClient, ada: str, links: dict[str, str]
) -> None:
    before = (harbour.told(ada), harbour.letters(ada))

    for link in [
        *links.values(),
        f"{links['s']}?choice=save_time",
        f"{links['u']}?scope=all&List-Unsubscribe=One-Click",
    ]:
        for headers in SCANNERS:
            assert visitor.get(link, headers=headers).status_code == 200
            assert visitor.head(link, headers=headers).status_code == 200
        assert visitor.options(link).status_code == 200

    assert (harbour.told(ada), harbour.letters(ada)) == before
    assert left(harbour, ada) == frozenset()
    assert harbour.nudges == 0


@pytest.mark.parametrize("encoding", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_one_click_in_the_mail_program_is_enough(
    harbour: Harbour, visitor: FlaskClient, ada: str, links: dict[str, str], encoding: str
) -> None:
    answers = [visitor.post(links["u"], data=ONE_CLICK, content_type=encoding) for _ in range(2)]

    for answer in answers:
        assert (answer.status_code, answer.data) == (200, b"")
        assert "Set-Cookie" not in answer.headers
        assert "Location" not in answer.headers
    assert left(harbour, ada) == {"all"}


def test_one_click_counts_where_the_form_is_not_declared(
    harbour: Harbour, visitor: FlaskClient, ada: str, links: dict[str, str]
) -> None:
    answer = visitor.post(links["u"], data=b"List-Unsubscribe=One-Click\r\n", content_type="text/plain")

    assert (answer.status_code, answer.data) == (200, b"")
    assert left(harbour, ada) == {"all"}


def test_nothing_is_written_after_one_click(harbour: Harbour, visitor: FlaskClient, ada: str) -> None:
    visitor.post(links_of(harbour, ada)["u"], data=ONE_CLICK)
    harbour.pass_time(days=10)

    assert [message.email for message in harbour.letters(ada)] == ["welcome"]


def test_the_page_names_the_topic_and_leaves_it(
    harbour: Harbour, visitor: FlaskClient, ada: str, links: dict[str, str]
) -> None:
    asked = visitor.get(links["u"])
    done = visitor.post(links["u"], data={"scope": "trial"})

    assert "Stop “Your trial”" in asked.text
    assert "a…@e….com" in asked.text
    assert "ada@example.com" not in asked.text
    assert "You get no more emails about “Your trial”." in done.text
    assert left(harbour, ada) == {"trial"}


def test_the_page_leaves_everything(harbour: Harbour, visitor: FlaskClient, ada: str, links: dict[str, str]) -> None:
    done = visitor.post(links["u"], data={"scope": "all"})

    assert "You get no more emails from us." in done.text
    assert left(harbour, ada) == {"all"}
    assert "You are unsubscribed" in visitor.get(links["u"]).text


@pytest.mark.parametrize("scope", ["", "account", "no-such-topic"])
def test_what_cannot_be_left_is_asked_again(
    harbour: Harbour, visitor: FlaskClient, ada: str, links: dict[str, str], scope: str
) -> None:
    answer = visitor.post(links["u"], data={"scope": scope})

    assert answer.status_code == 400
    assert "Please choose what to stop." in answer.text
    assert left(harbour, ada) == frozenset()


def test_preferences_show_every_topic_and_leave_one(
    harbour: Harbour, visitor: FlaskClient, ada: str, links: dict[str, str]
) -> None:
    before = visitor.get(links["p"])
    after = visitor.post(links["p"], data={"scope": "tips"})

    assert before.text.count("You get these") == 3
    assert "Your account and answers to you" not in before.text
    assert (after.text.count("You get these"), after.text.count("Stopped")) == (2, 1)
    assert left(harbour, ada) == {"tips"}


def test_preferences_lead_out_altogether(
    harbour: Harbour, visitor: FlaskClient, ada: str, links: dict[str, str]
) -> None:
    after = visitor.post(links["p"], data={"scope": "all"})

    assert "You get no more emails from us." in after.text
    assert re.findall(r"<button.*?>(.*?)<", after.text) == ["Write to me again"]
    assert left(harbour, ada) == {"all"}


def test_a_link_in_the_letter_chooses_and_the_button_answers(
    harbour: Harbour, visitor: FlaskClient, ada: str, links: dict[str, str]
) -> None:
    asked = visitor.get(f"{links['s']}?choice=report_to_boss")
    thanked = visitor.post(links["s"], data={"answer": "report_to_boss"})

    assert 'value="report_to_boss" required checked' in asked.text
    assert asked.text.count("checked") == 1
    assert "What we write from here on answers to that" in thanked.text
    assert answered(harbour, ada) == [{"survey": "driver", "value": "report_to_boss"}]
    assert harbour.nudges == 1


@pytest.mark.parametrize("answer", ["", "no-such-answer", "save_time "])
def test_an_answer_that_was_not_offered_is_asked_again(
    harbour: Harbour, visitor: FlaskClient, ada: str, links: dict[str, str], answer: str
) -> None:
    before = harbour.told(ada)

    assert visitor.post(links["s"], data={"answer": answer}).status_code == 400
    assert harbour.told(ada) == before


def test_a_score_is_asked_from_0_to_10(harbour: Harbour, visitor: FlaskClient, ada: str) -> None:
    link = f"/s/{harbour.token('survey', ada, 'would_you_recommend')}"

    asked = visitor.get(f"{link}?choice=10")
    visitor.post(link, data={"answer": "9"})

    assert asked.text.count('type="radio"') == 11
    assert 'value="10" required checked' in asked.text
    assert answered(harbour, ada) == [{"survey": "would_you_recommend", "value": 9}]


def test_a_german_reader_is_asked_in_german(harbour: Harbour, visitor: FlaskClient) -> None:
    bo = harbour.signs_up("bo", locale="de-AT").customer_id
    harbour.post()
    links = links_of(harbour, bo)
    forget_the_thanks(harbour, "driver")

    assert "Alle E-Mails abbestellen" in visitor.get(links["u"]).text
    assert '<html lang="de">' in visitor.get(links["p"]).text
    assert "<title>Vielen Dank</title>" in visitor.post(links["s"], data={"answer": "save_time"}).text


def test_a_letter_is_read_in_the_browser_without_script(visitor: FlaskClient, links: dict[str, str]) -> None:
    answer = visitor.get(links["b"])

    assert "Ada" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data: https:")
    assert "sandbox" in policy
    assert "allow-scripts" not in policy


def test_a_letter_that_is_no_longer_known_is_said_to_be_gone(harbour: Harbour, visitor: FlaskClient, ada: str) -> None:
    answer = visitor.get(f"/b/{harbour.token('browser', ada, 'msg_gone')}")

    assert answer.status_code == 404
    assert "can no longer be shown" in answer.text


def test_no_page_keeps_a_cookie_or_asks_for_a_script(visitor: FlaskClient, links: dict[str, str]) -> None:
    for link in links.values():
        answer = visitor.get(link)
        assert "Set-Cookie" not in answer.headers
        assert "<script" not in answer.text
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def damaged(token: str) -> Iterator[str]:
    """The token with each sign exchanged for another, and cut short at each place."""
    for place, sign in enumerate(token):
        yield token[:place] + ("A" if sign != "A" else "B") + token[place + 1 :]
        yield token[:place]


def test_a_token_is_whole_or_nothing_and_every_nothing_looks_alike(
    harbour: Harbour, visitor: FlaskClient, ada: str, links: dict[str, str]
) -> None:
    token = links["u"].removeprefix("/u/")
    unknown = visitor.get(f"/u/{harbour.token('unsubscribe', 'cus_nobody')}")

    assert unknown.status_code == 404
    for wrong in [*damaged(token), links["p"].removeprefix("/p/"), "x", "%00", "a" * 4000]:
        if wrong:
            asked, told = visitor.get(f"/u/{wrong}"), visitor.post(f"/u/{wrong}", data=ONE_CLICK)
            assert (asked.status_code, asked.data) == (404, unknown.data)
            assert (told.status_code, told.data) == (404, unknown.data)
    assert left(harbour, ada) == frozenset()


@pytest.mark.parametrize(("page", "purpose"), [("u", "p"), ("p", "u"), ("s", "u"), ("b", "p"), ("u", "s")])
def test_a_token_opens_only_the_page_it_was_made_for(
    visitor: FlaskClient, links: dict[str, str], page: str, purpose: str
) -> None:
    token = links[purpose].split("/")[2]

    assert visitor.get(f"/{page}/{token}").status_code == 404
    assert visitor.post(f"/{page}/{token}", data=ONE_CLICK).status_code in (404, 405)


def test_one_reader_never_speaks_for_another(
    harbour: Harbour, visitor: FlaskClient, ada: str, links: dict[str, str]
) -> None:
    bo = harbour.signs_up("bo").customer_id

    visitor.post(links["u"], data=ONE_CLICK)

    assert left(harbour, ada) == {"all"}
    assert left(harbour, bo) == frozenset()


def test_a_strangers_name_is_only_a_name(harbour: Harbour, visitor: FlaskClient) -> None:
    eve = harbour.signs_up("eve", traits={"name": "<script>alert(1)</script>"}).customer_id
    harbour.post()

    for link in links_of(harbour, eve).values():
        assert "<script" not in visitor.get(link).text
