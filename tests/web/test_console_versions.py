"""Versions of a document beside each other, and back to an earlier one; who is inside a journey, and what it led to."""

import csv
import io
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from tests.sqlite import SqliteFiles
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.staff import hidden, signed_in
from tests.web.test_console import words
from tests.web.test_console_publishing import PUBLISH, SHORTER, drafts, form, live, stands


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    """Ada walks version 2 of her journey, and Bo still version 1."""
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        opened.signs_up("bo")
        drafts(opened, SHORTER)
        client = signed_in(opened, "publisher", "ana@harbour.example")
        client.post(PUBLISH, data=form(client.get(f"{PUBLISH}?people=keep").text, people="keep"))
        opened.signs_up("ada")
        yield opened


def test_versions_say_who_made_them_and_who_walks_them(harbour: Harbour) -> None:
    page = signed_in(harbour).get("/journeys/first-win/versions").text

    assert page.index('>v2 <span class="state sent">Live') < page.index('>v1 <span class="state wait">Draining')
    assert "by ana@harbour.example" in page
    assert "Shorter waits" in page
    assert 'href="/journeys/first-win/people?state=active&amp;version=1">1</a>' in page


def test_two_versions_are_seen_beside_each_other(harbour: Harbour) -> None:
    page = signed_in(harbour).get("/journeys/first-win/versions?a=1&b=2").text

    assert "1 of 10 steps differ" in page
    assert "Up to: <del>2 days</del> \u2192 <ins>1 day</ins>" in page
    assert page.count('class="mark changed"') == 1
    assert '<span class="minus">-     up_to: 2d' in page


def test_an_earlier_text_goes_live_by_the_usual_way(harbour: Harbour) -> None:
    client = signed_in(harbour, "publisher")
    page = client.get("/journeys/first-win/versions").text

    taken = client.post(
        "/documents/journey/first-win/versions/1/draft",
        data={"csrf": hidden(page, "csrf"), "draft": hidden(page, "draft")},
    )
    shown = client.get(taken.headers["Location"]).text
    client.post(PUBLISH, data=form(shown, note="Back to two days"))

    assert taken.headers["Location"] == PUBLISH
    assert "The draft says what v1 said" in shown
    assert live(harbour) == 3
    assert sorted(stands(harbour)) == [(3, "data-in"), (3, "data-in")]


def test_of_other_documents_the_lines_are_shown(harbour: Harbour) -> None:
    client = signed_in(harbour)

    page = client.get("/documents/email/welcome/versions").text

    assert "<h1>Versions of Welcome</h1>" in page
    assert client.get("/documents/journey/first-win/versions?a=1&b=2").headers["Location"].endswith("versions?a=1&b=2")
    assert client.get("/documents/email/nothing/versions").status_code == 404
    assert client.get("/journeys/first-win/versions?a=1&b=99").status_code == 404
    assert client.get("/journeys/first-win/versions?a=1&b=x").status_code == 404


def test_a_fresh_publish_is_undone_from_here(harbour: Harbour) -> None:
    client = signed_in(harbour, "publisher")
    page = client.get("/journeys/first-win/versions").text

    answer = client.post("/playbook/2/undo", data={"csrf": hidden(page, "csrf"), "here": hidden(page, "here")})
    harbour.pass_time(minutes=11)

    assert "Undo publish" in page
    assert answer.headers["Location"] == "/journeys/first-win/versions"
    assert live(harbour) == 3
    assert "Undo publish" not in client.get("/journeys/first-win/versions").text


def test_people_of_a_journey_are_found_by_where_they_stand(harbour: Harbour) -> None:
    harbour.does("bo", "trial_cancelled")
    client = signed_in(harbour)

    inside = client.get("/journeys/first-win/people?state=active&step=data-in").text
    left = client.get("/journeys/first-win/people?left_at=data-in").text
    passed = client.get("/journeys/first-win/people?passed=welcome&version=1").text

    assert [name in inside for name in ("ada@example.com", "bo@example.com")] == [True, False]
    assert [name in left for name in ("ada@example.com", "bo@example.com")] == [False, True]
    assert [name in passed for name in ("ada@example.com", "bo@example.com")] == [False, True]
    assert "1 in all" in inside
    assert "Nobody is all of this at once" in client.get("/journeys/first-win/people?state=finished").text


