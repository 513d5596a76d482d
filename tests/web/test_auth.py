"""Who is let in: a key of the right scope, or whoever signed exactly these bytes, not long ago."""

from base64 import b64encode

import orjson
import pytest

from nurture.store import keys
from tests.web.harbour import SIGNUP_SECRET, Harbour
from tests.web.product import ADA, Product, refusal, signed, told

BODY = orjson.dumps(ADA)
OTHER_SECRET = "whsec_" + b64encode(b"another secret, of somebody else").decode()


def delivered(product: Product, headers: dict[str, str], body: bytes = BODY, path: str = "signups") -> int:
    """Deliver, and expect either to be let in or to be told 401 in the words of every other refused signature."""
    answer = product.client.post(f"/v1/{path}", data=body, headers=headers)
    if answer.status_code == 401:
        assert "cannot be verified" in refusal(answer, 401)["detail"]
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    return answer.status_code


def test_a_signature_over_exactly_these_bytes_lets_in(product: Product) -> None:
    assert delivered(product, signed(BODY, "msg_1")) == 201


@pytest.mark.parametrize("late", [-290, 290])
def test_a_clock_may_be_five_minutes_off(product: Product, late: float) -> None:
    assert delivered(product, signed(BODY, "msg_1", late=late)) == 201


@pytest.mark.parametrize("late", [-310, 310, 86_400])
def test_a_stale_or_early_signature_is_refused(product: Product, late: float) -> None:
    assert delivered(product, signed(BODY, "msg_1", late=late)) == 401
    assert product.count("events") == 0


def test_any_of_several_secrets_will_do_while_they_are_rotated(harbour: Harbour) -> None:
    harbour.parts = harbour.parts._replace(secrets=(OTHER_SECRET, SIGNUP_SECRET))
    product = Product(harbour)

    assert delivered(product, signed(BODY, "msg_1", OTHER_SECRET)) == 201
    assert delivered(product, signed(BODY, "msg_2", SIGNUP_SECRET)) == 200


def test_several_signatures_may_be_sent_while_they_are_rotated(product: Product) -> None:
    headers = signed(BODY, "msg_1", OTHER_SECRET)
    headers["webhook-signature"] += " " + signed(BODY, "msg_1")["webhook-signature"]

    assert delivered(product, headers) == 201


@pytest.mark.parametrize(
    "body", [BODY + b" ", BODY[:-1], BODY.replace(b"Ada", b"Bob"), orjson.dumps(ADA, option=orjson.OPT_INDENT_2), b""]
)
def test_other_bytes_are_refused(product: Product, body: bytes) -> None:
    assert delivered(product, signed(BODY, "msg_1"), body) == 401


def forgeries() -> dict[str, dict[str, str]]:
    """Headers that are nearly right."""
    good = signed(BODY, "msg_1")
    at, signature = good["webhook-timestamp"], good["webhook-signature"]
    return {
        "somebody else's secret": signed(BODY, "msg_1", OTHER_SECRET),
        "another id": good | {"webhook-id": "msg_2"},
        "another moment": good | {"webhook-timestamp": str(int(at) - 1)},
        "a fraction of a second": good | {"webhook-timestamp": f"{at}.5"},
        "a moment in words": good | {"webhook-timestamp": "now"},
        "a moment in other digits": good
        | {"webhook-timestamp": at.translate(str.maketrans("0123456789", "²¹³²¹³²¹³²"))},
        "an endless moment": good | {"webhook-timestamp": "9" * 4_000},
        "no signature": good | {"webhook-signature": ""},
        "no version": good | {"webhook-signature": signature.removeprefix("v1,")},
        "another version": good | {"webhook-signature": signature.replace("v1", "v2")},
        "no base64": good | {"webhook-signature": "v1,***"},
        "not ASCII": good | {"webhook-signature": "v1,\u00e9\u00e8"},
        "an id that is not ASCII": good | {"webhook-id": "msg_\u00e9"},
        "many commas": good | {"webhook-signature": f"{signature},{signature}"},
        "endless": good | {"webhook-signature": "v1,aaaa " * 10_000},
        "cut": good | {"webhook-signature": signature[:-4]},
    }


@pytest.mark.parametrize("name", forgeries())
def test_a_forgery_is_refused_and_learns_nothing(product: Product, name: str) -> None:
    assert delivered(product, forgeries()[name]) == 401
    assert (product.count("customers"), product.count("events")) == (0, 0)


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_each_header_is_needed_and_once(product: Product, header: str) -> None:
    headers = signed(BODY, "msg_1")
    twice = [*headers.items(), (header, headers[header])]
    without = {name: value for name, value in headers.items() if name != header}

    assert delivered(product, without) == 401
    assert product.client.post("/v1/signups", data=BODY, headers=twice).status_code == 401


def test_nobody_at_all_is_told_how_to_come_in(product: Product) -> None:
    by_both = refusal(product.client.post("/v1/signups", json=ADA), 401)["detail"]
    by_key = refusal(product.client.get("/v1/customers"), 401)["detail"]

    assert "scope `ingest`" in by_both
    assert "webhook-signature" in by_both
    assert "scope `read`" in by_key
    assert "webhook-signature" not in by_key


def test_a_signature_opens_only_the_two_signed_doors(product: Product) -> None:
    answer = product.client.post("/v1/leads", data=b"{}", headers=signed(b"{}", "msg_1"))

    assert "nurture keys add" in refusal(answer, 401)["detail"]


@pytest.mark.parametrize(
    "shown", ["Bearer ntk_unknown", "Bearer", "Basic bnRrOg==", "Bearer \u00e9", "ntk_x", "Bearer " + "x" * 9_000]
)
def test_what_is_no_key_opens_nothing(product: Product, shown: str) -> None:
    refusal(product.client.get("/v1/customers", headers={"Authorization": shown}), 401)


def test_a_wrong_key_is_not_saved_by_a_right_signature(product: Product) -> None:
    headers = signed(BODY, "msg_1") | {"Authorization": "Bearer ntk_unknown"}

    refusal(product.client.post("/v1/signups", data=BODY, headers=headers), 401)


def test_a_key_opens_what_its_scopes_say_and_no_more(product: Product) -> None:
    ingest, read, admin = product.key("ingest"), product.key("read", "write"), product.key("admin")

    assert told(product.client.get("/v1/customers", headers=read))["customers"] == []
    assert told(product.client.get("/v1/customers", headers=admin))["customers"] == []
    assert "needs a key of scope `read`" in refusal(product.client.get("/v1/customers", headers=ingest), 403)["detail"]
    assert "may read, write" in refusal(product.client.post("/v1/events", json={}, headers=read), 403)["detail"]


def test_a_revoked_key_opens_nothing(product: Product) -> None:
    read, harbour = product.key("read"), product.harbour
    with harbour.parts.ground.sessions.read() as session:
        (key,) = keys.all_keys(session)
    harbour.parts.ground.sessions.write(lambda session: keys.revoke(session, key.id, harbour.machine))

    assert "revoked" in refusal(product.client.get("/v1/customers", headers=read), 401)["detail"]


def test_every_route_under_v1_asks_who_is_calling(product: Product) -> None:
    rules = [rule for rule in product.app.url_map.iter_rules() if rule.rule.startswith("/v1")]

    assert len(rules) >= 9
    for rule in rules:
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            refusal(product.client.open(rule.rule.replace("<reference>", "u-ada"), method=method), 401)
