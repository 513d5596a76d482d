"""An email is looked at before anybody saves it, as anybody would read it, and sent to nobody but oneself."""

import re
from collections.abc import Iterator
from email import policy
from email.parser import BytesParser
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from nurture.channels.email.links import Purpose
from nurture.flow.sending import hold, resume
from nurture.store import audit, suppressions
from nurture.store.session import Session
from tests.sqlite import SqliteFiles
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.staff import EMAIL, app_of
from tests.web.writing import EDIT, TEST, browser, change, files, form, preview, sketch, tidy

pytestmark = pytest.mark.usefixtures("harbour")


@pytest.fixture(scope="module")
def house(sqlite_files: SqliteFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path_factory.mktemp("emails")) as opened:
        yield opened


@pytest.fixture(scope="module")
def console(house: Harbour) -> Flask:
    return app_of(house)


@pytest.fixture(scope="module")
def client(house: Harbour, console: Flask) -> FlaskClient:
    return browser(house, console, "editor", EMAIL)


@pytest.fixture
def harbour(house: Harbour) -> Iterator[Harbour]:
    """The installation, in which the welcome reads as it was published and no letter lies in the outbox."""
    yield house
    tidy(house)


def test_what_nobody_has_saved_is_seen_as_kevin_and_as_wilma(harbour: Harbour, client: FlaskClient) -> None:
    before = files(harbour)
    told = sketch(client, block="0", words="Good day {{ customer.first_name | default('friend', true) }}!")

    page = preview(client, told["word"], persona="kevin", customer="")
    worst = preview(client, told["word"], customer="nobody")

    assert "Good day Ada!" in page.text
    assert "Connect a database" in page.text
    assert "Good day friend!" in worst.text
    assert "the day shown in your settings" in worst.text
    assert files(harbour) == before
    assert "Good day" not in preview(client).text


def test_the_frame_runs_nothing_and_reaches_nowhere(client: FlaskClient) -> None:
    rules = preview(client).headers["Content-Security-Policy"].split("; ")

    assert "default-src 'none'" in rules
    assert "sandbox" in rules
    assert "frame-ancestors 'self'" in rules
    assert 'sandbox=""' in client.get(EDIT).text


def test_a_letter_is_seen_as_text_without_images_and_turned_dark(client: FlaskClient) -> None:
    change(client, do="add", block="0", kind="image")
    src = "https://harbour.example/a.png"
    change(client, do="save", block="0", src=src, alt="A chart of sales")

    assert preview(client, part="text").content_type.startswith("text/plain")
    assert "Hi Ada," in preview(client, part="text").text
    assert src in preview(client).text
    assert src not in preview(client, part="bare").text
    assert 'alt="A chart of sales"' in preview(client, part="bare").text
    assert "filter:invert(1)" in preview(client, dark="forced").text
    assert "filter:invert(1)" not in preview(client, dark="own").text


def test_light_and_dark_are_as_asked_for_however_the_browser_is_set(client: FlaskClient) -> None:
    light, own, forced = (preview(client, dark=dark).text for dark in ("", "own", "forced"))

    assert "prefers-color-scheme" not in light + own + forced
    assert "@media (min-width: 0) {" in own
    assert "@media (max-width: 0) {" in light
    assert "@media (max-width: 0) {" in forced
    assert "color-scheme:dark!important" in own
    assert "color-scheme:light!important" in light


def test_a_test_of_what_does_not_compile_says_what_is_wrong(client: FlaskClient) -> None:
    change(client, do="save", block="0", words="Hi {{ customer.firstname }},")

    told = client.post(TEST, data=form(client), headers={"HX-Request": "true"}).text

    assert "No test was sent: {{ customer.firstname }}: unknown word" in unescape(told)


