"""Many customers at once: as a segment, as a file, from a file, and one thing done to all of them."""

import io
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from nurture.engine.condition import Segment
from nurture.engine.reading import read_document
from nurture.errands import AT_ONCE, KINDS
from nurture.flow import drafts, errands
from nurture.flow.intake import Unreadable, read_table
from nurture.store import audit, customers, people, suppressions
from nurture.store.wanted import NOBODY, Wanted
from nurture.web.console.work.segment import expressed, left_out, written_as
from tests.sqlite import SqliteFiles
from tests.web.harbour import SHELF, Harbour, harbour_at, prepare
from tests.web.staff import EMAIL, hidden, signed_in
from tests.web.test_console import names, words

WHOLE = Wanted(
    stage=("assessing", "at_risk"),
    days=7,
    persona=("wilma",),
    has=("first_source",),
    no=("first_report",),
    trial=3,
    silent=5,
)


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        for name in ("ada", "bo", "cy"):
            opened.signs_up(name)
        yield opened


@pytest.fixture
def staff(harbour: Harbour) -> FlaskClient:
    return signed_in(harbour, "editor")


def submit(staff: FlaskClient, path: str, form: dict[str, Any] | None = None) -> Any:
    csrf = hidden(staff.get("/customers").text, "csrf")
    return staff.post(path, data={"csrf": csrf, **(form or {})})


def suppressed(harbour: Harbour, name: str) -> dict[str, str]:
    with harbour.parts.ground.sessions.read() as session:
        return suppressions.reasons(session, harbour.parts.ground.seals.email_hash(f"{name}@example.com"))


def test_what_a_condition_can_say_makes_a_sound_segment() -> None:
    text = written_as("stuck", 'Stuck: "early"', list(expressed(WHOLE)))

    document, _, problems = read_document("segment", "stuck", text, Segment)

    assert problems == ()
    assert isinstance(document, Segment)
    assert document.name == 'Stuck: "early"'
    assert left_out(WHOLE) == frozenset()
    beyond = Wanted(q="acme", journey="first-win", step="hello", owner=("ana",), held=True, aside=True)
    assert list(expressed(beyond)) == []
    assert left_out(beyond) == {"q", "journey", "owner", "held", "aside"}
    assert left_out(Wanted(persona=(NOBODY,))) == {"persona"}


def test_the_filters_are_saved_as_a_draft_that_says_them(harbour: Harbour, staff: FlaskClient) -> None:
    asked = "/customers/segment?stage=assessing&no=first_report&owner=ana"
    page = staff.get(asked).text
    saved = submit(staff, "/customers/segment", {"stage": "assessing", "no": "first_report", "name": "Stuck early"})
    again = submit(staff, "/customers/segment", {"stage": "assessing", "name": "stuck, EARLY"})

    assert "no segment can say it: owner Ana" in words(page)
    assert saved.location == "/segments/stuck-early"
    draft = drafts.read_draft(harbour.parts.ground, "segment", "stuck-early")
    assert draft.text == (
        "id: stuck-early\nname: Stuck early\nwhen:\n  all:\n    - {stage: assessing}\n"
        "    - {not: {milestone: first_report}}\n"
    )
    assert (again.status_code, "There is a segment of this name already" in again.text) == (422, True)
    assert "None of this can be said by a segment" in words(staff.get("/customers/segment?held=yes").text)


def test_the_chosen_are_named_before_anything_is_done_to_them(harbour: Harbour, staff: FlaskClient) -> None:
    ada, bo = (harbour.signs_up(name).customer_id for name in ("ada", "bo"))
    page = staff.get(f"/customers/bulk?act=suppress&id={ada}&id={bo}&q=example").text
    form = {name: unescape(hidden(page, name)) for name in ("act", "ids", "q")}

    nothing = submit(staff, "/customers/bulk", form)
    before = suppressed(harbour, "ada")
    answer = submit(staff, "/customers/bulk", {**form, "with_because": "asked by phone"})

    assert "Stop writing to 2 customers" in words(page)
    assert names_of(page) == ["Ada", "Bo"] or names_of(page) == ["Bo", "Ada"]
    assert (nothing.status_code, before) == (422, {})
    assert answer.location == "/customers?q=example"
    assert "Done for 2 of 2 customers." in words(staff.get(answer.location).text)
    assert [suppressed(harbour, name) for name in ("ada", "bo", "cy")] == [{"all": f"{EMAIL}: asked by phone"}] * 2 + [
        {}
    ]


def names_of(page: str) -> list[str]:
    return re.findall(r'<a href="/customers/cus_\w+">([^<]+)</a>', page)


def test_all_that_match_are_meant_as_the_list_says(harbour: Harbour, staff: FlaskClient) -> None:
    harbour.does("bo", "subscription_started")
    page = staff.get("/customers/bulk?act=suppress&all=yes&stage=assessing&id=x").text

    answer = submit(staff, "/customers/bulk", {"act": "suppress", "ids": "", "stage": "assessing", "with_because": "b"})

    assert "All 2 customers with stage Assessing" in words(page)
    assert answer.location == "/customers?stage=assessing"
    assert [bool(suppressed(harbour, name)) for name in ("ada", "bo", "cy")] == [True, False, True]
    with harbour.parts.ground.sessions.read() as session:
        (entry,) = audit.entries(session, about="ern_")
    assert (entry.actor, entry.act, entry.after["total"]) == (EMAIL, "errand suppress", 2)


