"""An event has taken effect when it is answered, once, and one that cannot be taken spoils no other."""

from typing import Any

import orjson
import pytest

from nurture.web.api.events import MAX_BATCH
from tests.web.product import ADA, Product, refusal, told

SHARED = {"user_id": "u-ada", "event": "report_shared"}


def taken(product: Product, content: Any, delivery: str = "") -> Any:
    return told(product.signs("events", content, delivery), 202)


def counts(receipt: Any) -> tuple[int, int, int]:
    return receipt["accepted"], receipt["duplicates"], receipt["held"]


def test_a_milestone_is_reached_when_its_event_is_answered(product: Product) -> None:
    product.signs_up()

    receipt = taken(product, {**SHARED, "id": "e-1", "properties": {"report": 7}, "at": "2026-01-05T09:00:00+00:00"})

    assert receipt == {"accepted": 1, "duplicates": 0, "held": 0, "rejected": []}
    ada = product.asks("customers/u-ada")
    assert [reached["milestone"] for reached in ada["milestones"]] == ["first_value"]
    assert {walk["journey"]: walk["state"] for walk in ada["enrollments"]}["first-win"] == "finished"


def test_a_cancellation_ends_the_stage_before_it_is_answered(product: Product) -> None:
    product.signs_up()

    taken(product, {"user_id": "u-ada", "event": "trial_cancelled"})

    assert product.asks("customers/u-ada")["stage"] == "terminated"


def test_an_event_waits_for_its_sign_up_and_takes_effect_with_it(product: Product) -> None:
    held = taken(product, {"events": [SHARED, {"email": "ADA@example.com", "event": "source_connected"}]})
    ada = told(product.signs_up(), 201)

    assert counts(held) == (0, 0, 2)
    known = product.asks(f"customers/{ada['customer_id']}")
    assert {reached["milestone"] for reached in known["milestones"]} == {"first_value", "first_source"}


def test_an_event_is_counted_once_by_its_id_whoever_reports_it(product: Product) -> None:
    product.signs_up()
    event = {**SHARED, "id": "e-1"}

    by_key = product.client.post("/v1/events", json=event, headers=product.key("ingest"))

    assert counts(told(by_key, 202)) == (1, 0, 0)
    assert counts(taken(product, event)) == (0, 1, 0)
    assert counts(taken(product, {"events": [event, event]})) == (0, 2, 0)


def test_a_redelivered_batch_counts_nothing_twice_though_its_events_have_no_ids(product: Product) -> None:
    product.signs_up()
    batch = {"events": [SHARED, SHARED]}

    assert counts(taken(product, batch, "msg_b")) == (2, 0, 0)
    assert counts(taken(product, batch, "msg_b")) == (0, 2, 0)
    assert counts(taken(product, batch, "msg_c")) == (2, 0, 0)


def test_without_any_id_every_delivery_is_news(product: Product) -> None:
    product.signs_up()
    ingest = product.key("ingest")

    answers = [product.client.post("/v1/events", json=SHARED, headers=ingest) for _ in range(2)]

    assert [counts(told(answer, 202)) for answer in answers] == [(1, 0, 0), (1, 0, 0)]


def test_one_that_cannot_be_taken_is_named_by_its_place(product: Product) -> None:
    product.signs_up()
    batch = [SHARED, {"user_id": "u-ada", "evnt": "x"}, 7, {**SHARED, "user_id": "u-bo"}, {**SHARED, "at": "now"}]

    receipt = taken(product, {"events": batch})

    assert counts(receipt) == (1, 0, 1)
    assert [each["index"] for each in receipt["rejected"]] == [1, 2, 4]
    details = [each["detail"] for each in receipt["rejected"]]
    assert "evnt: is not known here; did you mean 'event'?" in details[0]
    assert "must be a JSON object" in details[1]
    assert details[2].startswith("at: must be an ISO 8601 moment")


