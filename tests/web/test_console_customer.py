"""One customer: why they are where they are, why they did not get a letter, and what staff do about it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from nurture.engine.explain import ASKED
from nurture.engine.snapshot import Facts
from nurture.flow.feedback import unsubscribe
from nurture.store import audit, customers
from nurture.store.customers import Customer
from nurture.store.facts import write_facts
from tests.sqlite import SqliteFiles
from tests.store.rows import put
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.staff import EMAIL, hidden, sign_in, signed_in
from tests.web.test_console import words


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


@pytest.fixture
def ada(harbour: Harbour) -> str:
    return harbour.signs_up("ada", traits={"role": "developer"}).customer_id


@pytest.fixture
def staff(harbour: Harbour) -> FlaskClient:
    return signed_in(harbour, "editor")


def found(harbour: Harbour, customer_id: str) -> Customer:
    with harbour.parts.ground.sessions.read() as session:
        customer = customers.find(session, customer_id)
    assert customer is not None
    return customer


def submit(staff: FlaskClient, customer_id: str, act: str, **form: str) -> Any:
    """Fill in one of the forms on a customer's page."""
    csrf = hidden(staff.get(f"/customers/{customer_id}").text, "csrf")
    return staff.post(f"/customers/{customer_id}/{act}", data={"csrf": csrf, **form})


def checks(page: str) -> dict[str, str]:
    """The questions of a why-not, each with its answer."""
    return dict(re.findall(r"<span>([^<]+)</span> <span class=\"answered\">([^<]+)</span>", page))


def test_a_stage_is_explained_by_its_rule_and_what_it_saw(harbour: Harbour, ada: str, staff: FlaskClient) -> None:
    harbour.pass_time(days=6)
    sign_in(staff)

    said = words(staff.get(f"/customers/{ada}").text)

    assert "From assessing to at risk, " in said
    assert "they see now: is silent for 5 days: silent for 6 days (asked: 5 days)" in said
    assert "Kevin: their role is one of developer" in said
    assert "role is 'developer'" in said


def test_who_was_kept_aside_is_said_to_be_and_what_that_means(harbour: Harbour, ada: str, staff: FlaskClient) -> None:
    before = staff.get(f"/customers/{ada}").text
    facts = write_facts(Facts(aside={"": False, "first-win": True}))
    sql = "UPDATE customers SET facts = :facts WHERE id = :id"
    harbour.parts.ground.sessions.write(lambda session: session.run(sql, {"facts": facts, "id": ada}))

    said = words(staff.get(f"/customers/{ada}").text)

    assert "Compare group" not in before
    assert "Compare group: treat as usual" in said
    assert "Kept aside from Get to the first win: they walk every journey as everybody does" in said


def test_why_not_asks_every_question_in_order_and_opens_the_one_that_said_no(
    harbour: Harbour, ada: str, staff: FlaskClient
) -> None:
    unsubscribe(harbour.parts.ground, ada, "tips", "unsubscribed on our page", harbour.look())
    harbour.pass_time(days=3)
    sign_in(staff)

    page = staff.get(f"/customers/{ada}/why-not?about=first-win/nudge-data").text
    by_email = staff.get(f"/customers/{ada}/why-not?email=connect-your-data").text

    asked = checks(page)
    assert list(asked)[:4] == ["Journey is live", "Entry rule", "Stage", "Persona"]
    assert len(asked) == len(ASKED)
    assert [question for question, answer in asked.items() if answer == "failed"] == ["Consent"]
    assert re.findall(r"<details open><summary>.*?<span>([^<]+)</span>", page) == ["Consent"]
    assert "Only they can change this" in page
    assert checks(by_email) == asked


def test_each_letter_that_was_not_sent_leads_to_its_reason(harbour: Harbour, ada: str, staff: FlaskClient) -> None:
    unsubscribe(harbour.parts.ground, ada, "tips", "unsubscribed on our page", harbour.look())
    harbour.pass_time(days=3)
    sign_in(staff)

    page = staff.get(f"/customers/{ada}?show=unsent").text
    href = re.search(r'<a href="([^"]*why-not[^"]*)"', page)[1]  # type: ignore[index]
    part = staff.get(href, headers={"HX-Request": "true"}).text

    assert part.lstrip().startswith('<div id="why-not"')
    assert checks(part)["Consent"] == "failed"
    assert "<html" not in part


def test_a_question_about_nothing_is_answered_with_what_there_is(ada: str, staff: FlaskClient) -> None:
    page = words(staff.get(f"/customers/{ada}/why-not?about=first-win/nowhere").text)

    assert "First-win has, and had, no step 'nowhere'" in page
    assert staff.get("/customers/nobody/why-not").status_code == 404


