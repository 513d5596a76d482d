"""Whatever is written into any field is text to whoever reads it: 200 payloads in every field, every page opened."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page
from werkzeug.serving import make_server

from nurture.flow.publish import export_texts, publish
from nurture.flow.steering.knowing import write_note
from tests.browser.scripts import LISTENING, PAYLOADS, PLAIN, SHORT, THEIRS
from tests.browser.test_console import Quiet, sign_in
from tests.sqlite import SqliteFiles
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.places import PLACES
from tests.web.product import ADA, Product, told
from tests.web.staff import hidden
from tests.web.staff import sign_in as signs_in
from tests.web.test_console_access import place

ALL = " ".join(PAYLOADS)
FILES = {"their_file", "customers_file", "results_file", "audit_file", "letter_html"}  # no pages, or none yet


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


def several(n: int, room: int, payloads: tuple[str, ...] = PLAIN) -> str:
    """As many payloads as there is room for, from another place each time."""
    said = ""
    for one in payloads[n % len(payloads) :] + payloads:
        if len(said) + len(one) > room:
            return said.strip()
        said += f"{one} "
    return said.strip()


def report_everything(product: Product) -> None:
    """Write the payloads into every field that a product fills."""
    for n, name in enumerate(SHORT[::4]):
        said = {
            **ADA,
            **dict.fromkeys(("name", "first_name", "company", "role", "plan"), name),
            "user_id": "u-ada" if n == 0 else several(n, 200),
            "email": "ada@example.com" if n == 0 else f"p{n}@example.com",
            "account": {"id": several(n, 200), "name": name, "note": ALL},
            "traits": {"bio": ALL, SHORT[n]: name, "list": [name]},
            "consent": {**ADA["consent"], "source": several(n, 200)},
        }
        told(product.signs("signups", said), 201)
        properties = {"all": ALL, name: name}
        event = {"user_id": said["user_id"], "event": several(7 * n, 200), "properties": properties}
        told(
            product.signs("events", {"events": [event, {**event, "event": "report_shared", "id": several(n, 99)}]}), 202
        )
        product.signs("signups", {**ADA, "user_id": f"odd-{n}", "email": f"{name.replace(' ', '')}@example.com"})


def write_everything(harbour: Harbour, product: Product) -> None:
    """Write the payloads into the fields that staff fill."""
    ground = harbour.parts.ground
    write_note(ground, harbour.signs_up("ada").customer_id, ALL[:2_000], SHORT[0], harbour.look())
    text = export_texts(ground)["journey", "first-win"]
    for field, old in (
        ("name", "Get to the first win"),
        ("purpose", text.partition("purpose: ")[2].partition("\n")[0]),
    ):
        text = text.replace(f"{field}: {old}", f"{field}: {json.dumps(several(len(field), 110))}", 1)
    publish(ground, {("journey", "first-win"): text}, SHORT[1], ALL[:400], harbour.look())
    harbour.hires("admin")
    harbour.hires("editor", "eve@harbour.example", name=SHORT[2])
    client = product.app.test_client()
    signs_in(client)
    csrf = hidden(client.get("/settings").text, "csrf")
    for n, (path, fields) in enumerate(
        (
            ("/settings/keys", {"name": SHORT[3], "scope": "read"}),
            ("/journeys", {"name": SHORT[4]}),
            ("/segments", {"name": SHORT[5], "when": "{silent_for: 5d}"}),
            ("/care-texts", {"name": SHORT[6]}),
            ("/emails", {"name": SHORT[7]}),
            ("/customers/u-ada/hold", {"because": several(1, 200), "days": "2"}),
            ("/customers/u-ada/owner", {"owner": "eve@harbour.example"}),
            ("/customers/u-ada/traits", {"name": SHORT[8], "value": several(2, 200)}),
            ("/settings/suppression", {"email": "gone@example.com", "because": several(3, 200)}),
            (
                "/documents/journey/next-wins/text",
                {"draft": "1", "text": f"id: next-wins\nname: {json.dumps(SHORT[9])}\n"},
            ),
        )
    ):
        answer = client.post(path, data={"csrf": csrf, **fields})
        assert answer.status_code in (200, 303, 409, 422), (n, path)


def test_nothing_that_was_written_runs_or_stands_on_a_page(page: Page, harbour: Harbour) -> None:
    product = Product(harbour)
    report_everything(product)
    write_everything(harbour, product)
    harbour.pass_time(days=3)
    heard: list[str] = []
    page.on("console", lambda said: heard.append(f"{page.url}: {said.text}") if said.type == "error" else None)
    page.on("pageerror", lambda error: heard.append(f"{page.url}: {error}"))
    page.on("dialog", lambda dialog: heard.append(f"{page.url}: {dialog.message}"))  # it stays: the page hangs
    page.add_init_script(LISTENING)
    paths = {name: place(harbour, name)[1] for name, (by, _) in PLACES.items() if by == "GET" and name not in FILES}
    ada = harbour.signs_up("ada").customer_id
    letter = harbour.letters(ada)[-1].id
    paths |= {f"to {one}": f"/customers/{one}" for one in others(harbour)[:4]}
    paths |= {tab: f"/customers/{ada}?show={tab}" for tab in ("unsent", "events", "all")}
    paths["in the browser"] = f"/b/{harbour.token('browser', ada, letter)}"
    paths["leaving"] = f"/u/{harbour.token('unsubscribe', ada, letter)}"
    paths["asking"] = f"/s/{harbour.token('survey', ada, 'driver')}?choice={SHORT[0]}"
    paths["searching"] = f"/customers?q={SHORT[1]}"

    with_server = make_server("127.0.0.1", 0, product.app, threaded=True, request_handler=Quiet)
    threading.Thread(target=with_server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{with_server.server_port}"
    sign_in(page, address)
    theirs: dict[str, list[str]] = {}
    shown = ""
    for name, path in paths.items():
        answered = page.goto(f"{address}{path}")
        assert answered is not None
        assert answered.status == 200, name
        theirs[name] = [one for frame in page.frames for one in frame.evaluate(THEIRS)] if "html" not in path else []
        shown += page.inner_text("body")
    with_server.shutdown()
    with_server.server_close()

    assert len(PAYLOADS) >= 200
    assert {name: found for name, found in theirs.items() if found} == {}
    assert heard == []
    assert [one for one in ("onerror=alert(1)", "{{7*7}}", "<script", "javascript:") if one not in shown] == []


def others(harbour: Harbour) -> list[str]:
    """The customers with names of that kind."""
    with harbour.parts.ground.sessions.read() as session:
        return [row[0] for row in session.rows("SELECT id FROM customers WHERE ext_id <> 'u-ada' ORDER BY id")]
