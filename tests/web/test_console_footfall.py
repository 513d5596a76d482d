"""What the cards of a flow tell about people: how many went on or left early, or where one customer went."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from nurture.flow import by_hand
from nurture.flow.intake import Report, take_events
from tests.sqlite import SqliteFiles
from tests.web.drawing import TEXT, page, presses, writes
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.staff import EMAIL, signed_in

FLOW = "/journeys/first-win/flow"
LONG = TEXT.replace(
    "      - {otherwise: true, steps: []}\n",
    "".join(f"      - {{when: {{persona: {name}}}, steps: [{{id: for-{name}, do: wait, for: 1d}}]}}\n"
            for name in ("kevin", "dora", "rosa"))
    + "      - {otherwise: true, steps: []}\n",
)  # fmt: skip


@pytest.fixture(scope="module")
def harbour(sqlite_files: SqliteFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbour]:
    """Ada and Bo wait for their data, Cem left, Dee is at risk and gets special care."""
    folder: Path = tmp_path_factory.mktemp("footfall")
    with sqlite_files.database(prepare) as url, harbour_at(url, folder) as opened:
        for name in ("ada", "bo", "cem"):
            opened.signs_up(name)
        opened.pass_time(hours=1)
        opened.does("cem", "trial_cancelled")
        writes(opened, LONG)
        by_hand.move(opened.parts.ground, opened.asks("dee").customer_id, "at_risk", "a test", EMAIL, opened.look())
        ticket = Report("ticket_opened", opened.now, email="dee@example.com")
        take_events(opened.parts.ground, [ticket], "product", opened.look())
        yield opened


@pytest.fixture(scope="module")
def client(harbour: Harbour) -> FlaskClient:
    return signed_in(harbour, "editor")


def tread(page: str, step: str) -> str:
    """What a card says of those who came, as words."""
    found = re.search(rf'id="step-{step}">.*?(?:<p class="tread">(.*?)</p>|<li)', page, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[1] or "") if found else ""


def test_cards_tell_who_went_on_and_who_left(client: FlaskClient) -> None:
    told = client.get(f"{FLOW}?counts=all").text

    assert (tread(told, "welcome"), tread(told, "data-in")) == ("3 passed", "0 passed · 1 left early")
    assert "3 entered</a> = " in told
    assert "1 left early</a>, as of" in told
    assert f'href="{FLOW.removesuffix("/flow")}/people?left_at=data-in"' in told
    assert 'class="tread"' not in client.get(FLOW).text


def test_one_customers_way_is_shown_on_the_cards(client: FlaskClient) -> None:
    for named in ("ada@example.com", "u-ada"):
        told = client.get(FLOW, query_string={"customer": named}).text

        assert tread(told, "welcome").startswith("Passed Mon 5 Jan")
        assert tread(told, "data-in").startswith("Here now since Mon 5 Jan")
        assert re.search(r'class="step is-\w+ was-missed" id="step-still-with-us"', told)


def test_whoever_never_entered_is_said_to_be_unknown_here(client: FlaskClient) -> None:
    told = client.get(FLOW, query_string={"customer": "<no@example.com>"}).text

    assert "Nobody known as “&lt;no@example.com&gt;” ever entered this journey" in told
    assert "was-missed" not in told


def test_many_paths_are_closed_but_for_the_one_that_is_looked_at(client: FlaskClient) -> None:
    opened = re.findall(r'<details class="path" id="[^"]*" open><summary>([^<]*)', page(client, "?step=tips"))

    assert re.findall(r'<details class="path" id="[^"]*"( open)?><summary>([^<]*)', page(client)) == [
        ("", "2 steps, 2 of them emails"),
        *[("", "1 step")] * 3,
    ]
    assert opened == ["2 steps, 2 of them emails"]


def test_what_the_cards_tell_stays_from_press_to_press(client: FlaskClient) -> None:
    told = page(client, "?counts=all&step=rest")
    answer = presses(client, "off", step="rest", counts="all")

    assert '<input type="hidden" name="counts" value="all">' in told
    assert "?counts=all&amp;step=hello" in told.replace("&step", "&amp;step")
    assert "counts=all" in answer.headers["Location"]


def test_whoever_walked_a_variant_is_found_on_it_and_from_the_journey_whose_variant_it_is(client: FlaskClient) -> None:
    asked, special = "/flow?customer=dee@example.com", "/journeys/get-help-special-care"
    base, variant = client.get(f"/journeys/get-help{asked}").text, client.get(f"{special}{asked}&counts=all").text
    way = re.search(r'href="(/journeys/get-help/people/\w+)"', variant)

    assert f'walked another shape of this journey: <a href="{special}/flow?customer=' in base
    assert "was-missed" not in base
    assert tread(variant, "call").startswith("Here now since Mon 5 Jan")
    assert way is not None
    assert f'href="{special}/flow?customer=' in client.get(way[1]).text
    assert "Passed and left early" not in variant  # the numbers are the other journey's
    assert "0 entered" not in variant