def test_the_fix_leads_only_where_there_is_a_page(harbour: Harbour, ada: str, staff: FlaskClient) -> None:
    harbour.does("ada", "trial_cancelled")

    page = staff.get(f"/customers/{ada}/why-not?about=first-win/nudge-data").text
    for href in re.findall(r'<a href="([^"]+)">Go there', page):
        assert staff.get(href).status_code == 200

    assert checks(page)["Earlier exit"] == "failed"


def test_a_stage_is_changed_with_a_reason_and_by_nobody_without_one(
    harbour: Harbour, ada: str, staff: FlaskClient
) -> None:
    refused = submit(staff, ada, "stage", to="adopted", because=" ")
    stood = found(harbour, ada).stage
    moved = submit(staff, ada, "stage", to="adopted", because="they told me on the phone")

    assert (refused.status_code, stood) == (422, "assessing")
    assert "Nothing was changed." in refused.text
    assert '<option value="adopted" selected>' in refused.text
    assert (moved.status_code, moved.location) == (303, f"/customers/{ada}")
    assert found(harbour, ada).stage == "adopted"
    with harbour.parts.ground.sessions.read() as session:
        (entry,) = audit.entries(session, about=ada)
    assert (entry.actor, entry.act, entry.after["because"]) == (
        EMAIL,
        "moved_by_hand",
        "by hand: they told me on the phone",
    )
    assert "Staff Moved to adopted by sam@harbour.example" in words(staff.get(f"/customers/{ada}?show=notes").text)


def test_a_persona_is_locked_and_let_go_again(harbour: Harbour, ada: str, staff: FlaskClient) -> None:
    submit(staff, ada, "persona", persona="wilma", locked="yes", because="she said so")
    locked = found(harbour, ada)
    submit(staff, ada, "persona", persona="")
    free = found(harbour, ada)
    nobody = submit(staff, ada, "persona", persona="nobody")

    assert (locked.persona, locked.persona_locked) == ("wilma", True)
    assert (free.persona, free.persona_locked) == ("kevin", False)
    assert nobody.status_code == 422


TOLD = {"4800": 4800, "4.5": 4.5, "007": "007", "Acme & Co": "Acme & Co"}


def test_what_we_were_told_is_corrected_added_and_taken_away(harbour: Harbour, ada: str, staff: FlaskClient) -> None:
    for text, value in TOLD.items():
        submit(staff, ada, "traits", trait="worth_it", value=text)
        assert found(harbour, ada).traits["worth_it"] == value
        submit(staff, ada, "traits", trait="worth_it", value="")
        assert "worth_it" not in found(harbour, ada).traits
    submit(staff, ada, "traits", trait="company", value="42")

    assert found(harbour, ada).traits["company"] == "42"
    assert submit(staff, ada, "traits", trait="Not A Name", value="x").status_code == 422


def test_the_timeline_tells_what_staff_wrote(harbour: Harbour, ada: str, staff: FlaskClient) -> None:
    said = {"author": EMAIL, "text": "prefers <b>mornings</b>", "at": harbour.now}
    harbour.parts.ground.sessions.write(lambda session: put(session, "notes", id="nte_1", customer_id=ada, **said))

    page = staff.get(f"/customers/{ada}?show=notes").text

    assert "Note prefers <b>mornings</b> by sam@harbour.example" in words(page)
    assert "<b>mornings" not in page


def test_a_viewer_reads_and_changes_nothing(harbour: Harbour, ada: str) -> None:
    viewer = signed_in(harbour, "viewer", "vi@harbour.example")

    page = viewer.get(f"/customers/{ada}").text

    assert "/stage" not in page
    assert "Why not" in page


def test_whoever_asks_for_it_is_given_what_we_hold_and_forgotten(harbour: Harbour, ada: str) -> None:
    admin = signed_in(harbour, "admin", "al@harbour.example")
    harbour.post()
    data = admin.get(f"/customers/{ada}/held.json")
    meant = submit(admin, ada, "erase", because="asked by letter", address="bo@example.com")
    stood = found(harbour, ada).email
    letters = list(harbour.outbox.glob("*.eml"))
    erased = submit(admin, ada, "erase", because="asked by letter", address="ADA@example.com")

    assert json.loads(data.text)["customers"][0]["email"] == "ada@example.com"
    assert (meant.status_code, stood) == (422, "ada@example.com")
    assert (erased.status_code, erased.location) == (303, "/customers")
    assert letters
    assert list(harbour.outbox.glob("*.eml")) == []
    gone = admin.get(f"/customers/{ada}")
    assert gone.status_code == 410
    assert "by al@harbour.example: asked by letter" in words(gone.text)
