"""Staff write an email: one block at a time, one persona at a time, and every other letter of it stays."""

import gzip
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from nurture.engine.email_pieces import fold, read_manuscript
from nurture.flow.previewing import Sketchbook
from nurture.flow.publish import publish
from nurture.store import documents, images
from nurture.web.console.design.emails.cards import placed
from tests.sqlite import SqliteFiles
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.staff import EMAIL, app_of, hidden
from tests.web.writing import EDIT, browser, change, files, form, preview, published, sketch, tidy

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


@pytest.fixture(scope="module")
def publisher(house: Harbour, console: Flask) -> FlaskClient:
    return browser(house, console, "publisher", "pub@harbour.example")


@pytest.fixture
def harbour(house: Harbour) -> Iterator[Harbour]:
    """The installation, in which the welcome reads as it was published and no letter lies in the outbox."""
    yield house
    tidy(house)


def test_the_list_says_who_sends_an_email_and_how_it_stands(client: FlaskClient) -> None:
    change(client, do="save", block="0", words="Hi {{ customer.firstname }},")
    page = client.get("/emails").text
    row = re.search(r"<tr>\s*<th scope=\"row\"><a href=\"/emails/welcome/edit\">.*?</tr>", page, re.DOTALL)

    assert row is not None
    assert '/journeys/first-win/flow?step=welcome"' in row[0]
    assert "1 must fix" in row[0]
    assert "Live, with a draft" in row[0]
    assert "Kevin, German" in row[0]
    assert "/documents/snippet/reply-to-ana/text" in page
    assert "Trial ending" not in client.get("/emails?q=welcome").text
    assert "No email has these words" in client.get("/emails?q=zebra").text


def test_one_block_is_changed_and_every_other_letter_stays(harbour: Harbour, client: FlaskClient) -> None:
    before = files(harbour)

    change(client, do="save", block="3", label="Bring a spreadsheet", url="https://app.harbour.example/import")

    after = files(harbour)
    lines = before["email.md"].replace("label: Bring your first spreadsheet", "label: Bring a spreadsheet")
    assert after == {**before, "email.md": lines}
    assert published(harbour) == before


def test_blocks_are_added_moved_and_taken_out_and_all_of_it_back(harbour: Harbour, client: FlaskClient) -> None:
    before = files(harbour)

    opened = change(client, do="add", block="1", kind="snippet reply-to-ana")
    change(client, do="down", block="1")
    change(client, do="drop", block="0")

    pieces = read_manuscript(files(harbour)["email.md"]).pieces
    assert [piece.kind for piece in pieces[:3]] == ["text", "snippet", "text"]
    assert pieces[1].body == "snippet: reply-to-ana"
    assert opened.headers["Location"] == f"{EDIT}?block=1#block-1"
    for _ in range(3):
        client.post("/documents/email/welcome/undo", data=form(client))
    assert files(harbour) == before


def test_wilma_gets_words_of_her_own_and_kevin_one_block_less(harbour: Harbour, client: FlaskClient) -> None:
    opened = change(client, variant="wilma", do="own", block="0")
    change(client, variant="wilma", do="save", block="2", words="Dear Wilma,")
    change(client, variant="kevin", do="hide", block="6")

    assert opened.headers["Location"] == f"{EDIT}?block=2#block-0"
    assert "Dear Wilma," in preview(client, persona="wilma").text
    assert "Dear Wilma," not in preview(client, persona="kevin").text
    assert "I look after new workspaces" in preview(client, persona="wilma").text
    assert "I look after new workspaces" not in preview(client, persona="kevin").text
    assert files(harbour)["de.md"] == published(harbour)["de.md"]


def test_a_subject_is_inherited_until_a_variant_has_one(harbour: Harbour, client: FlaskClient) -> None:
    page = client.get(f"{EDIT}?variant=kevin").text
    change(client, variant="kevin", do="head", subject="", preheader="For engineers")

    assert 'placeholder="Welcome to Harbour: your first report is near"' in page
    assert "subject:" not in files(harbour)["kevin.md"]
    assert sketch(client, variant="kevin")["subject"] == "Welcome to Harbour: your first report is near"


def test_a_translation_begins_as_a_copy_and_can_be_thrown_away(harbour: Harbour, client: FlaskClient) -> None:
    before = files(harbour)

    change(client, variant="fr", do="whole")

    assert "Hi {{ customer.first_name" in files(harbour)["fr.md"]
    assert "French" in client.get(EDIT).text
    change(client, variant="fr", do="forget")
    assert files(harbour) == before


