"""One call: signed for whoever is called, bounded in time and size, and never a way into our own network."""

import socket
import ssl
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from time import monotonic

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from nurture.app import Clock
from nurture.channels.webhook import Answer, Resolve, Target, Webhooks, look_up, public
from tests.calls.receiver import A_LOT, DRIP, HANG, LONG, SILENT, Receiver, a_receiver, tls_of

SECRET, OLDER = "whsec_dGhpcyBpcyBubyByZWFsIHNlY3JldCBhdCBhbGw=", "whsec_YW4gb2xkZXIgc2VjcmV0IG9mIG5vYm9keSdz"
BODY = '{"type":"journey.webhook","data":{"name":"Zoë"}}'
LONG_ENOUGH = 10.0  # seconds; no test waits for it


def called(
    url: str, *secrets: str, seconds: float = LONG_ENOUGH, webhooks: Webhooks | None = None, own_id: str = "cal_1"
) -> Answer:
    """Call this address once, from a machine that may call itself."""
    webhooks = webhooks or Webhooks(loopback=True)
    return webhooks.call(Target(url, secrets), own_id, BODY, Clock().machine(), monotonic() + seconds)


def test_a_call_is_signed_for_whoever_is_called(receiver: Receiver) -> None:
    answer = called(receiver.answers("/crm?who=us"), SECRET)

    (heard,) = receiver.heard
    assert answer == Answer("accepted", "accepted with 200", 200)
    assert (heard.path, heard.body.decode(), heard.headers["webhook-id"]) == ("/crm?who=us", BODY, "cal_1")
    assert heard.headers["Content-Type"] == "application/json"
    assert Webhook(SECRET).verify(heard.body, dict(heard.headers)) == {
        "type": "journey.webhook", "data": {"name": "Zoë"},
    }  # fmt: skip
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(heard.body + b" ", dict(heard.headers))


def test_while_a_secret_is_changed_both_sign(receiver: Receiver) -> None:
    called(receiver.answers("/crm"), SECRET, OLDER)

    for secret in (SECRET, OLDER):
        assert Webhook(secret).verify(receiver.heard[0].body, dict(receiver.heard[0].headers))


def test_without_a_secret_a_call_goes_unsigned_but_named(receiver: Receiver) -> None:
    called(receiver.answers("/crm"))

    headers = receiver.heard[0].headers
    assert (headers["webhook-id"], headers["webhook-signature"]) == ("cal_1", None)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_ä", "not base64!"])
def test_a_secret_that_is_none_makes_no_call(receiver: Receiver, secret: str) -> None:
    answer = called(receiver.answers("/crm"), secret)

    assert answer == Answer("failed", "not called: its secret is not of the form whsec_...")
    assert receiver.heard == []


@pytest.mark.parametrize(
    ("status", "outcome", "because"),
    [
        (204, "accepted", "accepted with 204"),
        (301, "failed", "redirects (301), which is never followed"),
        (307, "failed", "redirects (307), which is never followed"),
        (400, "failed", "answers 400"),
        (410, "gone", "answers 410"),
        (429, "failed", "answers 429"),
        (500, "failed", "answers 500"),
        (SILENT, "failed", "the connection broke"),
    ],
)
def test_an_answer_is_read_by_its_status(receiver: Receiver, status: int | str, outcome: str, because: str) -> None:
    answer = called(receiver.answers("/crm", status))

    assert answer.outcome == outcome
    assert because in answer.because
    assert [heard.path for heard in receiver.heard] == ["/crm"]


def test_of_a_long_answer_no_more_is_read_than_it_takes(receiver: Receiver) -> None:
    answer = called(receiver.answers("/crm", LONG))

    assert answer.http_status == 500
    assert receiver.sent < A_LOT


@pytest.mark.parametrize("slow", [HANG, DRIP])
def test_a_call_ends_by_its_deadline(receiver: Receiver, slow: str) -> None:
    answer = called(receiver.answers("/crm", slow), seconds=0.3)

    assert answer == Answer("failed", "no answer in time")
    assert not receiver.let_go.is_set()


def test_a_name_that_took_too_long_is_not_called(receiver: Receiver) -> None:
    answer = called(receiver.answers("/crm"), seconds=-1)

    assert answer == Answer("failed", "its name took too long to resolve")
    assert receiver.heard == []


def test_nobody_there_is_a_failure() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        answer = called(f"http://127.0.0.1:{taken.getsockname()[1]}/")

    assert answer.outcome == "failed"
    assert "ConnectionRefusedError" in answer.because


def test_a_name_without_an_address_is_a_failure() -> None:
    def nowhere(*_: object) -> Sequence[str]:
        raise socket.gaierror("no such name")

    answers = [called("https://crm.example/", webhooks=Webhooks(resolve=nowhere))]
    answers += [called("https://crm.example/", webhooks=Webhooks(resolve=leads_to()))]

    assert [one.because for one in answers] == ["its name does not resolve", "not called: its name has no address"]


def leads_to(*addresses: str) -> Resolve:
    """A name server that knows one answer."""

    def resolve(*_: object) -> list[str]:
        return list(addresses)

    return resolve