def test_nobody_chosen_is_said_and_nothing_is_asked(staff: FlaskClient) -> None:
    answer = staff.get("/customers/bulk?act=suppress&stage=assessing")

    assert answer.location == "/customers?stage=assessing"
    assert "Choose at least one customer" in words(staff.get(answer.location).text)
    assert staff.get("/customers/bulk?act=dance&all=yes").status_code == 404


def test_work_that_takes_long_is_left_and_found_again(harbour: Harbour, staff: FlaskClient) -> None:
    for n in range(AT_ONCE):
        harbour.asks(f"lea{n}")

    answer = submit(staff, "/customers/bulk", {"act": "journey", "q": "example", "with_journey": "at-risk"})
    page = staff.get(answer.location).text
    part = staff.get(answer.location, headers={"HX-Request": "true"}).text
    while errands.run(harbour.parts.ground, KINDS, harbour.look()):
        pass
    after = words(staff.get(answer.location).text)

    assert re.fullmatch(r"/errands/ern_\w+", answer.location)
    assert f"Under way {AT_ONCE} of {AT_ONCE + 3}" in words(page)
    assert 'hx-trigger="beat from:body"' in page
    assert part.lstrip().startswith("<section")
    assert f"Done {AT_ONCE + 3} of {AT_ONCE + 3}" in after
    assert "Not for everybody" in after
    assert "beat from:body" not in staff.get(answer.location).text
    assert answer.location in staff.get("/errands").text
    assert staff.get("/errands/ern_nothing").status_code == 404


def test_a_file_has_all_that_match_and_no_formula(harbour: Harbour, staff: FlaskClient) -> None:
    harbour.signs_up("eve", traits={"name": '=HYPERLINK("x")', "company": "a, b", "value": 4800})
    answer = staff.get("/customers.csv?q=e")

    head, *lines = answer.text.splitlines()
    assert head.startswith("id,user_id,email,name,company,stage,")
    assert len(lines) == 4
    (eve,) = [line for line in lines if "eve@" in line]
    assert '"\'=HYPERLINK(""x"")","a, b",assessing' in eve
    assert eve.endswith(",4800")
    with harbour.parts.ground.sessions.read() as session:
        assert [one.after for one in audit.entries(session, about="customers.csv")] == [{"q": "e"}]


FILE = """Email;User ID;Name;Stage;Trial ends at;Deal value;Zone
ada@example.com;u-ada;Ada;;;;
jana@acme.example;u-1;'=Jana;Adopted;2026-01-31;4800;Europe/Berlin
lea@birk.example;;Lea;;;;
lea@birk.example;;Lea;;;;
no address;;;;;;
x@y.example;u-2;;nowhere;;;
y@y.example;u-3;;;soon;;
z@y.example;u-4;;;;;Mars/North

"""


def test_a_file_is_read_and_what_is_wrong_with_it_is_said(harbour: Harbour) -> None:
    with harbour.parts.ground.sessions.read() as session:
        playbook = SHELF.playbook(session)

    table = read_table(FILE, playbook)

    assert [row["email"] for row in table.rows] == ["ada@example.com", "jana@acme.example", "lea@birk.example"]
    assert table.rows[1] == {
        "email": "jana@acme.example",
        "user_id": "u-1",
        "stage": "adopted",
        "trial_ends_at": "2026-01-31T00:00:00+00:00",
        "zone": "Europe/Berlin",
        "traits": {"name": "=Jana", "deal_value": 4800},
    }
    assert table.traits == ["name", "deal_value"]
    assert [problem.partition(":")[0] for problem in table.problems] == [f"line {n}" for n in range(5, 10)]
    for text in ("", "name\nAda\n", 'email\n"x', "email\n" + "a@b.example\n" * 10_001):
        with pytest.raises(Unreadable):
            read_table(text, playbook)


def test_a_file_makes_nobody_before_somebody_has_seen_what_it_would_make(harbour: Harbour, staff: FlaskClient) -> None:
    answer = submit(staff, "/customers/import", {"file": (io.BytesIO(FILE.encode()), "old.csv")})
    page = words(staff.get(answer.location).text)
    with harbour.parts.ground.sessions.read() as session:
        before = people.count(session, Wanted(), harbour.now)

    begun = submit(staff, f"{answer.location}/begin")
    after = words(staff.get(begun.location).text)

    assert "2 new customers, 1 of them leads; 1 known already, and left as they are; 5 rows left out" in page
    assert "there is no stage 'nowhere'" in page
    assert before == 3
    assert "Done for 2 customers" in after
    with harbour.parts.ground.sessions.read() as session:
        jana = customers.find(session, "u-1")
        assert jana is not None
        assert (jana.stage, jana.traits["name"], jana.traits["deal_value"]) == ("adopted", "=Jana", 4800)
        assert customers.enrollments_of(session, jana.id) == []
    assert names(staff.get("/customers?q=lea").text) == ["Lea"]


def test_what_is_no_file_of_customers_stays_in_the_form(staff: FlaskClient) -> None:
    refused = submit(staff, "/customers/import", {"text": "name,company\nAda,Acme"})
    nothing = submit(staff, "/customers/import")
    binary = submit(staff, "/customers/import", {"file": (io.BytesIO(b"\xff\xfe\x00"), "x.csv")})

    assert [one.status_code for one in (refused, nothing, binary)] == [422, 422, 422]
    assert "one of them must be email" in refused.text
    assert "Ada,Acme" in refused.text
