"""What staff see: who is where and why, what was sent and what was not, what comes next, how each letter looked."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from nurture.flow.feedback import unsubscribe
from nurture.store.migrate import upgrade
from tests.conftest import Databases
from tests.sqlite import SqliteFiles
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.staff import sign_in, signed_in

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "javascript:alert(1)",
    "' OR 1=1 --",
]


@pytest.fixture
def harbour(databases: Databases, tmp_path: Path) -> Iterator[Harbour]:
    with databases.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


@pytest.fixture
def staff(harbour: Harbour) -> FlaskClient:
    return signed_in(harbour)


def words(page: str) -> str:
    """What a page says, without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2] or page)))


def names(page: str) -> list[str]:
    """The customers that a list shows, from top to bottom."""
    return re.findall(r'<th scope="row"><a href="/customers/cus_\w+">([^<]*)</a>', page)


def test_an_empty_house_teaches_how_to_begin(staff: FlaskClient) -> None:
    customers, outbox = staff.get("/customers").text, staff.get("/outbox").text

    assert "Nobody has signed up yet" in customers
    assert "/v1/signups" in customers
    assert "No letter has been decided yet" in outbox
    assert "whsec_" not in re.sub(r"\{secret#whsec_\}", "", unescape(customers + outbox))


def test_the_list_says_where_everybody_is_and_what_is_next(harbour: Harbour, staff: FlaskClient) -> None:
    harbour.signs_up("ada", traits={"role": "developer"})
    harbour.now += timedelta(hours=1)
    harbour.signs_up("bo", zone="America/New_York")

    page = staff.get("/customers").text

    assert names(page) == ["Bo", "Ada"]
    said = words(page)
    assert "Bo Bo Ltd · bo@example.com Assessing for a moment Wilma Wed 7 Jan 10:00" in said
    assert "waits up to 2 days" in said
    assert "Mon 19 Jan ends in 2 weeks" in said
    assert "2 Assessing" in said
    assert "0 Terminated" in said


NARROWED = {
    "?stage=assessing": ["Cy", "Bo"],
    "?stage=adopted": ["Ada"],
    "?persona=kevin": ["Ada"],
    "?journey=first-win": ["Cy", "Bo"],
    "?journey=first-win&step=data-in": ["Cy", "Bo"],
    "?journey=first-win&step=report-built": [],
    "?q=bo@EXAMPLE": ["Bo"],
    "?q=cy+ltd&stage=assessing": ["Cy"],
    "?q=100%25": [],
    "?stage=nonsense": [],
}


def test_filters_narrow_the_list_and_stand_in_the_address(harbour: Harbour, staff: FlaskClient) -> None:
    for name, role in (("ada", "developer"), ("bo", "office"), ("cy", "office")):
        harbour.signs_up(name, traits={"role": role})
        harbour.now += timedelta(minutes=1)
    harbour.does("ada", "subscription_started")

    pages = {address: staff.get(f"/customers{address}").text for address in NARROWED}

    assert {address: names(page) for address, page in pages.items()} == NARROWED
    for address, page in pages.items():
        assert ("No customer is all of this at once" in page) == (not NARROWED[address])
        assert "Show everybody" in page


def test_a_long_list_is_read_page_by_page_without_a_gap(harbour: Harbour, staff: FlaskClient) -> None:
    for n in range(53):
        harbour.signs_up(f"n{n:02}")
        harbour.now += timedelta(seconds=1)

    first = staff.get("/customers?stage=assessing").text
    following = unescape(re.search(r'href="([^"]+)" rel="next"', first)[1])  # type: ignore[index]
    second = staff.get(following).text

    assert "stage=assessing" in following
    assert names(first) + names(second) == [f"N{n:02}" for n in range(52, -1, -1)]
    assert 'rel="next"' not in second


def test_a_customer_is_told_with_every_reason(harbour: Harbour, staff: FlaskClient) -> None:
    ada = harbour.signs_up("ada", zone="Europe/Berlin", traits={"role": "developer"}).customer_id
    harbour.post()

    page = staff.get(f"/customers/{ada}").text

    said = words(page)
    assert "Stage Assessing for a moment because: Signed up" in said
    assert "Persona Kevin, the Power User because: role is" in said
    assert "Next Wed 7 Jan 10:00 in 2 days waits up to 2 days: Data connected: not reached" in said
    assert "Sent Welcome to Harbour: connect a database first urgent: not held by window or caps" in said
    assert "Entered Get to the first win stage is Assessing" in said
    assert "Times are Europe/Berlin, this customer\u2019s own zone" in said
    assert 'title="Mon 05 Jan 2026 09:00:00 UTC">10:00</time>' in page


