"""What a program may ask about customers: who, what happened, what comes next, and why."""

from typing import Any

import pytest

from nurture.engine.explain import ASKED
from tests.web.product import Product, refusal, told


@pytest.fixture
def ada(product: Product) -> str:
    """Ada, a Kevin, has signed up on a Monday at nine and has had her welcome."""
    customer_id: str = told(product.signs_up(), 201)["customer_id"]
    product.harbour.pass_time(hours=1)
    return customer_id


def people(product: Product, **query: str) -> list[str]:
    return [one["user_id"] for one in product.asks("customers", **query)["customers"]]


def test_a_customer_is_found_by_each_of_their_names(product: Product, ada: str) -> None:
    found = [
        product.asks(f"customers/{name}") for name in ("u-ada", ada, "email:ada@example.com", "email:ADA@example.com")
    ]

    assert [one["customer_id"] for one in found] == [ada] * 4
    assert [(one["timezone"], "zone" in one, "id" in one) for one in found] == [("Europe/London", False, False)] * 4


@pytest.mark.parametrize(
    "name", ["u-bo", "cus_0", "email:bo@example.com", "email:", "email:x", "%00", "%ff", "x" * 900, "\u202e"]
)
@pytest.mark.parametrize("about", ["", "/timeline", "/next", "/why?step=welcome"])
def test_nobody_is_found_by_another_name(product: Product, name: str, about: str) -> None:
    answer = product.client.get(f"/v1/customers/{name}{about}", headers=product.key("read"))

    assert "No customer goes by this id" in refusal(answer, 404)["detail"]


def test_an_id_is_one_however_it_is_composed(product: Product) -> None:
    product.signs_up(user_id="Zoe\u0308")

    assert product.asks("customers/Zo\u00eb")["user_id"] == product.asks("customers/Zoe\u0308")["user_id"]


@pytest.mark.usefixtures("ada")
def test_customers_are_listed_by_where_they_stand(product: Product) -> None:
    product.harbour.pass_time(hours=1)
    product.signs_up(user_id="u-bo", email="bo@example.com", role="florist")
    product.harbour.pass_time(hours=1)
    product.signs_up(user_id="u-cy", email="cy@example.com")
    product.signs("events", {"user_id": "u-cy", "event": "trial_cancelled"})

    assert people(product) == ["u-cy", "u-bo", "u-ada"]
    assert people(product, stage="assessing") == ["u-bo", "u-ada"]
    assert people(product, stage="assessing", persona="wilma") == ["u-bo"]
    assert people(product, journey="first-win") == ["u-bo", "u-ada"]
    assert people(product, stage="", persona="", cursor="") == ["u-cy", "u-bo", "u-ada"]
    assert people(product, stage="nowhere") == []


def test_a_long_list_goes_on_where_the_cursor_says(product: Product) -> None:
    for n in range(60):
        product.signs_up(user_id=f"u-{n}", email=f"u{n}@example.com", account=None)

    first = product.asks("customers")
    second = product.asks("customers", cursor=first["cursor"])

    assert (len(first["customers"]), len(second["customers"]), second["cursor"]) == (50, 10, None)
    assert len({one["customer_id"] for one in first["customers"] + second["customers"]}) == 60


def test_a_misspelt_question_is_not_answered_with_everybody(product: Product) -> None:
    document = refusal(product.client.get("/v1/customers?stag=adopted", headers=product.key("read")), 422)

    assert document["errors"] == [{"loc": "stag", "msg": "is not known here; did you mean 'stage'?"}]


@pytest.mark.parametrize("query", ["stage=%00", "cursor=%ff%00", "journey=" + "x" * 500, "persona=%ED%A0%80%00"])
def test_what_no_database_can_be_asked_is_refused(product: Product, query: str) -> None:
    refusal(product.client.get(f"/v1/customers?{query}", headers=product.key("read")), 422)


@pytest.mark.usefixtures("ada")
def test_a_timeline_tells_what_happened_and_why(product: Product) -> None:
    entries = product.asks("customers/u-ada/timeline")["entries"]

    kinds = {entry["kind"] for entry in entries}
    assert {"event", "stage", "persona", "entered", "message"} <= kinds
    assert all(entry["because"] for entry in entries)
    letter = next(entry["message"] for entry in entries if entry["kind"] == "message")
    assert (letter["email"], letter["state"], letter["variant"]) == ("welcome", "accepted", "kevin")
    assert [entry["at"] for entry in entries] == sorted((entry["at"] for entry in entries), reverse=True)


