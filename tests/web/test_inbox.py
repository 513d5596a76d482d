"""Messages in the product: newest first, seen once, nobody else's, and gone with whom they were for."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from nurture.store.ids import new_id
from nurture.store.schema import micros
from tests.web.harbour import MONDAY
from tests.web.product import Product, refusal, told

HOUR = timedelta(hours=1)
SHOW = (
    "INSERT INTO notices (id, customer_id, journey, entry, step, pass, title, body, label, url, state, because, at)"
    " VALUES (:id, :customer, 'first-win', 1, :step, 1, :title, 'Body', 'Open', '/reports', 'shown', 'because', :at)"
)


@pytest.fixture
def ada(product: Product) -> str:
    customer_id: str = told(product.signs_up(), 201)["customer_id"]
    return customer_id


def shows(product: Product, customer_id: str, titles: Iterable[str], at: datetime = MONDAY) -> None:
    """Show these messages to somebody, an hour apart."""
    rows = [
        {"id": new_id("ntc", at + n * HOUR), "customer": customer_id, "step": title, "title": title,
         "at": micros(at + n * HOUR)}
        for n, title in enumerate(titles)
    ]  # fmt: skip
    product.harbour.parts.ground.sessions.write(lambda session: session.many(SHOW, rows))


def sees(product: Product, notice_id: str, whom: str = "u-ada", scope: str = "write") -> TestResponse:
    return product.client.post(f"/v1/customers/{whom}/inbox/{notice_id}/seen", headers=product.key(scope))


def inbox(product: Product, whom: str = "u-ada", **query: str) -> Any:
    return product.asks(f"customers/{whom}/inbox", **query)


def titles(page: Any) -> list[str]:
    return [one["title"] for one in page["messages"]]


def test_messages_are_listed_newest_first_and_page_by_page(product: Product, ada: str) -> None:
    shows(product, ada, [f"m{n:02}" for n in range(60)])

    first = inbox(product)
    second = inbox(product, cursor=first["cursor"])

    assert titles(first) == [f"m{n:02}" for n in range(59, 9, -1)]
    assert titles(second) == [f"m{n:02}" for n in range(9, -1, -1)]
    assert (first["unseen"], second["unseen"], second["cursor"]) == (60, 60, None)
    assert first["messages"][0] | {"id": ""} == {
        "id": "", "journey": "first-win", "step": "m59", "title": "m59", "body": "Body", "label": "Open",
        "url": "/reports", "at": "2026-01-07T20:00:00+00:00", "seen_at": None,
    }  # fmt: skip


def test_a_message_is_seen_once(product: Product, ada: str) -> None:
    shows(product, ada, ["one", "two"])
    newest = inbox(product)["messages"][0]["id"]

    first = told(sees(product, newest))
    product.harbour.now += HOUR
    again = told(sees(product, newest))

    after = inbox(product)
    assert first["seen_at"] == again["seen_at"] == "2026-01-05T09:00:00+00:00"
    assert (after["unseen"], titles(after)) == (1, ["two", "one"])
    assert after["messages"][0] == first


def test_nobody_sees_anothers_message(product: Product, ada: str) -> None:
    bo = told(product.signs_up(user_id="u-bo", email="bo@example.com"), 201)["customer_id"]
    shows(product, ada, ["one"])
    own = inbox(product)["messages"][0]["id"]

    assert titles(inbox(product, bo)) == []
    for wrong in (own, "ntc_none", "%00", "x" * 300):
        assert "No message of this customer" in refusal(sees(product, wrong, "u-bo"), 404)["detail"]
    assert refusal(sees(product, own, "u-nobody"), 404)
    assert refusal(sees(product, own, scope="read"), 403)
    assert inbox(product)["unseen"] == 1


def test_who_has_left_has_no_messages_and_finds_none_of_them_on_coming_back(product: Product, ada: str) -> None:
    shows(product, ada, ["before"])
    own = inbox(product)["messages"][0]["id"]
    product.harbour.now += HOUR

    product.signs("events", {"user_id": "u-ada", "event": "trial_cancelled"})
    gone = inbox(product)
    refused = sees(product, own)
    product.harbour.now += HOUR
    product.signs_up(at="2026-01-05T11:00:00Z")
    shows(product, ada, ["after"], product.harbour.now)
    back = inbox(product)

    assert (titles(gone), gone["unseen"], refused.status_code) == ([], 0, 404)
    assert (titles(back), back["unseen"]) == (["after"], 1)
    assert sees(product, own).status_code == 404
