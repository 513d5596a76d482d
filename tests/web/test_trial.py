"""The trial's clock as a program sets it: exactly one change, in effect when it is answered."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.web.product import Product, refusal, told


@pytest.fixture
def ada(product: Product) -> str:
    customer_id: str = told(product.signs_up(), 201)["customer_id"]
    return customer_id


def changes(product: Product, content: Any, whom: str = "u-ada", scope: str = "write", **headers: str) -> TestResponse:
    return product.client.post(f"/v1/customers/{whom}/trial", json=content, headers={**product.key(scope), **headers})


@pytest.mark.usefixtures("ada")
def test_a_trial_is_extended_ended_paused_and_goes_on(product: Product) -> None:
    asked = [{"extend": "7d"}, {"ends_at": "2026-02-01T10:00:00+01:00"}, {"pause": True}, {"pause": False}]

    stands = [told(changes(product, one)) for one in asked]

    assert [one["trial_ends_at"] for one in stands] == [
        "2026-01-26T09:00:00+00:00", *["2026-02-01T09:00:00+00:00"] * 3
    ]  # fmt: skip
    assert [one["trial_paused_at"] for one in stands] == [None, None, "2026-01-05T09:00:00+00:00", None]
    assert product.harbour.nudges >= 4


@pytest.mark.usefixtures("ada")
def test_a_delivery_that_comes_again_extends_once(product: Product) -> None:
    for _ in range(2):
        stands = told(changes(product, {"extend": "7d"}, **{"Idempotency-Key": "one"}))

    assert stands["trial_ends_at"] == "2026-01-26T09:00:00+00:00"


@pytest.mark.usefixtures("ada")
def test_what_is_no_change_of_a_trial_is_refused_with_the_reason(product: Product) -> None:
    wrong = [
        ({}, "exactly one of extend"),
        ({"extend": "7d", "pause": True}, "exactly one of extend"),
        ({"extend": "seven"}, "expected a duration"),
        ({"extend": "-7d"}, "made shorter by `ends_at`"),
        ({"extend": "0d"}, "expected a duration"),
        ({"ends_at": "tomorrow"}, "ISO 8601"),
        ({"pause": "yes"}, "boolean"),
        ({"extends": "7d"}, "did you mean 'extend'"),
    ]

    for content, says in wrong:
        assert says in refusal(changes(product, content), 422)["detail"], content
    assert "cannot end before" in refusal(changes(product, {"ends_at": "2025-01-01T00:00:00Z"}), 409)["detail"]
    assert product.asks("customers/u-ada")["trial_ends_at"] == "2026-01-19T09:00:00+00:00"


def test_only_who_may_write_changes_a_trial_and_only_a_known_ones(product: Product, ada: str) -> None:
    product.harbour.asks("lea")

    assert refusal(changes(product, {"pause": True}, scope="read"), 403)
    assert refusal(changes(product, {"pause": True}, scope="ingest"), 403)
    assert refusal(changes(product, {"pause": True}, whom="u-nobody"), 404)
    assert "no trial" in refusal(changes(product, {"pause": True}, whom="email:lea@example.com"), 409)["detail"]
    assert told(changes(product, {"pause": True}, whom=ada))["trial_paused_at"]
