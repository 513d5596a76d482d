"""No address leads inside: every special range of IANA's registries, every way of writing one, every change of mind.

Sources: IANA's IPv4 and IPv6 Special-Purpose Address Registries; RFC 6052 (64:ff9b::/96), RFC 3056 (2002::/16).
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_network
from time import monotonic

import pytest

from nurture.app import Clock
from nurture.channels.webhook import Answer, Resolve, Target, Webhooks, public
from tests.calls.receiver import Receiver

SPECIAL = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
    *("224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32", "168.63.129.16/32"),
    *("::/128", "::1/128", "::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/32"),
    *("2001:2::/48", "2001:10::/28", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10"),
    "ff00::/8",
]
"""Every range that the registries do not call globally reachable, multicast, and what clouds keep for themselves."""
CARRYING = {"::ffff:0:0/96": 0, "64:ff9b::/96": 0, "2002::/16": 80}
"""The IPv6 ranges that an IPv4 address is written into, and how many bits stand after it."""
FORMS = [
    *("127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7F.0x0.0x0.0x1", "0x7f.1"),
    *("017700000001", "0177.0.0.1", "00000177.0.0.01", "0", "0.0.0.0"),  # noqa: S104
    *("127.0.0.1:8443", "127.255.255.254"),
    *("169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "025177524776", "169.254.43518"),
    *("10.0.0.1", "167772161", "192.168.0.1", "3232235521", "172.16.0.1", "100.100.100.200", "192.0.0.192"),
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::1]:8443", "[::127.0.0.1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
    *("[::ffff:a9fe:a9fe]", "[64:ff9b::7f00:1]", "[64:ff9b::169.254.169.254]", "[2002:7f00:1::]", "[2002:a00:1::1]"),
    *("[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]", "[3fff::1]"),
    *("localhost", "localhost.", "LOCALHOST", "LocalHost.", "localhost:8443"),
    *("\u2460\u2461\u2466.\u24ea.\u24ea.\u2460", "\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021"),
    *("127\uff0e0\uff0e0\uff0e1", "\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54"),
]
"""Ways to write an inner address, as a browser or a system's resolver would understand some of them."""
REFUSED = [
    *("http://crm.example/", "ftp://crm.example/", "file:///etc/passwd", "gopher://127.0.0.1:25/_x", "data:,x", ""),
    *("javascript:alert(1)", "crm.example", "//127.0.0.1/", "https:127.0.0.1", "https:///127.0.0.1", "https://"),
    *("https://user@crm.example/", "https://user:secret@crm.example/", "https://crm.example@127.0.0.1/"),
    *("https://127.0.0.1@crm.example/", "https://127.0.0.1%23@crm.example/", "https://crm.example\\@127.0.0.1/"),
    *("https://@127.0.0.1/", "https://:@127.0.0.1/", "https://[::1", "https://::1/"),
    *("https://crm.example:0/", "https://crm.example:22/", "https://crm.example:25/", "https://crm.example:80/"),
    *("https://crm.example:444/", "https://crm.example:6379/", "https://crm.example:65535/"),
    *("https://crm.example:65536/", "https://crm.example:-1/", "https://crm.example:x/", "https://crm.example:443:22/"),
    *(f"https://{odd}/" for odd in ("a@b@127.0.0.1", "crm\uff0fexample", "crm\uff20127.0.0.1", "crm\uff1a22")),
]
"""What is refused though its name leads to a public address: other schemes, other ports, a name before an @."""


def called(url: str, webhooks: Webhooks, seconds: float = 10) -> Answer:
    """Call this address.  seconds: below 0, no connection is opened whatever the address is found to be."""
    return webhooks.call(Target(url), "cal_1", "{}", Clock().machine(), monotonic() + seconds)


class Leading:
    """A name server that knows one answer, or one after another, and counts how often it is asked."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = answers, 0

    def __call__(self, *_: object) -> list[str]:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


def edges(network: IPv4Network | IPv6Network) -> list[str]:
    """The first address of a range, the last, and one amid it."""
    return [str(network[0]), str(network[network.num_addresses // 2]), str(network[-1])]


def test_there_are_enough_of_them() -> None:
    assert len(FORMS) + len(REFUSED) >= 80
    assert len({*FORMS, *REFUSED}) == len(FORMS) + len(REFUSED)


@pytest.mark.parametrize("written", SPECIAL)
def test_no_special_range_is_public_from_end_to_end(written: str) -> None:
    assert [one for one in edges(ip_network(written)) if public(ip_address(one))] == []


@pytest.mark.parametrize("written", CARRYING)
def test_an_inner_address_is_one_inside_of_another_too(written: str) -> None:
    network, after = ip_network(written), CARRYING[written]
    inner = [one for special in SPECIAL if ":" not in special for one in edges(ip_network(special))]
    carried = {one: ip_address(int(network[0]) + (int(IPv4Address(one)) << after)) for one in [*inner, "8.8.8.8"]}

    assert {one: found for one, found in carried.items() if public(found)} == {"8.8.8.8": carried["8.8.8.8"]}


@pytest.mark.parametrize("form", FORMS)
def test_no_way_of_writing_an_inner_address_leads_to_it(form: str) -> None:
    answer = called(f"https://{form}/latest/meta-data/", Webhooks(), seconds=-1)

    refusals = ("not on the public network", "its name does not resolve", "UnicodeError", "ValueError")
    assert answer.outcome == "failed"
    assert any(said in answer.because for said in refusals), answer.because


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_no_plain_https_address_is_refused_before_anything_is_opened(url: str) -> None:
    answer = called(url, Webhooks(resolve=Leading(["8.8.8.8"])), seconds=-1)

    assert answer.outcome == "failed"
    assert answer.because.startswith("not called: "), answer.because


@pytest.mark.parametrize(
    "found",
    [
        *(["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["8.8.8.8", "1.1.1.1", "169.254.169.254"]),
        *(["2606:4700::1111", "::1"], ["8.8.8.8", "::ffff:10.0.0.1"], ["8.8.8.8", "64:ff9b::a00:1"]),
    ],
)
def test_one_inner_address_among_outer_ones_spoils_the_name(found: list[str]) -> None:
    for loopback in (False, True):
        answer = called("https://crm.example/", Webhooks(loopback=loopback, resolve=Leading(found)), seconds=-1)

        assert "which is not on the public network" in answer.because


def test_a_name_that_changes_its_mind_is_asked_once(receiver: Receiver) -> None:
    """What was looked at is called, be it that the name leads somewhere worse a moment later, or somewhere better."""
    url = receiver.answers("/crm").replace("127.0.0.1", "crm.example")
    worse: Resolve = Leading(["127.0.0.1"], ["10.0.0.1"])
    inward = Leading(["10.0.0.1"], ["127.0.0.1"])
    webhooks = [Webhooks(loopback=True, resolve=one) for one in (worse, inward)]

    answers = [called(url, one) for one in webhooks]

    assert [one.outcome for one in answers] == ["accepted", "failed"]
    assert [one.asked for one in (worse, inward) if isinstance(one, Leading)] == [1, 1]
    assert len(receiver.heard) == 1


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_no_redirect_is_followed_even_to_ourselves(receiver: Receiver, status: int) -> None:
    answer = called(receiver.answers("/crm", status), Webhooks(loopback=True))

    assert "which is never followed" in answer.because
    assert [heard.path for heard in receiver.heard] == ["/crm"]