def test_results_add_up_and_lead_to_the_people_behind_them(harbour: Harbour) -> None:
    harbour.does("bo", "trial_cancelled")
    client = signed_in(harbour)

    page = client.get("/journeys/first-win/results").text

    assert "2 entered = 1 here + 0 finished + 1 left early" in page
    link = unescape(page.partition('<dt>Left early</dt><dd><a href="')[2].partition('"')[0])
    assert "bo@example.com" in client.get(link).text
    assert "ada@example.com" not in client.get(link).text


def test_results_are_a_file_too_and_of_any_span(harbour: Harbour) -> None:
    client = signed_in(harbour)

    rows = list(csv.reader(io.StringIO(client.get("/journeys/first-win/results.csv").text)))
    earlier = client.get("/journeys/first-win/results?from=2025-01-01&to=2025-12-31").text

    assert rows[1] == ["Everybody", "2", "2", "0", "0", "0", "0"]
    assert [row[2:] for row in rows if row[:1] == ["data-in"]] == [["2", "2", "0", "0"]]
    assert "Nobody entered in this span" in earlier


def test_the_way_of_one_customer_is_seen_step_by_step(harbour: Harbour) -> None:
    harbour.does("bo", "source_connected")
    client = signed_in(harbour)

    page = client.get("/journeys/first-win/people/u-bo").text
    steps = [part.partition("</li>")[0] for part in page.split('<li class="is-')[1:]]

    assert "entered" in page
    assert [step.split()[0] for step in steps[:4]] == ["passed", "passed", "missed", "here"]
    assert "in v1" in page
    assert client.get("/journeys/at-risk/people/u-bo").status_code == 404
    assert client.get("/journeys/first-win/people/u-nobody").status_code == 404


def test_versions_count_what_was_published_on_every_page(harbour: Harbour) -> None:
    client = signed_in(harbour, "publisher")
    written = [drafts(harbour, SHORTER.replace("up_to: 1d", f"up_to: {n}h", 1), expected=n - 2) for n in (4, 5, 6)]
    desk = client.get("/journeys/first-win/flow").text
    dialog = client.get(PUBLISH).text
    answer = client.post(PUBLISH, data=form(dialog))
    toast = client.get(answer.headers["Location"]).text

    assert written == [3, 4, 5]
    assert "Draft of v3" in desk
    assert "v2 is live" in desk
    assert "Publish v3: move 2" in dialog
    assert "in v3" in dialog
    assert "Published: Get to the first win v3." in words(toast)
    assert "Live v3, no draft" in toast
    pages = {
        "/journeys": "Live v3",
        "/journeys/first-win/versions": "v3 Live",
        "/journeys/first-win/versions?a=2&b=5": "From v2 to v3",
        "/journeys/first-win/people?version=5": "version v3",
        "/journeys/first-win/people/u-ada": "in v3",
        "/journeys/first-win/flow?customer=u-ada": "in v3",
        "/journeys/first-win/simulate": "v3, as it is live",
        "/customers/u-ada": "version 3",
        "/customers/u-ada/why-not?journey=first-win": "version 3",
    }
    for address, said in pages.items():
        page = words(client.get(address).text)
        assert said in page, address
        assert not re.search(r"\bv(ersion )?[45]\b", page), address
    assert "version 3 was published: stays at" in client.get("/customers/u-ada").text


def test_what_was_never_published_has_no_versions_yet(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")
    csrf = hidden(client.get("/segments").text, "csrf")
    client.post("/segments", data={"csrf": csrf, "name": "Quiet", "when": "{silent_for: 5d}"})

    page = client.get("/documents/segment/quiet/versions")

    assert page.status_code == 200
    assert "Nothing of this was live yet" in page.text
