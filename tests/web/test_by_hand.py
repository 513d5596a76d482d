"""What a program decides in the name of staff: at once, with its reason, and in nobody else's name."""

from typing import Any

import pytest

from nurture.store import audit
from tests.web.product import Product, refusal, told


@pytest.fixture
def ada(product: Product) -> str:
    customer_id: str = told(product.signs_up(), 201)["customer_id"]
    return customer_id


def patches(product: Product, content: Any, whom: str = "u-ada", scope: str = "write") -> Any:
    return product.client.patch(f"/v1/customers/{whom}", json=content, headers=product.key(scope))


def moves(product: Product, content: Any, whom: str = "u-ada", scope: str = "write") -> Any:
    return product.client.post(f"/v1/customers/{whom}/stage", json=content, headers=product.key(scope))


@pytest.mark.usefixtures("ada")
def test_a_stage_by_hand_is_the_answers_stage_and_says_why(product: Product) -> None:
    stands = told(moves(product, {"to": "at_risk", "because": "they said so on the phone"}))

    history = product.asks("customers/u-ada")["stage_history"]
    assert stands["stage"] == "at_risk"
    assert [(one["to"], one["because"]) for one in history][-1] == ("at_risk", "by hand: they said so on the phone")


@pytest.mark.usefixtures("ada")
def test_a_persona_is_locked_and_unlocked_and_traits_come_and_go(product: Product) -> None:
    locked = told(patches(product, {"persona": "wilma", "because": "she told us"}))
    still = told(patches(product, {"traits": {"role": "developer", "team": "search"}}))
    free = told(patches(product, {"persona_locked": False, "traits": {"team": None}}))

    assert (locked["persona"], locked["persona_because"]) == ("wilma", "by hand: she told us")
    assert (still["persona"], still["traits"]["team"]) == ("wilma", "search")
    assert (free["persona"], "team" in free["traits"]) == ("kevin", False)


@pytest.mark.usefixtures("ada")
def test_a_trait_of_an_earlier_moment_does_not_replace_a_later_one(product: Product) -> None:
    patches(product, {"traits": {"seats": 9}})

    late = told(patches(product, {"traits": {"seats": 3, "floor": "2nd"}, "at": "2025-12-24T09:00:00Z"}))

    assert (late["traits"]["seats"], late["traits"]["floor"]) == (9, "2nd")


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(
    ("content", "field", "said"),
    [
        ({}, "", "say at least one of traits, persona, persona_locked"),
        ({"persona": "kevn"}, "persona", "did you mean 'kevin'?"),
        ({"persona_locked": True}, "", "name the persona that is to stay"),
        ({"trait": {}}, "trait", "is not known here; did you mean 'traits'?"),
        ({"traits": {"x": "y" * 40_000}}, "traits", "must be at most 32 KB"),
        ({"persona": "kevin", "at": "2026-01-05T09:00:00Z"}, "", "name the traits that were so at that moment"),
    ],
)
def test_a_patch_that_cannot_be_taken_names_the_field_and_changes_nothing(
    product: Product, content: Any, field: str, said: str
) -> None:
    before = product.asks("customers/u-ada")

    (wrong,) = refusal(patches(product, content), 422)["errors"]

    assert (wrong["loc"], said in wrong["msg"]) == (field, True)
    assert product.asks("customers/u-ada") == before


@pytest.mark.usefixtures("ada")
def test_only_a_key_that_may_write_decides_and_only_about_those_there_are(product: Product) -> None:
    for scope in ("read", "ingest"):
        assert patches(product, {"persona": "wilma"}, scope=scope).status_code == 403
        assert moves(product, {"to": "at_risk", "because": "x"}, scope=scope).status_code == 403
    refusal(moves(product, {"to": "at_risk", "because": "x"}, whom="nobody"), 404)
    (wrong,) = refusal(moves(product, {"to": "at_rsk", "because": "x"}), 422)["errors"]
    assert "did you mean 'at_risk'?" in wrong["msg"]


def test_only_a_letter_to_a_segment_is_started(product: Product) -> None:
    answer = product.client.post("/v1/documents/journey/first-win/start", json={}, headers=product.key("write"))

    assert "is no letter to a segment" in refusal(answer, 409)["detail"]


def asks_for(product: Product, act: str, content: Any, whom: str = "u-ada", scope: str = "write") -> Any:
    return product.client.post(f"/v1/customers/{whom}/{act}", json=content, headers=product.key(scope))


FIRST_WIN = {"journey": "first-win", "entry": 1, "because": "they know it"}


@pytest.mark.usefixtures("ada")
def test_a_customer_is_held_and_released_and_says_so(product: Product) -> None:
    held = told(asks_for(product, "hold", {"because": "on holiday"}))
    again = told(asks_for(product, "hold", {"because": "twice"}))
    why = product.asks("customers/u-ada/why", journey="first-win")
    free = told(asks_for(product, "release", {"because": "back"}))

    assert (held["held_because"].startswith("by key_"), held["due_at"]) == (True, None)
    assert held["held_because"].endswith(": on holiday")
    assert (again["held_at"], again["held_because"]) == (held["held_at"], held["held_because"])
    assert held["held_because"] in why["sentence"]
    assert (free["held_at"], free["held_because"], free["due_at"] is None) == (None, None, False)


