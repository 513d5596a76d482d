"""What a program decides in the name of staff: at once, with its reason, and in nobody else's name."""

from typing import Any

import pytest

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