def test_a_picture_is_told_or_is_decoration(harbour: Harbour, client: FlaskClient) -> None:
    change(client, do="add", block="0", kind="image")
    picture = {"do": "save", "block": "0", "src": "https://harbour.example/a.png", "width": "300"}

    silent = change(client, **picture, alt="")
    told = change(client, **picture, alt="", decorative="yes")

    assert silent.status_code == 422
    assert "say what the picture shows" in silent.text
    assert 'value="https://harbour.example/a.png"' in silent.text
    assert told.status_code == 303
    assert 'src: https://harbour.example/a.png\nalt: ""\nwidth: 300\n' in files(harbour)["email.md"]


def test_a_heavy_picture_is_told_at_its_block(harbour: Harbour, client: FlaskClient) -> None:
    drawn = images.Drawn(b"x" * 210_000, "image/png", 1200, 800)
    digest = harbour.parts.ground.sessions.write(
        lambda session: images.keep(session, drawn, "hero.png", "Our harbour", EMAIL, harbour.now)
    )
    change(client, do="add", block="1", kind="image")
    change(client, do="save", block="1", src=f"/m/{digest}", alt="Our harbour", width="600")

    page = client.get(EDIT).text

    assert "The picture has 210 kB" in page
    assert '<a href="?variant=email&amp;block=1#block-1">Go to block' in page


def test_what_emails_share_is_mended_where_it_stands(harbour: Harbour) -> None:
    files_ = published(harbour)
    files_["email.md"] += "\n::: snippet\nsnippet: reply-to-ana\n:::\n"
    with harbour.parts.ground.sessions.read() as session:
        playbook = harbour.parts.ground.shelf.playbook(session)
    pale = playbook.layouts["default"].replace('line-height="1.6" color="#25282d"', 'line-height="1.6" color="#b0b0b0"')
    here = {**playbook.snippets, "reply-to-ana": "\nClick [here](https://harbour.example).\n"}
    shared = playbook._replace(layouts={"default": pale}, snippets=here, revision=-1)

    proof = Sketchbook().proof(shared, "welcome", fold(files_))

    line = pale.split("\n").index(next(row for row in pale.split("\n") if "#b0b0b0" in row)) + 1
    places = {one.message[:24]: (href, whose) for one, href, whose in placed(files_, proof, shared)}
    assert places["text is hard to see in th"[:24]][0] == f"/documents/layout/default/text?line={line}"
    assert places["a link says 'here', not "] == (
        "/documents/snippet/reply-to-ana/text?line=2",
        "the shared text “Reply to ana”",
    )


REFUSED = [
    {"do": "save", "block": "0", "words": "one\n::: button\ntwo"},
    {"do": "save", "block": "0", "words": "{% if stage %}"},
    {"do": "save", "block": "3", "label": "", "url": "https://harbour.example"},
    {"do": "save", "block": "99", "words": "x"},
    {"do": "head", "subject": " ", "preheader": ""},
    {"do": "burn", "block": "1"},
    {"do": "up", "block": "0"},
    {"do": "add", "block": "0", "kind": "movie"},
]


@pytest.mark.parametrize("said", REFUSED)
def test_what_cannot_be_done_changes_nothing_and_says_why(
    harbour: Harbour, client: FlaskClient, said: dict[str, str]
) -> None:
    before = files(harbour)

    answer = change(client, **said)

    assert answer.status_code == 422
    assert "Nothing was saved" in answer.text
    assert files(harbour) == before


def test_whoever_was_overtaken_keeps_what_they_typed(harbour: Harbour, client: FlaskClient) -> None:
    mine = form(client, do="save", block="0", words="My own words")
    change(client, do="save", block="1", words="A colleague's words")

    answer = client.post(EDIT, data=mine)

    assert answer.status_code == 409
    assert "My own words" in answer.text
    assert "A colleague's words" in files(harbour)["email.md"]
    again = client.post(EDIT, data=mine, headers={"Autosave": "yes"})
    assert again.status_code == 409
    assert f'data-keep="{form(client)["draft"]}"' in again.text


def test_a_text_that_saves_itself_may_grow_into_several_blocks(harbour: Harbour, client: FlaskClient) -> None:
    said = form(client, do="save", block="0", words="One.\n\nTwo.")
    first = client.post(EDIT, data=said, headers={"Autosave": "yes"})
    said |= {"draft": first.headers["Draft"], "spans": hidden(first.text, "spans"), "words": "One.\n\nTwo.\n\nThree."}

    second = client.post(EDIT, data=said, headers={"Autosave": "yes"})

    assert second.status_code == 200
    assert 'id="saved"' in second.text
    assert 'id="lint"' in second.text
    assert [piece.body for piece in read_manuscript(files(harbour)["email.md"]).pieces[:3]] == [
        "One.",
        "Two.",
        "Three.",
    ]


