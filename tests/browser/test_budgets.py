"""What a page may cost: bytes on the wire, pieces in the browser, questions to the database, among 2,000 customers."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from sqlalchemy import CursorResult, Executable
from werkzeug.serving import make_server

from nurture.flow import errands
from nurture.store import customers, tasks
from nurture.store.session import Sessions
from nurture.store.transaction import Params, Session
from nurture.web import console
from tests.browser.crowd import crowd_at
from tests.browser.test_console import Quiet, sign_in
from tests.web.harbour import Harbour
from tests.web.places import PLACES
from tests.web.staff import sign_in as sign_in_by_form

KILOBYTE = 1024
LISTS = {
    "today": "/today",
    "customers": "/customers",
    "found": "/customers?q=ada&stage=assessing",
    "customer": "/customers/{customer}",
    "tasks": "/tasks?show=all",
    "task": "/tasks/{task}",
    "feedback": "/feedback",
    "journeys": "/journeys",
    "people": "/journeys/first-win/people",
    "results": "/journeys/first-win/results",
    "versions": "/journeys/first-win/versions",
    "emails": "/emails",
    "lifecycle": "/lifecycle",
    "personas": "/personas",
    "policy": "/policy",
    "outbox": "/outbox",
    "audit": "/audit",
    "staff": "/settings/staff",
    "health": "/settings/health",
}
EDITORS = {"flow": "/journeys/first-win/flow", "email": "/emails/welcome/edit"}
PAGES = {**LISTS, **EDITORS}
QUERIES = 12
SESSION_AND_FRAME = 3  # who is signed in, and how the post stands
OTHERS = {
    **{name: path for name, (how, path) in PLACES.items() if how == "GET" and path not in PAGES.values()},
    "counted": "/journeys/first-win/flow?counts=all",
    "won": "/journeys/first-win/flow?counts=win",
    "mailed": "/journeys/first-win/flow?counts=email&step=welcome",
    "lived": "/journeys/first-win/simulate?run=yes",
}
del OTHERS["letter_html"]  # asks for a file of the outbox, which a town of likes does not have
NODES = 3_000
SIZES = """performance.getEntries().filter(one => "transferSize" in one).map(one => one.transferSize)"""


@pytest.fixture(scope="module")
def crowd(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbour]:
    with crowd_at(tmp_path_factory.mktemp("crowd"), lived=lived) as opened:
        yield opened


@pytest.fixture(scope="module")
def address(crowd: Harbour, staff: FlaskClient) -> Iterator[str]:
    assert staff.get("/today").status_code == 200
    server = make_server("127.0.0.1", 0, crowd.app(console.blueprint), threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def place(crowd: Harbour, name: str) -> str:
    with crowd.parts.ground.sessions.read() as session:
        task = tasks.open_tasks(session, crowd.now, snoozed=None)[0]
        known = customers.find(session, task.customer_id)
    assert known is not None
    return PAGES[name].format(customer=known.id, task=task.id)


def other(crowd: Harbour, name: str) -> str:
    """Where a place of the console is in this town, about somebody who has a task, a letter and an errand of theirs."""
    with crowd.parts.ground.sessions.read() as session:
        task = tasks.open_tasks(session, crowd.now, snoozed=None)[0]
        letter = session.rows("SELECT id FROM messages WHERE customer_id = :id LIMIT 1", {"id": task.customer_id})
    errand = errands.ask(crowd.parts.ground, "suppress", {"ids": []}, "ana@harbour.example", crowd.look())
    path = OTHERS[name].replace("u-ada", "{customer}")
    return path.format(customer=task.customer_id, task=task.id, message=letter[0][0], errand=errand)


class Heard(Session):
    """A session that writes down what it is asked."""

    __slots__ = ("asked",)

    def __init__(self, session: Session, asked: list[str]) -> None:
        super().__init__(session.connection)
        self.asked = asked

    def rows(self, sql: str, params: Params = ()) -> list[tuple[Any, ...]]:
        self.asked.append(sql)
        return super().rows(sql, params)

    def execute(self, statement: Executable, params: Any = None) -> CursorResult[Any]:
        self.asked.append(str(statement))
        return super().execute(statement, params)


class Listening(Sessions):
    """The database, with every question that is put to it written down."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.asked: list[str] = []

    @contextmanager
    def read(self) -> Iterator[Session]:
        with super().read() as session:
            yield Heard(session, self.asked)


@pytest.fixture(scope="module")
def listening(crowd: Harbour) -> Iterator[Listening]:
    sessions = Listening(crowd.url)
    yield sessions
    sessions.close()


@pytest.fixture(scope="module")
def staff(crowd: Harbour, listening: Listening) -> FlaskClient:
    crowd.hires("admin")
    ground = crowd.parts.ground._replace(sessions=listening)
    app = Flask("harbour", static_folder=None)
    app.register_blueprint(console.blueprint(crowd.parts._replace(ground=ground)))
    client = app.test_client()
    assert sign_in_by_form(client).status_code == 303
    return client


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_small_and_asks_little(crowd: Harbour, staff: FlaskClient, listening: Listening, name: str) -> None:
    path = place(crowd, name)
    staff.get(path)  # what is read once per process is read by now
    listening.asked.clear()

    answer = staff.get(path)

    assert answer.status_code == 200
    small = len(gzip.compress(answer.data, 5))
    assert small <= (40 if name in EDITORS else 25) * KILOBYTE, f"{name}: {small} bytes"
    assert len(listening.asked) <= QUERIES + SESSION_AND_FRAME, "\n".join(sql[:150] for sql in listening.asked)


@pytest.mark.parametrize("name", OTHERS)
def test_every_other_place_asks_little(crowd: Harbour, staff: FlaskClient, listening: Listening, name: str) -> None:
    path = other(crowd, name)
    staff.get(path)
    listening.asked.clear()

    answer = staff.get(path)

    assert answer.status_code < 400, path
    assert len(listening.asked) <= QUERIES + SESSION_AND_FRAME, "\n".join(sql[:150] for sql in listening.asked)


def test_a_first_visit_stays_within_its_bytes_and_requests(browser: Browser, address: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}/login")
        sizes = page.evaluate(SIZES)
        sign_in(page, address)
        page.goto(f"{address}/today")
        sizes += page.evaluate(SIZES)

    assert sum(sizes) <= 90 * KILOBYTE
    assert len(sizes) <= 8 + 2


@pytest.mark.parametrize("name", ["customers", "customer", "tasks", "flow", "email", "today"])
def test_a_page_has_few_pieces(page: Page, address: str, crowd: Harbour, name: str) -> None:
    sign_in(page, address)
    page.goto(address + place(crowd, name))

    assert page.evaluate("document.querySelectorAll('*').length") <= NODES