def test_a_customers_preview_uses_their_words_and_none_of_their_links(harbour: Harbour, client: FlaskClient) -> None:
    ada = harbour.signs_up("grace", traits={"role": "developer"}).customer_id
    letters = len(harbour.letters(ada))

    page = preview(client, customer=ada, date="2026-01-12").text

    assert "Hi Grace," in page
    assert "Connect a database" in page
    tokens = re.findall(r"/[upb]/([A-Za-z0-9_.~-]+)", page)
    purposes: tuple[Purpose, ...] = ("unsubscribe", "preferences", "browser")
    read = [harbour.parts.links.read(purpose, token) for purpose in purposes for token in tokens]
    assert {meant.customer_id for meant in read if meant} == {"cus_simulated"}
    assert len(harbour.letters(ada)) == letters


def test_a_text_that_cannot_be_shown_says_why_and_where(client: FlaskClient) -> None:
    told = sketch(client, block="0", words="Hi {{ customer.firstname }}")
    change(client, do="save", block="0", words="Hi {{ customer.firstname }}")
    page = client.get(EDIT).text

    assert "unknown word &#39;firstname&#39;" in page or "unknown word 'firstname'" in told["why"]
    assert 'href="?variant=email&amp;block=0#block-0">Go to block' in page
    assert "It cannot be shown yet" in preview(client).text
    assert preview(client, "f" * 24).status_code == 404


def test_a_test_comes_to_oneself_as_a_customer_would_get_it(harbour: Harbour, client: FlaskClient) -> None:
    grace = harbour.signs_up("grace").customer_id
    told = sketch(client, block="0", words="Unsaved words for {{ customer.first_name | default('you', true) }}.")
    data = form(client, customer=grace, sketch=told["word"])

    answer = client.post(TEST, data=data, headers={"HX-Request": "true"})

    [path] = harbour.outbox.glob("*.eml")
    letter = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    body = letter.get_body(("plain",))
    assert f"Sent to {EMAIL}, as grace@example.com would get it." in answer.text
    assert letter["To"] == EMAIL or EMAIL in letter["To"]
    assert letter["Subject"].startswith("[test] Welcome to Harbour")
    assert body is not None
    assert "Unsaved words for Grace." in body.get_content()
    with harbour.parts.ground.sessions.read() as session:
        [entry] = [one for one in audit.entries(session) if one.act == "send test"]
    assert (entry.actor, entry.subject) == (EMAIL, "email welcome")
    assert len([one for one in harbour.letters(grace) if one.state == "accepted"]) == 0


def test_twenty_tests_an_hour_are_enough(harbour: Harbour, console: Flask) -> None:
    eager, at = browser(harbour, console, "editor", "eager@harbour.example"), harbour.look().machine
    data = form(eager)

    def tried(session: Session) -> None:
        for _ in range(19):
            audit.record(session, at, "eager@harbour.example", "send test", "email x")

    harbour.parts.ground.sessions.write(tried)
    answers = [eager.post(TEST, data=data, headers={"HX-Request": "true"}).text for _ in range(2)]

    assert "Sent to" in answers[0]
    assert "20 test letters within an hour" in answers[1]
    assert len(list(harbour.outbox.glob("*.eml"))) == 1


def test_no_test_goes_while_sending_is_paused_or_to_whom_we_must_not_write(harbour: Harbour, console: Flask) -> None:
    gone, ground = browser(harbour, console, "editor", "gone@harbour.example"), harbour.parts.ground
    data, sealed = form(gone), ground.seals.email_hash("gone@harbour.example")

    ground.sessions.write(lambda session: suppressions.suppress(session, sealed, "all", "complained", harbour.now))
    suppressed = gone.post(TEST, data=data, follow_redirects=True).text
    hold(ground, "ops", harbour.look())
    held = gone.post(TEST, data=data, follow_redirects=True).text
    resume(ground, "ops", harbour.look())

    assert "the address is suppressed" in suppressed
    assert "all sending is paused" in held
    assert not list(harbour.outbox.glob("*.eml"))