@pytest.mark.usefixtures("ada")
def test_a_step_is_passed_and_a_letter_sent_where_they_stand(product: Product) -> None:
    passed = told(asks_for(product, "skip", {**FIRST_WIN, "step": "nudge-data"}))
    twice = refusal(asks_for(product, "skip", {**FIRST_WIN, "step": "nudge-data"}), 409)["detail"]
    elsewhere = refusal(asks_for(product, "send-now", {**FIRST_WIN, "step": "welcome"}), 409)["detail"]
    sent = told(asks_for(product, "send-now", {**FIRST_WIN, "step": "data-in"}))

    assert passed["customer_id"] == sent["customer_id"]
    assert twice.startswith("Nothing has changed: nudge-data is to be passed already: skipped by key_")
    assert elsewhere.startswith("Nothing has changed: they are not at welcome any more: they stand at data-in")
    letters = product.asks("customers/u-ada/next")["messages"]
    assert "nudge-report" in [letter["step"] for letter in letters]  # the one before was to be passed


@pytest.mark.usefixtures("ada")
def test_a_journey_is_ended_for_somebody_and_begun_anew_where_it_lets_them_in(product: Product) -> None:
    ended = told(asks_for(product, "remove", FIRST_WIN))
    twice = refusal(asks_for(product, "remove", FIRST_WIN), 409)["detail"]
    no_way_in = refusal(asks_for(product, "start", {"journey": "gone-quiet", "because": "try"}), 409)["detail"]
    unknown = refusal(asks_for(product, "start", {"journey": "nope", "because": "try"}), 409)["detail"]

    (walk,) = (one for one in product.asks("customers/u-ada")["enrollments"] if one["journey"] == "first-win")
    assert ended["customer_id"]
    assert (walk["state"], "removed by key_" in walk["because"]) == ("left", True)
    assert twice.startswith("Nothing has changed: they do not walk first-win any more")
    assert no_way_in.startswith("Nothing has changed: ")
    assert unknown == "Nothing has changed: 'nope' is no published journey that can be entered."


@pytest.mark.usefixtures("ada")
def test_what_is_held_is_handed_out_and_then_forgotten(product: Product) -> None:
    admin = product.key("admin")
    held = told(product.client.get("/v1/customers/u-ada/held", headers=admin))

    gone = product.client.delete("/v1/customers/u-ada?because=asked+by+letter", headers=admin)

    assert held["customers"][0]["email"] == "ada@example.com"
    assert (gone.status_code, gone.data) == (204, b"")
    assert product.count("customers") == product.count("messages") == 0
    refusal(product.client.delete("/v1/customers/u-ada", headers=admin), 404)
    with product.harbour.parts.ground.sessions.read() as session:
        told_of = {one.act: one.after for one in audit.entries(session, about=held["customers"][0]["id"])}
    assert told_of["erase"] == {"because": "asked by letter"}
    assert "export data" in told_of


@pytest.mark.usefixtures("ada")
def test_only_an_admin_s_key_hands_out_or_forgets(product: Product) -> None:
    weaker = product.key("ingest", "read", "write")

    refusal(product.client.delete("/v1/customers/u-ada", headers=weaker), 403)
    refusal(product.client.get("/v1/customers/u-ada/held", headers=weaker), 403)

    assert product.count("customers") == 1


@pytest.mark.usefixtures("ada")
def test_a_person_takes_over_and_looks_after_them_from_then_on(product: Product) -> None:
    taken = told(asks_for(product, "take-over", {"because": "asked for a person"}))
    again = told(asks_for(product, "take-over", {"because": "asked for a person"}))
    with product.harbour.parts.ground.sessions.read() as session:
        first, *_ = product.harbour.parts.ground.shelf.playbook(session).policy.owners
    owned = told(asks_for(product, "owner", {"owner": first.id}))
    unknown = refusal(asks_for(product, "owner", {"owner": "zoe"}), 409)["detail"]
    nobodys = told(asks_for(product, "owner", {"owner": None}))

    assert (taken["task_id"], taken["held_because"]) == (again["task_id"], again["held_because"])
    assert (owned["owner"], nobodys["owner"]) == (first.id, None)
    assert unknown.startswith("Nothing has changed: there is no owner 'zoe'; the policy names ")


@pytest.mark.usefixtures("ada")
def test_notes_are_written_and_read(product: Product) -> None:
    written = told(asks_for(product, "notes", {"text": "Prefers to be called."}), 201)
    refusal(asks_for(product, "notes", {"text": "  "}), 409)
    refusal(asks_for(product, "notes", {"text": "x" * 4_001}), 422)

    kept = product.asks("customers/u-ada/notes")["notes"]
    assert [(one["id"], one["author"][:4], one["text"]) for one in kept] == [
        (written["id"], "key_", "Prefers to be called.")
    ]


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(
    ("act", "content", "field"),
    [
        ("hold", {}, "because"),
        ("release", {"because": 1}, "because"),
        ("skip", {**FIRST_WIN, "step": "welcome", "entry": 0}, "entry"),
        ("send-now", FIRST_WIN, "step"),
        ("start", {"because": "x"}, "journey"),
        ("remove", {**FIRST_WIN, "entry": "1"}, "entry"),
        ("take-over", {"because": "x", "brief": "y"}, "brief"),
        ("owner", {}, "owner"),
    ],
)
def test_what_cannot_be_read_names_its_field(product: Product, act: str, content: Any, field: str) -> None:
    errors = refusal(asks_for(product, act, content), 422)["errors"]

    assert [one["loc"] for one in errors] == [field]


@pytest.mark.usefixtures("ada")
def test_only_a_key_that_may_write_steers_and_only_with_a_reason(product: Product) -> None:
    acts = ("hold", "release", "skip", "send-now", "start", "remove", "take-over", "owner", "notes")

    assert {asks_for(product, act, {"because": "x"}, scope="read").status_code for act in acts} == {403}
    refusal(asks_for(product, "hold", {"because": "x"}, whom="nobody"), 404)
    assert "say why" in refusal(asks_for(product, "hold", {"because": ""}), 409)["detail"]