def test_a_batch_without_a_single_sound_event_is_refused(product: Product) -> None:
    document = refusal(product.signs("events", {"events": [{"event": "x"}, {}]}), 422)

    assert [each["index"] for each in document["rejected"]] == [0, 1]
    assert document["errors"][0]["loc"] == "events.0"
    assert document["errors"][0]["msg"].startswith("name the customer by user_id or email")
    assert product.count("events") == 0


def test_an_event_by_account_alone_is_about_everybody_in_it(product: Product) -> None:
    for name in ("ada", "bo"):
        product.signs_up(user_id=f"u-{name}", email=f"{name}@example.com", account={"id": "a-engines"})

    receipt = taken(
        product,
        {"events": [{"account_id": "a-engines", "event": "account_closed"}, {"account_id": "a-9", "event": "x"}]},
    )

    assert counts(receipt) == (1, 0, 0)
    assert [each["index"] for each in receipt["rejected"]] == [1]
    assert {product.asks(f"customers/u-{name}")["stage"] for name in ("ada", "bo")} == {"terminated"}


def test_an_empty_batch_is_no_news(product: Product) -> None:
    assert counts(taken(product, {"events": []})) == (0, 0, 0)


@pytest.mark.parametrize(
    ("content", "loc", "says"),
    [
        ({"event": "x"}, "", "name the customer by user_id or email"),
        ({"account_id": "a-1", "event": "x"}, "", "nobody is known in the account 'a-1'"),
        ({"events": [{"account_id": "a-1", "event": "x"}]}, "events.0", "nobody is known in the account 'a-1'"),
        ({"user_id": "u-ada"}, "event", "is missing"),
        ({**SHARED, "event": ""}, "event", "at least 1 character"),
        ({**SHARED, "event": "a\nb"}, "event", "printable"),
        ({**SHARED, "event": "signed_up"}, "event", "sign-ups go to /v1/signups"),
        ({**SHARED, "event": "unsubscribed"}, "event", "not for the product to report"),
        ({**SHARED, "event": "any"}, "event", "not for the product to report"),
        ({**SHARED, "event": "trial_changed"}, "event", "it goes to /v1/customers/{user_id}/trial"),
        ({**SHARED, "event": "wishes"}, "event", "give the event another name"),
        ({**SHARED, "propertys": {}}, "propertys", "did you mean 'properties'?"),
        ({**SHARED, "customer_id": "cus_1"}, "customer_id", "is not known here"),
        ({**SHARED, "properties": []}, "properties", "valid dictionary"),
        ({**SHARED, "properties": {"x": "y" * 33_000}}, "", "at most 32 KB"),
        ({**SHARED, "id": 7}, "id", "valid string"),
        ({"email": "nobody", "event": "x"}, "email", "one @"),
        ({"events": {}}, "events", "valid list"),
        ({"events": [], "event": "x"}, "event", "did you mean 'events'?"),
        ({"events": [SHARED] * (MAX_BATCH + 1)}, "events", "at most 2500"),
    ],
)
def test_what_cannot_be_taken_is_refused(product: Product, content: Any, loc: str, says: str) -> None:
    document = refusal(product.signs("events", content), 422)

    assert [wrong["loc"] for wrong in document["errors"]] == [loc]
    assert says in document["errors"][0]["msg"]
    assert product.count("events") == 0


def test_a_full_batch_is_taken_at_once(product: Product) -> None:
    product.signs_up()
    batch = {"events": [{**SHARED, "properties": {"pad": "x" * 1_000}}] * MAX_BATCH}
    assert len(orjson.dumps(batch)) > 1 << 20

    assert counts(taken(product, batch)) == (MAX_BATCH, 0, 0)


def test_no_more_than_a_batch_is_read(product: Product) -> None:
    much = {"events": [{**SHARED, "properties": {"pad": "x" * 2_000}}] * 2_200}

    assert "4 MiB" in refusal(product.signs("events", much), 413)["detail"]
    assert (
        "single event"
        in refusal(product.signs("events", {**SHARED, "properties": {"pad": "x" * (1 << 20)}}), 413)["detail"]
    )
    assert "1 MiB" in refusal(product.signs("signups", {**ADA, "traits": {"pad": "x" * (1 << 20)}}), 413)["detail"]
