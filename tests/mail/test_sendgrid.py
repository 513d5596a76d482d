"""SendGrid at its worst: for each fault, the verdict; and the ledger never holds a letter that we call unsent."""

import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from nurture.channels.email.sendgrid import Body, SendGrid, TooLate, body_of
from tests.fake_sendgrid import FakeSendGrid
from tests.mail.samples import letter
from tests.sendgrid_rules import faults

DEADLINE = 0.3  # seconds, scaled down from ten
SOON = 5.0  # seconds


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeSendGrid]:
    with FakeSendGrid(tmp_path / "ledger") as server:
        yield server


@pytest.fixture
def sendgrid(fake: FakeSendGrid) -> Iterator[SendGrid]:
    opened = SendGrid(fake.key, fake.url)
    yield opened
    opened.close()


# Fault, outcome, how many letters the ledger then holds.
ANSWERED = [
    ("well", "accepted", 1),
    ("202-without-id", "accepted", 1),
    ("100-continue", "accepted", 1),
    ("gzip-garbage", "accepted", 1),
    ("gzip", "accepted", 1),
    ("short-body", "accepted", 1),
    ("200", "unknown", 0),
    ("301", "breaker", 0),
    ("400", "refused", 0),
    ("401", "breaker", 0),
    ("403", "breaker", 0),
    ("404", "breaker", 0),
    ("405", "breaker", 0),
    ("406", "breaker", 0),
    ("413", "refused", 0),
    ("415", "refused", 0),
    ("429", "retry", 0),
    ("451", "breaker", 0),
    ("500", "unknown", 0),
    ("500-accepted", "unknown", 1),
    ("502", "unknown", 0),
    ("503-accepted", "unknown", 1),
    ("504", "unknown", 0),
    ("reset-before-body", "unknown", 0),
    ("reset-mid-body", "unknown", 0),
    ("accept-then-reset", "unknown", 1),
    ("truncated-status", "unknown", 1),
    ("malformed", "unknown", 1),
]
SILENT = [("hang", 0), ("accept-then-hang", 1), ("slow-loris", 1)]


@pytest.mark.parametrize(("fault", "outcome", "accepted"), ANSWERED)
def test_the_verdict_on_each_answer(
    fake: FakeSendGrid, sendgrid: SendGrid, fault: str, outcome: str, accepted: int
) -> None:
    fake.misbehaves(fault)
    verdict = sendgrid.send(letter(), give_up_at=monotonic() + SOON)

    assert (verdict.outcome, len(fake.ledger)) == (outcome, accepted), verdict
    assert verdict.outcome in ("accepted", "unknown") or not fake.ledger


@pytest.mark.parametrize(("fault", "accepted"), SILENT)
def test_one_deadline_ends_silence_and_slowness_alike(
    fake: FakeSendGrid, sendgrid: SendGrid, fault: str, accepted: int
) -> None:
    fake.misbehaves(fault)
    verdict = sendgrid.send(letter(), give_up_at=monotonic() + DEADLINE)

    assert (verdict.outcome, len(fake.ledger)) == ("unknown", accepted)
    assert "the deadline passed" in verdict.because


def test_the_deadline_is_asked_directly_before_the_first_byte() -> None:
    """A sender may be frozen between connecting and writing; what it then still asks for is the body."""
    body = Body(b"{}", give_up_at=monotonic() - 0.001)

    with pytest.raises(TooLate):
        next(iter(body))
    assert not body.begun


def test_after_every_fault_the_next_letter_goes(fake: FakeSendGrid, sendgrid: SendGrid) -> None:
    for fault, _, _ in ANSWERED:
        fake.misbehaves(fault)
        sendgrid.send(letter(send_id=f"rude-{fault}"), give_up_at=monotonic() + SOON)
        assert sendgrid.send(letter(send_id=f"after-{fault}"), give_up_at=monotonic() + SOON).outcome == "accepted"

    told = [line.send_id for line in fake.ledger]
    assert len(told) == len(set(told))


def test_letters_share_connections(fake: FakeSendGrid, sendgrid: SendGrid) -> None:
    for n in range(20):
        sendgrid.send(letter(send_id=f"n{n}"), give_up_at=monotonic() + SOON)

    assert (len(fake.ledger), fake.connections) == (20, 1)