def test_what_would_come_next_is_what_then_comes(harbour: Harbour, staff: FlaskClient) -> None:
    ada = harbour.signs_up("ada").customer_id
    harbour.post()

    foreseen = staff.get(f"/customers/{ada}").text.partition("If they do nothing")[2].partition("</section>")[0]
    letters = re.findall(r'datetime="([^"]+)"[^>]*>[^<]*</time></p><p class="what">Email: ([^<]*)</p>', foreseen)
    harbour.pass_time(days=12)

    sent = [(f"{one.decided_at:%Y-%m-%dT%H:%M:%SZ}", one.email) for one in reversed(harbour.letters(ada))][1:]
    assert [(at, name.lower().replace(" ", "-")) for at, name in letters][: len(sent)] == sent
    assert len(sent) >= 3


def test_not_sent_is_told_as_plainly_as_sent(harbour: Harbour, staff: FlaskClient) -> None:
    bo = harbour.signs_up("bo").customer_id
    harbour.pass_time(hours=1)
    unsubscribe(harbour.parts.ground, bo, "tips", "unsubscribed on our page", harbour.look())
    harbour.pass_time(days=9)
    sign_in(staff)

    everything = words(staff.get(f"/customers/{bo}").text)
    unsent = staff.get(f"/customers/{bo}?show=unsent").text

    assert "Not sent, withheld Connect your data withheld: unsubscribed from Getting more from Harbour" in everything
    assert "Unsubscribed from tips" in everything
    assert "Not sent, withheld" in words(unsent)
    assert "Welcome to Harbour" not in words(unsent.partition("Timeline")[2].partition("<aside")[0])


def test_a_held_letter_says_until_when(harbour: Harbour, staff: FlaskClient) -> None:
    bo = harbour.signs_up("bo", zone="Asia/Tokyo").customer_id
    harbour.pass_time(days=2, hours=1)
    sign_in(staff)

    said = words(staff.get(f"/customers/{bo}?show=unsent").text)

    assert re.search(r"Not sent yet Connect your data held by window: .* in Asia/Tokyo, until Thu 8 Jan 09:00", said)


def test_a_letter_on_its_way_is_seen_and_so_is_what_stopped_it(harbour: Harbour, staff: FlaskClient) -> None:
    ada = harbour.signs_up("ada").customer_id
    before = words(staff.get(f"/customers/{ada}").text)
    harbour.does("ada", "trial_cancelled")

    after = words(staff.get(f"/customers/{ada}").text)

    assert "Welcome is on its way out" in before
    assert "is on its way out" not in after
    assert "Not sent, cancelled Welcome" in after
    assert "Stage Now terminated Trial cancelled" in after
    assert "Left Get to the first win" in after


def test_the_timeline_is_read_on_into_the_past(harbour: Harbour, staff: FlaskClient) -> None:
    ada = harbour.signs_up("ada").customer_id
    for _ in range(100):
        harbour.now += timedelta(minutes=1)
        harbour.does("ada", "report_opened")

    seen, address = 0, f"/customers/{ada}"
    for _ in range(9):
        page = staff.get(address).text
        seen += page.count("Report opened")
        older = re.search(r'href="[^"?]*(\?[^"]+)" rel="next"', page)
        if older is None:
            break
        address = f"/customers/{ada}{unescape(older[1])}"

    assert seen == 100
    assert "Now assessing" in page


def test_a_lead_has_a_page_too(harbour: Harbour, staff: FlaskClient) -> None:
    lea = harbour.asks("lea").customer_id

    said = words(staff.get(f"/customers/{lea}").text)

    assert "Considering" in said
    assert "they have not signed up" in said


def test_the_outbox_shows_every_letter_and_its_customer(harbour: Harbour, staff: FlaskClient) -> None:
    ada = harbour.signs_up("ada").customer_id
    harbour.post()
    harbour.now += timedelta(minutes=1)
    harbour.signs_up("bo")

    page = staff.get("/outbox").text
    queued = words(staff.get("/outbox?state=queued").text)

    assert "Welcome to Harbour: begin with a template welcome, form wilma Sent" in words(page)
    assert f'href="/customers/{ada}">ada@example.com</a>' in page
    assert "Welcome welcome Queued urgent: not held by window or caps bo@example.com" in queued
    assert "ada@example.com" not in queued
    assert staff.get("/outbox?state=nonsense").status_code == 404


