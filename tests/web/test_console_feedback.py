"""What customers say: every answer, what they come to, and the themes that staff read in them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from nurture.store import audit
from tests.sqlite import SqliteFiles
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.staff import hidden, signed_in
from tests.web.test_console import words

SCORE = "would_you_recommend"


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        for n, score in enumerate([10, 9, 3, 7]):
            opened.signs_up(f"p{n}", traits={"role": "developer"} if n % 2 else {})
            opened.answers(f"p{n}", SCORE, str(score))
        opened.answers("p0", "driver", "save_time")
        yield opened


def tags(client: FlaskClient, answer_id: str, act: str, theme: str) -> int:
    csrf = hidden(client.get("/feedback").text, "csrf")
    return client.post(
        f"/feedback/{answer_id}/themes", data={"csrf": csrf, "act": act, "theme": theme}, follow_redirects=True
    ).status_code


def test_answers_are_read_in_words_and_too_few_make_no_mean(harbour: Harbour) -> None:
    client = signed_in(harbour)

    few = words(client.get("/feedback").text)
    harbour.signs_up("p4")
    harbour.answers("p4", SCORE, "6")
    enough = words(client.get("/feedback").text)

    assert "5 answers" in few
    assert "“10 of 10”" in few
    assert "4 answers; too few for a mean" in few
    assert "7.0 of 10 5 answers" in enough


def test_answers_are_narrowed(harbour: Harbour) -> None:
    client = signed_in(harbour)

    low, choices, kevins, nobody = (
        words(client.get(f"/feedback?{query}").text)
        for query in ("score=low", "survey=driver", "persona=kevin", "stage=adopted")
    )

    assert ("“3 of 10”" in low, "“9 of 10”" in low) == (True, False)
    assert ("of 10”" in choices, "1 answers" in choices) == (False, True)
    assert ("“9 of 10”" in kevins, "“7 of 10”" in kevins, "“10 of 10”" in kevins) == (True, True, False)
    assert "Nobody said this" in nobody


def test_a_theme_is_noted_confirmed_counted_and_taken_off(harbour: Harbour) -> None:
    client, answer = signed_in(harbour, "editor"), harbour.answered("p2")[0]

    assert tags(client, answer.id, "add", "price") == 200
    noted = harbour.answered("p2")[0].themes
    tags(client, answer.id, "validate", "price")
    confirmed = harbour.answered("p2")[0].themes
    page = words(client.get("/feedback?theme=price").text)
    tags(client, answer.id, "remove", "price")

    assert [(one.theme, one.validated) for one in noted] == [("price", False)]
    assert [(one.theme, one.validated) for one in confirmed] == [("price", True)]
    assert "1 answers" in page
    assert harbour.answered("p2")[0].themes == ()
    with harbour.parts.ground.sessions.read() as session:
        acts = {one.act for one in audit.entries(session, about="theme")}
    assert acts == {"remove theme", "validate theme", "add theme"}


def test_what_cannot_be_noted_is_said(harbour: Harbour) -> None:
    client, answer = signed_in(harbour, "editor"), harbour.answered("p2")[0]
    csrf = hidden(client.get("/feedback").text, "csrf")

    for form in ({"theme": " "}, {"theme": "x", "act": "dance"}):
        told = client.post(f"/feedback/{answer.id}/themes", data={"csrf": csrf, **form}, follow_redirects=True)
        assert "Nothing was changed" in words(told.text)
    assert harbour.answered("p2")[0].themes == ()


def test_nothing_said_yet_teaches_what_would_come_here(sqlite_files: SqliteFiles, tmp_path: Path) -> None:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as empty:
        page = words(signed_in(empty).get("/feedback").text)

    assert "Nobody has answered yet" in page
