"""The list of customers: narrowed by filters or by a sentence, in any order, told in numbers that lead somewhere."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from nurture.store.wanted import NOBODY, Wanted
from nurture.web.console.words import Namer
from nurture.web.console.work.sentence import EXAMPLES, NotUnderstood, Vocabulary, understand, write
from tests.sqlite import SqliteFiles
from tests.web.harbour import SHELF, Harbour, harbour_at, prepare
from tests.web.staff import signed_in
from tests.web.test_console import names, words


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


@pytest.fixture
def town(harbour: Harbour) -> Harbour:
    """Ada, a developer, has built a report; Bo and Cy have not, and Cy has left."""
    for name, role in (("ada", "developer"), ("bo", "office"), ("cy", "office")):
        harbour.signs_up(name, traits={"role": role})
        harbour.now += timedelta(minutes=1)
    harbour.does("ada", "report_created")
    harbour.does("cy", "trial_cancelled")
    return harbour


@pytest.fixture
def staff(town: Harbour) -> FlaskClient:
    return signed_in(town, "editor")


@pytest.fixture
def vocabulary(harbour: Harbour) -> Vocabulary:
    with harbour.parts.ground.sessions.read() as session:
        playbook = SHELF.playbook(session)
    return Vocabulary.of(playbook, Namer(playbook))


PARTS: tuple[dict[str, Any], ...] = (
    {"q": 'Say "hi" \\ and no first_report'},
    {"stage": ("assessing",)},
    {"stage": ("assessing", "at_risk"), "days": 7},
    {"days": 30},
    {"persona": ("wilma", NOBODY)},
    {"persona": (NOBODY,)},
    {"has": ("first_source", "first_value"), "no": ("first_report",)},
    {"journey": "first-win"},
    {"journey": "first-win", "step": "data-in"},
    {"journey": "first-win", "state": "left"},
    {"owner": ("ana",)},
    {"owner": (NOBODY,)},
    {"trial": 3, "silent": 5},
    {"aside": True, "held": True},
)


def test_what_a_sentence_says_is_read_back_as_the_same_filters(vocabulary: Vocabulary) -> None:
    for one, other in combinations(PARTS, 2):
        wanted = Wanted(**{**one, **other})
        assert understand(write(wanted), vocabulary) == wanted
    for example in EXAMPLES:
        assert sorted(write(understand(example, vocabulary)).split(" and ")) == sorted(example.split(" and "))


SAID = {
    "In Assessing for 1 week": Wanted(stage=("assessing",), days=7),
    "in stage more than 10d": Wanted(days=10),
    "in at risk or assessing, persona Wilma, the Occasional Browser": Wanted(
        stage=("at_risk", "assessing"), persona=("wilma",)
    ),
    "no First report built and walks Get to the first win at nudge report": Wanted(
        no=("first_report",), journey="first-win", step="nudge-report"
    ),
    '"acme" and owner Ana or none': Wanted(q="acme", owner=("ana", NOBODY)),
    "": Wanted(),
}


def test_names_are_understood_as_people_write_them(vocabulary: Vocabulary) -> None:
    assert {text: understand(text, vocabulary) for text in SAID} == SAID


REFUSED = {
    "acme": ("acme", "put a name to look for in quotes"),
    "in assesing": ("assesing", "did you mean 'assessing'?"),
    "in assessing no first_report": ("no", "joined by"),
    "in assessing and": ("", "missing after"),
    "in": ("", "Name a stage here"),
    "in stage": ("", "for how long"),
    "no frist_report": ("frist_report", "did you mean 'first_report'?"),
    "trial ends 3 days": ("3", "is expected"),
    "silent > some days": ("some", "no number of days"),
    "silent > 9 moons": ("moons", "joined by"),
    "silent > 0 days": ("0", "from 1 to"),
    "held and held": ("", "said twice"),
    "walks first-win at nowhere": ("nowhere", "no step"),
    "set apart": ("apart", "not \u201capart\u201d"),
    '"acme': ('"', "begins no part"),
}


def test_what_is_not_understood_is_named(vocabulary: Vocabulary) -> None:
    for text, (word, because) in REFUSED.items():
        with pytest.raises(NotUnderstood) as refusal:
            understand(text, vocabulary)
        assert (text, refusal.value.word) == (text, word)
        assert because in f"{refusal.value}"


def test_a_sentence_leads_to_the_list_it_means(staff: FlaskClient) -> None:
    answer = staff.get("/customers?say=in+assessing+and+no+first_report+and+persona+wilma")
    page = staff.get(answer.location).text

    asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}
    assert asked == {"stage": "assessing", "no": "first_report", "persona": "wilma"}
    assert names(page) == ["Bo"]
    assert 'value="in assessing and persona wilma and no first_report"' in page


def test_a_sentence_that_is_not_understood_stays_as_it_was_typed(staff: FlaskClient) -> None:
    answer = staff.get("/customers?say=in+assesing+and+held")

    assert answer.status_code == 422
    assert 'value="in assesing and held"' in answer.text
    assert "There is no stage \u201cassesing\u201d: did you mean &#39;assessing&#39;?" in answer.text
    assert names(answer.text) == []
    assert all(one in words(answer.text) for one in EXAMPLES)


def test_a_form_leads_to_an_address_that_says_no_more_than_was_chosen(staff: FlaskClient) -> None:
    answer = staff.get("/customers?q=&persona=wilma&journey=&stage=&days=&has=&no=&owner=&trial=&silent=")

    assert (answer.status_code, answer.location) == (303, "/customers?persona=wilma")


def test_where_nobody_matches_the_filter_that_keeps_most_away_is_named(staff: FlaskClient) -> None:
    page = staff.get("/customers?stage=assessing&persona=wilma&held=yes").text

    assert names(page) == []
    assert "Most are kept away by held by staff : without it 1 customer matches" in words(page)
    href = unescape(re.search(r'without it <a href="([^"]+)"', page)[1])  # type: ignore[index]
    assert names(staff.get(href).text) == ["Bo"]


def test_while_somebody_types_only_what_was_found_is_exchanged(staff: FlaskClient) -> None:
    headers = {"HX-Request": "true", "HX-Target": "found"}
    answer = staff.get("/customers?q=ad&persona=&stage=", headers=headers)

    assert answer.text.lstrip().startswith('<section id="found"')
    assert names(answer.text) == ["Ada"]
    assert 'id="sentence"' in answer.text
    assert 'hx-swap-oob="true"' in answer.text
    assert 'id="q"' not in answer.text
    assert answer.headers["HX-Push-Url"] == "/customers?q=ad"
    assert answer.headers["HX-Trigger"] == '{"said":"1 customer"}'


def test_an_id_of_ours_is_found_by_its_beginning_alone(staff: FlaskClient, town: Harbour) -> None:
    with town.parts.ground.sessions.read() as session:
        [(own_id,)] = session.rows("SELECT id FROM customers WHERE email LIKE 'ada@%'")

    assert names(staff.get(f"/customers?q={own_id}").text) == ["Ada"]
    assert names(staff.get(f"/customers?q={own_id[:-3].lower()}").text) == ["Ada"]
    assert names(staff.get(f"/customers?q={own_id[10:]}").text) == []


def test_the_stages_count_those_that_are_looked_for(staff: FlaskClient) -> None:
    whole, one = (words(staff.get(f"/customers{query}").text) for query in ("", "?q=bo&stage=terminated"))
    typed = staff.get("/customers?q=bo", headers={"HX-Request": "true", "HX-Target": "found"}).text

    assert ("3 in all" in whole, "2 Assessing" in whole, "1 Terminated" in whole) == (True, True, True)
    assert ("3 in all" in one, "1 Assessing" in one, "0 Terminated" in one) == (True, True, True)
    assert 'id="stages" hx-swap-oob="true"' in typed
    assert "1 Assessing" in words(typed)


def test_the_list_is_read_in_the_order_asked_for(town: Harbour, staff: FlaskClient) -> None:
    town.now += timedelta(hours=1)
    town.does("bo", "report_viewed")

    orders = {sort: names(staff.get(f"/customers?sort={sort}").text) for sort in ("newest", "name", "activity")}

    assert orders == {"newest": ["Cy", "Bo", "Ada"], "name": ["Ada", "Bo", "Cy"], "activity": ["Bo", "Cy", "Ada"]}
    assert staff.get("/customers?sort=nonsense").status_code == 404


def test_a_viewer_is_offered_nothing_to_change(town: Harbour, staff: FlaskClient) -> None:
    viewer = signed_in(town, "viewer", "vi@harbour.example").get("/customers?stage=assessing").text

    assert '<a href="/settings/account">My account</a>' in viewer
    assert "Save as segment" not in viewer
    assert 'name="act"' not in viewer
    assert 'name="act"' in staff.get("/customers").text