def test_no_words_of_a_block_become_marks_of_the_page(client: FlaskClient) -> None:
    change(client, do="save", block="0", words="<script>alert(1)</script> {{ '<b>' }}")
    change(client, do="head", subject='"><img src=x onerror=alert(1)>', preheader="", sender="success", topic="trial")

    for path in (EDIT, f"{EDIT}?block=0", "/emails"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    assert "<script>alert" not in preview(client).text


@pytest.mark.parametrize("variant", ["../policy", "kevin.deutsch", "", "EMAIL", "a" * 80])
def test_a_variant_is_a_persona_or_a_language(harbour: Harbour, client: FlaskClient, variant: str) -> None:
    before = files(harbour)

    assert client.get(EDIT, query_string={"variant": variant}).status_code == 200
    answer = client.post(EDIT, data=form(client) | {"variant": variant, "do": "head", "subject": "x"})
    assert answer.status_code == 422
    assert files(harbour) == before


@pytest.mark.parametrize("start", ["welcome", "next-step", "tip", "check-in", "ending"])
def test_every_starter_makes_a_draft_with_nothing_to_mend(harbour: Harbour, client: FlaskClient, start: str) -> None:
    data = {"csrf": hidden(client.get("/emails/new").text, "csrf"), "name": f"First {start}!", "start": start}

    answer, key = client.post("/emails", data=data), f"first-{start}"

    assert answer.headers["Location"] == f"/emails/first-{start}/edit"
    assert "nothing to mend" in client.get(f"/emails/first-{start}/edit").text
    assert client.post("/emails", data=data).status_code == 422
    text = fold(files(harbour, key))
    change_made = publish(harbour.parts.ground, {("email", key): text}, "x", "y", harbour.look(), dry_run=True)
    assert change_made.added == (("email", key),)


def test_a_new_email_may_be_a_copy(harbour: Harbour, client: FlaskClient) -> None:
    data = {"csrf": hidden(client.get("/emails/new").text, "csrf"), "name": "Copy", "start": "copy", "copy": "welcome"}
    client.post("/emails", data=data)

    assert files(harbour, "copy") == files(harbour)
    assert client.post("/emails", data={**data, "name": "!!!"}).status_code == 422
    assert client.post("/emails", data={**data, "name": "other", "copy": "nothing"}).status_code == 422


def test_what_a_step_sends_cannot_be_put_away(harbour: Harbour, publisher: FlaskClient) -> None:
    told = publisher.post("/emails/welcome/put-away", data=form(publisher), follow_redirects=True).text

    assert "it is sent by Get to the first win" in told
    assert published(harbour)


def test_an_email_that_nothing_sends_is_put_away_and_brought_back(
    harbour: Harbour, client: FlaskClient, publisher: FlaskClient
) -> None:
    csrf = hidden(client.get("/emails/new").text, "csrf")
    client.post("/emails", data={"csrf": csrf, "name": "Spare", "start": "tip"})
    before = files(harbour, "spare")

    client.post("/emails/spare/put-away", data={"csrf": csrf})
    client.get("/emails")  # where it is told
    without = client.get("/emails").text
    client.post("/emails/spare/bring-back", data={"csrf": csrf})

    assert "/emails/spare/edit" not in without
    assert "/emails/spare/edit" in client.get("/emails").text
    assert files(harbour, "spare") == before

    publish(harbour.parts.ground, {("email", "spare"): fold(before)}, "x", "y", harbour.look())
    client.post("/emails/spare/put-away", data={"csrf": csrf})
    assert "spare" in live(harbour)
    publisher.post("/emails/spare/put-away", data=form(publisher))
    assert "spare" not in live(harbour)
    assert files(harbour, "spare") == before


def live(harbour: Harbour) -> set[str]:
    with harbour.parts.ground.sessions.read() as session:
        return {key for kind, key in documents.published(session)[1] if kind == "email"}


def test_a_viewer_reads_and_changes_nothing(harbour: Harbour, console: Flask) -> None:
    viewer = browser(harbour, console, "viewer", "viewer@harbour.example")

    page = viewer.get(f"{EDIT}?block=0").text
    data = {"csrf": hidden(page, "csrf"), "draft": "1", "do": "drop", "block": "0"}

    assert "<textarea" not in page
    assert 'name="do" value="drop"' not in page
    assert viewer.post(EDIT, data=data).status_code == 403


def test_a_page_is_small_and_no_more_than_it_must_be(client: FlaskClient) -> None:
    for path, most in ((EDIT, 40_000), (f"{EDIT}?variant=kevin&block=0", 40_000), ("/emails", 25_000)):
        page = client.get(path).get_data()
        assert len(gzip.compress(page, 5)) < most
        assert b" style=" not in page
        assert page.count(b"<h1") == 1
        ids = re.findall(rb' id="([^"]+)"', page)
        assert sorted(ids) == sorted(set(ids))