@pytest.mark.usefixtures("ada")
def test_a_timeline_goes_back_page_by_page(product: Product) -> None:
    product.signs(
        "events",
        {
            "events": [
                {"user_id": "u-ada", "event": f"e{n}", "at": f"2026-01-05T09:{n // 60:02}:{n % 60:02}Z"}
                for n in range(120)
            ]
        },
    )

    told_of: list[Any] = []
    query: dict[str, str] = {}
    while True:
        page = product.asks("customers/u-ada/timeline", **query)
        told_of += [entry["what"] for entry in page["entries"] if entry["kind"] == "event"]
        if page["before"] is None:
            break
        query = {"before": page["before"]}

    assert sorted(told_of) == sorted([f"e{n}" for n in range(120)] + ["signed_up"])


@pytest.mark.usefixtures("ada")
def test_a_page_before_no_moment_is_refused(product: Product) -> None:
    answer = product.client.get("/v1/customers/u-ada/timeline?before=lunch", headers=product.key("read"))

    assert refusal(answer, 422)["errors"][0]["loc"] == "before"


def test_next_says_what_is_waited_for_and_until_when(product: Product, ada: str) -> None:
    coming = product.asks("customers/u-ada/next")

    assert (coming["customer_id"], coming["stage"], coming["messages"]) == (ada, "assessing", [])
    assert coming["due_at"] == min(walk["due_at"] for walk in coming["enrollments"])
    waiting = {walk["journey"]: walk for walk in coming["enrollments"]}["first-win"]
    assert (waiting["step"], waiting["version"]) == ("data-in", 1)
    assert "2 days" in waiting["because"]


def test_a_letter_on_its_way_is_told_of_as_next(product: Product) -> None:
    product.signs_up()

    (letter,) = product.asks("customers/u-ada/next")["messages"]

    assert (letter["email"], letter["state"]) == ("welcome", "queued")


def test_why_is_answered_in_a_sentence_and_as_what_was_asked(product: Product, ada: str) -> None:
    sent = product.asks("customers/u-ada/why", step="welcome")
    never = product.asks("customers/u-ada/why", journey="welcome-aboard")

    assert (sent["outcome"], sent["customer_id"]) == ("sent", ada)
    assert sent["sentence"].startswith("Sent on")
    assert never["outcome"] == "never entered"
    assert [check["asks"] for check in sent["checks"]] == list(ASKED)
    assert {check["answer"] for check in sent["checks"]} == {"pass"}
    first = never["checks"][never["first_no"]]
    assert (first["asks"], first["answer"], first["live"]) == ("stage", "fail", True)
    assert first["fix"]["on"] == "journey/welcome-aboard"


@pytest.mark.usefixtures("ada")
def test_why_of_nothing_in_particular_is_told_of_every_journey(product: Product) -> None:
    journeys = {one["journey"]: one for one in product.asks("customers/u-ada/why")["journeys"]}

    assert journeys["first-win"]["outcome"] == "walking"
    assert journeys["welcome-aboard"]["outcome"] == "never entered"
    assert journeys["welcome-aboard"]["sentence"].startswith("Never entered welcome-aboard: ")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("step=x", "no journey has, or had, a step"),
        ("journey=first-win&step=x", "first-win has, and had, no step"),
        ("journey=x", "there is no journey"),
    ],
)
@pytest.mark.usefixtures("ada")
def test_why_of_what_does_not_exist_is_refused(product: Product, query: str, says: str) -> None:
    answer = product.client.get(f"/v1/customers/u-ada/why?{query}", headers=product.key("read"))

    assert says in refusal(answer, 422)["detail"]


def test_a_simulation_tells_the_days_ahead_and_keeps_nothing(product: Product) -> None:
    asked = {"journey": "first-win", "persona": "wilma", "days": 14, "from": "2026-01-05T09:00:00Z"}

    transcript = told(product.client.post("/v1/simulations", json=asked, headers=product.key("read")))

    assert [step["message"] for step in transcript["steps"] if step["do"] == "letter"][:2] == [
        "welcome",
        "connect-your-data",
    ]
    assert transcript["ended"] in ("finished", "left", "walking")
    assert transcript["because"]
    assert product.count("customers") == 0


@pytest.mark.parametrize(
    ("asked", "loc", "says"),
    [
        ({}, "journey", "is missing"),
        ({"journey": "first-wim"}, "journey", "did you mean 'first-win'?"),
        ({"journey": "first-win", "persona": "wilmer"}, "persona", "did you mean 'wilma'?"),
        ({"journey": "first-win", "days": 400}, "days", "less than or equal to 366"),
        ({"journey": "first-win", "from": "2026-01-05"}, "from", "ISO 8601"),
        ({"journey": "first-win", "from_": None}, "from_", "did you mean 'from'?"),
    ],
)
def test_a_simulation_of_what_does_not_exist_is_refused(product: Product, asked: Any, loc: str, says: str) -> None:
    (wrong,) = refusal(product.client.post("/v1/simulations", json=asked, headers=product.key("read")), 422)["errors"]

    assert wrong["loc"] == loc
    assert says in wrong["msg"]