class Rebinding:
    """A name that says something else each time it is asked for."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.asked = list(answers), 0

    def __call__(self, *_: object) -> list[str]:
        self.asked += 1
        return [self.answers[min(self.asked, len(self.answers)) - 1]]


def test_the_address_that_was_looked_at_is_the_one_that_is_called(receiver: Receiver) -> None:
    url = receiver.answers("/crm").replace("127.0.0.1", "crm.example")
    flips = Rebinding("127.0.0.1", "10.0.0.1")

    answer = called(url, webhooks=Webhooks(loopback=True, resolve=flips))

    assert (answer.outcome, flips.asked) == ("accepted", 1)
    assert receiver.heard[0].headers["Host"] == f"crm.example:{receiver.port}"


def test_an_address_that_does_not_answer_leaves_time_for_the_next(receiver: Receiver) -> None:
    url = receiver.answers("/crm").replace("127.0.0.1", "crm.example")

    answer = called(url, webhooks=Webhooks(loopback=True, resolve=leads_to("127.0.0.2", "127.0.0.1")))

    assert answer.outcome == "accepted"


def test_tls_is_for_the_name_and_only_for_who_is_vouched_for(certificate: tuple[Path, Path]) -> None:
    believed = ssl.create_default_context(cafile=str(certificate[0]))
    with a_receiver(tls_of(certificate)) as receiver:
        receiver.answers("/crm")
        answers = [
            called(
                f"https://{name}:{receiver.port}/crm",
                webhooks=Webhooks(loopback=True, trust=trust, resolve=leads_to("127.0.0.1")),
            )
            for name, trust in (("localhost", believed), ("crm.example", believed), ("localhost", None))
        ]

    assert [one.outcome for one in answers] == ["accepted", "failed", "failed"]
    assert all("no secure connection" in one.because for one in answers[1:])
    assert len(receiver.heard) == 1


INNER = [
    "0.0.0.0", "0.1.2.3",  # noqa: S104
     "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.1.2.3",
    "169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192",
    "192.0.2.1", "192.0.0.170", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1",
    "2001:db8::1", "2002:7f00:1::", "2002:a00:1::", "2002:a9fe:a9fe::", "fc00::1", "fd00:ec2::254", "fe80::1",
    "fe80::1%lo", "fec0::1", "ff02::1",
]  # fmt: skip
OUTER = ["1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "2606:4700::1111"]
OUTER += ["::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::"]


def test_only_the_public_network_is_public() -> None:
    assert [one for one in INNER if public(ip_address(one))] == []
    assert [one for one in OUTER if not public(ip_address(one))] == []


def test_no_name_leads_to_our_own_network() -> None:
    for inner in INNER:
        for found in ([inner], ["8.8.8.8", inner]):
            webhooks = Webhooks(loopback=True, resolve=leads_to(*found))
            answer = called("https://crm.example/", webhooks=webhooks, seconds=0.05)
            own = found == [inner] and ip_address(inner).is_loopback
            assert own or "which is not on the public network" in answer.because, found


@pytest.mark.parametrize(
    "place",
    [
        "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "[::1]",
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "localhost", "localhost.", "LOCALHOST", "0",
        "0.0.0.0", "169.254.169.254", "[fd00:ec2::254]", "10.0.0.1", "192.168.1.1:8443", "[fe80::1]",  # noqa: S104
    ],
)  # fmt: skip
def test_no_way_of_writing_it_reaches_this_machine(place: str) -> None:
    answer = called(f"https://{place}/latest/meta-data/", webhooks=Webhooks(), seconds=0.05)

    assert answer.outcome == "failed"
    assert "which is not on the public network" in answer.because or answer.because == "its name does not resolve"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://crm.example/", "only https is"),
        ("https://crm.example:22/", "only port 443 or 8443 is, not 22"),
        ("https://crm.example:99999/", "Port out of range"),
        ("https://user@crm.example/", "no plain https address"),
        ("ftp://crm.example/", "no plain https address"),
        ("https:///path", "no plain https address"),
        ("crm.example", "no plain https address"),
    ],
)
def test_what_is_no_plain_https_address_is_not_called(url: str, says: str) -> None:
    webhooks = Webhooks(loopback=True, resolve=leads_to("8.8.8.8"))

    answer = called(url, webhooks=webhooks, seconds=0.05)

    assert answer.outcome == "failed"
    assert says in answer.because


def test_a_faster_life_calls_nobody_else(receiver: Receiver) -> None:
    webhooks = Webhooks(loopback=True, abroad=False)

    assert called(receiver.answers("/crm"), webhooks=webhooks).outcome == "accepted"
    webhooks = Webhooks(loopback=True, abroad=False, resolve=leads_to("8.8.8.8"))
    assert "only this machine is" in called("https://crm.example/", webhooks=webhooks, seconds=0.05).because


def test_names_are_looked_up_ipv4_first() -> None:
    assert look_up("127.0.0.1", 443) == ["127.0.0.1"]
    assert look_up("localhost", 443)[0] == "127.0.0.1"


def test_a_call_is_dated_by_the_machine(receiver: Receiver) -> None:
    at = Clock().machine() - timedelta(days=1)

    Webhooks(loopback=True).call(Target(receiver.answers("/"), (SECRET,)), "cal_1", BODY, at, monotonic() + 10)

    assert receiver.heard[0].headers["webhook-timestamp"] == str(int(at.timestamp()))
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(SECRET).verify(receiver.heard[0].body, dict(receiver.heard[0].headers))