def test_many_threads_hand_over_each_letter_once(fake: FakeSendGrid, sendgrid: SendGrid) -> None:
    def send(first: int) -> None:
        for n in range(first, first + 10):
            sendgrid.send(letter(send_id=f"n{n}"), give_up_at=monotonic() + SOON)

    threads = [threading.Thread(target=send, args=(n * 10,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(line.send_id for line in fake.ledger) == sorted(f"n{n}" for n in range(80))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (("Retry-After: 7",), 7.0),
        (("Date: Mon, 05 Jan 2026 09:00:00 GMT", "X-RateLimit-Reset: 1767603630"), 30.0),
        (("X-RateLimit-Reset: soon",), 60.0),
        (("Retry-After: 99999999",), 3600.0),
        ((), 60.0),
    ],
)
def test_how_long_to_wait_is_told_by_the_servers_own_clock(
    fake: FakeSendGrid, sendgrid: SendGrid, headers: tuple[str, ...], seconds: float
) -> None:
    fake.misbehaves("429", headers=headers)

    assert sendgrid.send(letter(), give_up_at=monotonic() + SOON).retry_after == seconds


def test_nobody_there_is_a_retry() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    verdict = SendGrid("key", f"http://127.0.0.1:{port}").send(letter(), give_up_at=monotonic() + SOON)

    assert verdict.outcome == "retry"


def test_a_name_that_does_not_resolve_is_a_retry() -> None:
    verdict = SendGrid("key", "http://nobody.invalid").send(letter(), give_up_at=monotonic() + SOON)

    assert verdict.outcome == "retry"


def test_a_server_that_speaks_no_tls_gets_no_letter(fake: FakeSendGrid) -> None:
    opened = SendGrid(fake.key, fake.url.replace("http:", "https:"))
    verdict = opened.send(letter(), give_up_at=monotonic() + SOON)

    assert (verdict.outcome, fake.ledger) == ("retry", [])


def test_a_certificate_that_nobody_vouches_for_gets_no_letter(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with FakeSendGrid(tmp_path / "ledger", tls=context) as server:
        verdict = SendGrid(server.key, server.url).send(letter(), give_up_at=monotonic() + SOON)

        assert (verdict.outcome, server.ledger) == ("retry", [])


def test_a_handshake_that_never_ends_is_cut() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        verdict = SendGrid("key", url).send(letter(), give_up_at=monotonic() + DEADLINE)

    assert verdict.outcome == "retry"


def test_the_key_is_in_no_verdict_and_in_no_log(
    fake: FakeSendGrid, sendgrid: SendGrid, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = []
    for fault in ("well", "400", "401", "accept-then-reset", "malformed"):
        fake.misbehaves(fault)
        said.append(str(sendgrid.send(letter(), give_up_at=monotonic() + SOON)))
    said.append(repr(sendgrid) + repr(vars(sendgrid)["_pool"]))

    assert fake.key not in caplog.text + "".join(said)


def test_the_ledger_is_on_the_disk_before_any_answer(fake: FakeSendGrid, sendgrid: SendGrid) -> None:
    fake.misbehaves("accept-then-reset")
    sendgrid.send(letter(), give_up_at=monotonic() + SOON)

    assert [(line.send_id, line.to, line.categories) for line in fake.ledger] == [
        ("s3nd1d", "ada@customer.example", ("first-win.welcome",))
    ]


def changed(path: str, value: Any) -> dict[str, Any]:
    """A good body with one thing in it changed, or taken away where the value is None."""
    body = here = body_of(letter())
    *way, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    for part in way:
        here = here[part]  # type: ignore[index]
    if value is None:
        del here[last]  # type: ignore[arg-type]
    else:
        here[last] = value  # type: ignore[index]
    return body


REFUSED = [
    ("subject", "a\r\nBcc: x"),
    ("subject", None),
    ("subject", "x" * 999),
    ("content", []),
    ("content/0/type", "text/html"),
    ("content/1/value", ""),
    ("content/1/value", '<a href="javascript:x">'),
    ("content/0/value", "no way out"),
    ("personalizations", []),
    ("personalizations/0/to", []),
    ("personalizations/0/to/0/email", "a@b.example\r\nBcc: x"),
    ("personalizations/0/to/0/name", "Byron, Ada"),
    ("personalizations/0/custom_args/nt_send_id", 5),
    ("personalizations/0/custom_args/who", "ada@customer.example"),
    ("personalizations/0/send_at", 1),
    ("custom_args", {"a": "b"}),
    ("from/email", "ána@harbour.example"),
    ("headers/To", "eve@evil.example"),
    ("headers/List-Id", "a\nb"),
    ("headers/List-Unsubscribe-Post", None),
    ("headers/Auto-Submitted", None),
    ("categories", ["a"] * 11),
    ("categories", ["ada@customer.example"]),
    ("tracking_settings/click_tracking/enable", True),
    ("tracking_settings/subscription_tracking", None),
    ("mail_settings", {"bypass_list_management": {"enable": True}}),
    ("asm", {"group_id": 1}),
]


@pytest.mark.parametrize(("path", "value"), REFUSED)
def test_the_fake_is_stricter_than_sendgrids_own_schema(path: str, value: Any) -> None:
    assert list(faults(body_of(letter()))) == []
    assert list(faults(changed(path, value)))