def test_a_letter_is_shown_exactly_as_it_was_sent(harbour: Harbour, staff: FlaskClient) -> None:
    ada = harbour.signs_up("ada").customer_id
    harbour.post()
    address = f"/outbox/{harbour.letters(ada)[0].id}"

    page, text, headers = (staff.get(f"{address}{view}").text for view in ("", "?view=text", "?view=headers"))
    frame = staff.get(f"{address}/html")

    assert f'src="{address}/html" sandbox title=' in page
    assert "Hi Ada," in text
    assert "List-Unsubscribe-Post List-Unsubscribe=One-Click" in words(headers)
    assert "Hi Ada," in frame.text
    policy = frame.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:;")
    assert policy.endswith("frame-ancestors 'self'; sandbox")


def test_a_letter_that_has_not_gone_out_says_why_there_is_nothing_to_see(harbour: Harbour, staff: FlaskClient) -> None:
    ada = harbour.signs_up("ada").customer_id
    address = f"/outbox/{harbour.letters(ada)[0].id}"

    assert "It is not written yet" in staff.get(address).text
    assert staff.get(f"{address}/html").status_code == 404

    unsubscribe(harbour.parts.ground, ada, "all", "unsubscribed on our page", harbour.look())
    assert "It was not sent" in staff.get(address).text


def test_where_a_provider_carries_the_post_the_record_is_shown_without_content(
    sqlite_files: SqliteFiles, tmp_path: Path
) -> None:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path, mail="sendgrid:") as harbour:
        ada = harbour.signs_up("ada").customer_id
        harbour.post()
        staff = signed_in(harbour)
        page = staff.get(f"/outbox/{harbour.letters(ada)[0].id}").text

        assert "The provider has it" in page
        assert "No mail leaves this machine" not in page


def test_a_letter_whose_file_is_gone_is_still_remembered(harbour: Harbour, staff: FlaskClient) -> None:
    ada = harbour.signs_up("ada").customer_id
    harbour.post()
    for file in harbour.outbox.glob("*.eml"):
        file.unlink()

    assert "Its file is gone" in staff.get(f"/outbox/{harbour.letters(ada)[0].id}").text


def test_what_is_not_there_is_said_in_words(harbour: Harbour, staff: FlaskClient) -> None:
    harbour.signs_up("ada")

    for path in ("/customers/nobody", "/outbox/nothing", "/customers/u-ada?show=x", "/customers/u-ada?before=x"):
        answer = staff.get(path)
        assert answer.status_code == 404
        assert "There is nothing here" in answer.text


def test_before_the_first_publish_staff_are_told_what_to_run(sqlite_files: SqliteFiles, tmp_path: Path) -> None:
    with sqlite_files.database(upgrade) as url, harbour_at(url, tmp_path) as harbour:
        answer = signed_in(harbour).get("/customers")

        assert answer.status_code == 503
        assert "nurture apply config templates" in answer.text


def test_a_strangers_words_are_only_words(harbour: Harbour, staff: FlaskClient) -> None:
    plain = harbour.signs_up("plain", traits={"name": "Ann", "company": "Ann", "role": "Ann"}).customer_id
    expected = re.findall(r"<[a-z][a-z0-9]*", staff.get(f"/customers/{plain}").text)

    for n, word in enumerate(HOSTILE):
        said = {"name": word, "company": word, "role": word}
        eve = harbour.signs_up(f"eve{n}", traits=said).customer_id
        page = staff.get(f"/customers/{eve}").text
        assert re.findall(r"<[a-z][a-z0-9]*", page) == expected
        assert word in unescape(page)
        assert staff.get("/customers", query_string={"q": word, "stage": word, "step": word}).status_code == 200


def test_a_customer_who_was_set_aside_is_said_to_be(harbour: Harbour, staff: FlaskClient) -> None:
    ada = harbour.signs_up("ada").customer_id
    harbour.sets_aside(ada, "set aside after an error: KeyError: 'first-win'")

    assert "Set aside. set aside after an error: KeyError" in words(staff.get(f"/customers/{ada}").text)
    assert "Set aside" in words(staff.get("/customers").text)
