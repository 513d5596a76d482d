"""The door for SendGrid's events opens to its signature alone, on the raw bytes, and never for long."""

import base64
import json
from datetime import timedelta

import pytest

from nurture.settings import BadSetting, Settings
from tests.hooks.conftest import Hook, app_of, standing
from tests.sendgrid_events import SIGNATURE, TIMESTAMP, EventPost
from tests.stories.town import Town

N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # the order of P-256


def delivery(hook: Hook, body: bytes = b'[{"event":"processed"}]', *, seconds: int = 0) -> tuple[bytes, str, str]:
    stamp = str(int(hook.town.machine.timestamp()) + seconds)
    return body, stamp, hook.events.sign(body, stamp)


def posted(hook: Hook, body: bytes, *headers: tuple[str, str]) -> int:
    return hook.client.post("/hooks/sendgrid", data=body, headers=[*headers]).status_code


def knocks(hook: Hook, body: bytes, stamp: str, signature: str) -> int:
    return posted(hook, body, (TIMESTAMP, stamp), (SIGNATURE, signature))


def test_what_sendgrid_signs_is_taken(hook: Hook) -> None:
    assert knocks(hook, *delivery(hook)) == 204
    assert knocks(hook, *delivery(hook, b"[]")) == 204
    assert knocks(hook, *delivery(hook, seconds=-299)) == 204
    assert knocks(hook, *delivery(hook, seconds=299)) == 204


def test_whatever_else_is_refused(hook: Hook) -> None:
    body, stamp, signature = delivery(hook)
    anothers = EventPost().sign(body, stamp)
    refused = {
        "a byte more": knocks(hook, body + b"\n", stamp, signature),
        "a byte less": knocks(hook, body[:-1], stamp, signature),
        "the same JSON, written anew": knocks(hook, json.dumps(json.loads(body)).encode(), stamp, signature),
        "a second later": knocks(hook, body, str(int(stamp) + 1), signature),
        "a digit that moved over": knocks(hook, stamp[-1:].encode() + body, stamp[:-1], signature),
        "somebody else's key": knocks(hook, body, stamp, anothers),
        "too old": knocks(hook, *delivery(hook, seconds=-301)),
        "too new": knocks(hook, *delivery(hook, seconds=301)),
        "an object": knocks(hook, *delivery(hook, b'{"event":"processed"}')),
        "nothing": knocks(hook, *delivery(hook, b"")),
        "not UTF-8": knocks(hook, *delivery(hook, b'["\xff"]')),
        "no signature": posted(hook, body, (TIMESTAMP, stamp)),
        "no timestamp": posted(hook, body, (SIGNATURE, signature)),
        "two signatures, as a server joins them": knocks(hook, body, stamp, f"{signature},{signature}"),
        "two timestamps": knocks(hook, body, f"{stamp},{stamp}", signature),
        "no base64": knocks(hook, body, stamp, "no base64"),
        "not ASCII": knocks(hook, body, stamp, "\u00e9\u00e9\u00e9"),
        "nothing for one": knocks(hook, body, stamp, ""),
    }

    assert {name: status for name, status in refused.items() if status != 401} == {}


def test_a_signature_turned_over_is_the_same_delivery(town: Town, hook: Hook) -> None:
    ada = town.signs_up("ada")
    body = json.dumps([hook.of(ada, "spamreport")]).encode()
    _, stamp, signature = delivery(hook, body)

    assert knocks(hook, body, stamp, signature) == 204
    before = standing(ada)
    assert knocks(hook, body, stamp, turned(signature)) == 204
    assert standing(ada) == before


def turned(signature: str) -> str:
    """The other signature that says the same: (r, n - s)."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

    r, s = decode_dss_signature(base64.b64decode(signature))
    return base64.b64encode(encode_dss_signature(r, N - s)).decode()


def test_without_a_key_the_door_is_shut(town: Town, hook: Hook) -> None:
    hook.client = app_of(town, "").test_client()

    assert knocks(hook, *delivery(hook)) == 403


def test_two_keys_are_known_while_one_replaces_the_other(town: Town, hook: Hook) -> None:
    old, hook.events = hook.events, EventPost()
    hook.client = app_of(town, f"{hook.events.public_key}, {old.public_key}").test_client()

    assert knocks(hook, *delivery(hook)) == 204
    hook.events = old
    assert knocks(hook, *delivery(hook)) == 204


@pytest.mark.parametrize("key", ["no key", "MFkwEwYH", EventPost().public_key[:-4], f"{EventPost().public_key},"])
def test_a_key_that_is_none_stops_the_start(key: str) -> None:
    with pytest.raises(BadSetting, match=r"^SENDGRID_WEBHOOK_PUBLIC_KEY: expected"):
        Settings.load({"SENDGRID_WEBHOOK_PUBLIC_KEY": key})


@pytest.mark.parametrize(
    "body",
    [
        b"[",
        b"[" * 100_000,
        b'[{"event":"processed","x":NaN}]',
        b'[{"event":"processed","event":"bounce"}]',
        b'[null,1,"bounce",[[]],{}]',
        b'[{"event":"bounce","email":"\\ud800@x.example","reason":"\\u0000\\ud800"}]',
        b'[{"event":"bounce","nt_send_id":"\\u0000","email":"\\u0000"}]',
        b'[{"event":"delivered","timestamp":1e999,"nt_send_id":123}]',
    ],
)
def test_a_batch_of_rubbish_is_answered_and_harms_nobody(town: Town, hook: Hook, body: bytes) -> None:
    ada = town.signs_up("ada")

    assert knocks(hook, *delivery(hook, body)) in (204, 400)
    assert hook.hears(hook.of(ada, "delivered")).status_code == 204


def test_a_body_without_end_is_refused(hook: Hook) -> None:
    assert knocks(hook, *delivery(hook, b"[" + b" " * (4 << 20) + b"]")) == 413


def test_a_stop_that_meets_a_letter_on_its_way_is_asked_for_again(town: Town, hook: Hook) -> None:
    ada = town.signs_up("ada")
    complaint = hook.of(ada, "spamreport")
    with town.ground.sessions.read() as session:
        [(ada_letter,)] = session.rows("SELECT id FROM messages")
    leave(town, ada_letter, "handing")

    first = hook.hears(complaint)
    leave(town, ada_letter, "accepted")
    second = hook.hears(hook.events.again(complaint))

    assert (first.status_code, first.headers["Retry-After"]) == (503, "2")
    assert second.status_code == 204


def leave(town: Town, message_id: str, state: str) -> None:
    """Put a letter where a sender would have left it."""
    lease = int((town.machine + timedelta(minutes=1)).timestamp() * 1_000_000) if state == "handing" else None
    town.ground.sessions.write(
        lambda session: session.run(
            "UPDATE messages SET state = :state, lease_until = :lease WHERE id = :id",
            {"id": message_id, "state": state, "lease": lease},
        )
    )
