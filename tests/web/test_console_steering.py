"""What staff do to one customer from their page: each with a reason, once, and told on the timeline."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from nurture.store import audit, customers, notes, tasks
from nurture.store.customers import Customer
from tests.sqlite import SqliteFiles
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.staff import EMAIL, hidden, sign_in, signed_in
from tests.web.test_console import words
from tests.web.test_console_customer import found, submit

WALK = {"journey": "first-win", "entry": "1"}


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


@pytest.fixture
def ada(harbour: Harbour) -> str:
    return harbour.signs_up("ada").customer_id


@pytest.fixture
def staff(harbour: Harbour, ada: str) -> FlaskClient:
    assert ada
    harbour.post()
    return signed_in(harbour, "editor")


def step_of(harbour: Harbour, customer_id: str, journey: str = "first-win") -> str | None:
    with harbour.parts.ground.sessions.read() as session:
        return next(
            (one.step for one in customers.enrollments_of(session, customer_id) if one.journey == journey), None
        )


def sent(harbour: Harbour, customer: Customer) -> list[str]:
    harbour.post()
    return [letter.email for letter in harbour.letters(customer.id) if letter.state == "accepted"]


def test_whoever_is_held_gets_nothing_until_they_are_released(harbour: Harbour, ada: str, staff: FlaskClient) -> None:
    refused = submit(staff, ada, "hold", because=" ")
    stood = found(harbour, ada).held_at
    submit(staff, ada, "hold", because="on holiday")
    harbour.pass_time(days=5)
    sign_in(staff)
    page = staff.get(f"/customers/{ada}").text
    before = sent(harbour, found(harbour, ada))
    submit(staff, ada, "release", because="she is back")
    harbour.pass_time(days=5)

    assert (refused.status_code, stood) == (422, None)
    assert "on holiday" in words(page)
    assert "/release" in page
    assert "/skip" not in page
    assert before == ["welcome"]
    assert found(harbour, ada).held_at is None
    assert len(sent(harbour, found(harbour, ada))) > 1
    sign_in(staff)
    told = words(staff.get(f"/customers/{ada}?show=notes").text)
    assert "Staff Released them by sam@harbour.example, she is back" in told
    assert "Staff Held them by sam@harbour.example, on holiday" in told


def test_who_takes_over_has_a_task_and_no_letter_goes(harbour: Harbour, ada: str, staff: FlaskClient) -> None:
    answer = submit(staff, ada, "take-over", because="call her about the import")

    assert answer.status_code == 303
    assert found(harbour, ada).held_at is not None
    with harbour.parts.ground.sessions.read() as session:
        (task,) = tasks.open_tasks(session, harbour.now, customer_id=ada)
    assert (task.claimed_by, "call her about the import" in task.because) == (EMAIL, True)
    listed = words(staff.get(f"/tasks/{task.id}").text)
    assert f"Because {task.because}" in listed


def test_a_step_is_skipped_once(harbour: Harbour, ada: str, staff: FlaskClient) -> None:
    standing = step_of(harbour, ada) or ""
    submit(staff, ada, "skip", **WALK, step=standing, because="she has it already")
    passed = step_of(harbour, ada)
    again = submit(staff, ada, "skip", **WALK, step=standing, because="pressed twice")

    assert standing == "data-in"
    assert passed != standing
    assert again.status_code == 422
    assert "not at data-in any more" in again.text.replace("&#39;", "'")


def test_a_letter_is_sent_now_whatever_the_clock_says(harbour: Harbour, ada: str, staff: FlaskClient) -> None:
    submit(staff, ada, "send-now", **WALK, step=step_of(harbour, ada) or "", because="she asked for it")

    assert sorted(sent(harbour, found(harbour, ada))) == ["connect-your-data", "welcome"]


def test_a_journey_is_begun_and_ended_by_hand(harbour: Harbour, ada: str, staff: FlaskClient) -> None:
    refused = submit(staff, ada, "start", journey="welcome-aboard", because="why not")
    submit(staff, ada, "remove", **WALK, step="data-in", because="she knows all this")

    assert refused.status_code == 422
    assert "the stage is assessing" in refused.text
    assert step_of(harbour, ada) is None


def test_an_owner_looks_after_them_and_a_note_stays(harbour: Harbour, ada: str, staff: FlaskClient) -> None:
    submit(staff, ada, "owner", owner="jonas")
    submit(staff, ada, "notes", text="Prefers mornings.\nHas a dog.")
    nobody = submit(staff, ada, "owner", owner="nobody-we-know")
    nothing = submit(staff, ada, "notes", text=" ")

    assert found(harbour, ada).owner == "jonas"
    assert (nobody.status_code, nothing.status_code) == (422, 422)
    with harbour.parts.ground.sessions.read() as session:
        (note,) = notes.of_customer(session, ada)
        acts = {entry.act for entry in audit.entries(session, about=ada)}
    assert (note.author, note.text) == (EMAIL, "Prefers mornings.\nHas a dog.")
    assert "assign owner" in acts
    assert "Note Prefers mornings. Has a dog. by sam@harbour.example" in words(
        staff.get(f"/customers/{ada}?show=notes").text
    )


def test_a_form_that_names_no_step_changes_nothing(harbour: Harbour, ada: str, staff: FlaskClient) -> None:
    before = step_of(harbour, ada)

    for entry in ("", "x", "\u0661", "99999999"):
        assert submit(staff, ada, "skip", journey="first-win", entry=entry, because="b").status_code == 422
    assert step_of(harbour, ada) == before


def test_many_are_held_and_given_an_owner_at_once(harbour: Harbour, ada: str, staff: FlaskClient) -> None:
    bo = harbour.signs_up("bo").customer_id
    csrf = {"csrf": hidden(staff.get("/customers").text, "csrf")}
    staff.post("/customers/bulk", data={**csrf, "act": "owner", "ids": f"{ada},{bo}", "with_owner": "ana"})
    staff.post("/customers/bulk", data={**csrf, "act": "hold", "ids": bo, "with_because": "a fair"})

    assert [found(harbour, one).owner for one in (ada, bo)] == ["ana", "ana"]
    assert [found(harbour, one).held_at is None for one in (ada, bo)] == [True, False]
