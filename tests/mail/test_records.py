"""What the DNS says of a sender's domain is read as mailbox providers read it, from a server that really answers."""

import pytest

from nurture.channels.email.records import Records, Unanswered, dkim, dmarc, spf
from tests.dns_server import FAILS, JUNK, SILENCE, DnsServer

DOMAIN = "mail.acme.test"
LONG = "v=DKIM1; k=rsa; p=" + "A" * 300


@pytest.mark.parametrize(
    ("texts", "sound", "says"),
    [
        (['"v=spf1 include:spf.acme.test -all"'], True, "-all"),
        (['"site-verification=7"', '"v=spf1 a ~all"'], True, "~all"),
        (['"V=SPF1 " "a mx " "-all"'], True, "V=SPF1 a mx -all"),
        (['"v=spf1 a -all"', '"v=spf1 mx -all"'], False, "2 times"),
        (['"v=spf1 a +all"'], False, "everybody"),
        (['"v=spf1 all"'], False, "everybody"),
        (['"v=spf10 a"'], None, "return path"),
        ([], None, "return path"),
    ],
)
def test_spf(texts: list[str], sound: bool | None, says: str) -> None:
    with DnsServer({DOMAIN: texts} if texts else {}) as server:
        found = spf(Records(server.address), DOMAIN)

    assert found[0] is sound
    assert says in found[1]


@pytest.mark.parametrize(
    ("zone", "sound", "says"),
    [
        ({f"s1._domainkey.{DOMAIN}": [f'"{LONG[:200]}" "{LONG[200:]}"']}, True, "a key under s1"),
        ({f"{one}._domainkey.{DOMAIN}": ['"v=DKIM1; p=AAA"'] for one in ("s1", "s2")}, True, "under s1 and s2"),
        ({"s2._domainkey.acme.test": ['"v=DKIM1; p = AAA"']}, True, "a key under s2 of acme.test"),
        ({f"s1._domainkey.{DOMAIN}": ['"v=DKIM1; p="']}, None, "authenticated"),
        ({f"s1._domainkey.{DOMAIN}": ['"something else"']}, None, "authenticated"),
        ({}, None, "no key under s1 or s2"),
    ],
)
def test_dkim(zone: dict[str, list[str]], sound: bool | None, says: str) -> None:
    with DnsServer(zone) as server:
        found = dkim(Records(server.address), DOMAIN)

    assert found[0] is sound
    assert says in found[1]


@pytest.mark.parametrize(
    ("zone", "sound", "says"),
    [
        ({f"_dmarc.{DOMAIN}": ['"v=DMARC1; p=none; rua=mailto:d@acme.test"']}, True, "p=none"),
        ({"_dmarc.acme.test": ['"v=DMARC1;p=Reject"']}, True, "p=reject"),
        ({f"_dmarc.{DOMAIN}": ['"v=DMARC1; rua=mailto:d@acme.test"']}, False, "names no policy"),
        ({f"_dmarc.{DOMAIN}": ['"v=DMARC1; p=none"', '"v=DMARC1; p=reject"']}, False, "2 times"),
        ({f"_dmarc.{DOMAIN}": ['"v=DMARC1; sp=reject"']}, False, "names no policy"),
        ({"_dmarc.acme.co.test": ['"v=DMARC1; p=none"']}, False, "publish"),
        ({}, False, "publish"),
    ],
)
def test_dmarc(zone: dict[str, list[str]], sound: bool, says: str) -> None:
    with DnsServer(zone) as server:
        found = dmarc(Records(server.address), DOMAIN)

    assert found[0] is sound
    assert says in found[1]


@pytest.mark.parametrize("how", [FAILS, JUNK, SILENCE])
def test_what_is_not_answered_says_nothing_about_the_domain(how: str) -> None:
    with DnsServer({DOMAIN: how}) as server, pytest.raises(Unanswered, match=DOMAIN):
        spf(Records(server.address, seconds=0.5), DOMAIN)


def test_every_domain_above_is_asked() -> None:
    with DnsServer({"_dmarc.acme.co.test": ['"v=DMARC1; p=none"']}) as server:
        assert dmarc(Records(server.address), "news.mail.acme.co.test") == (True, "p=none")
        names = ("news.mail.acme.co.test", "mail.acme.co.test", "acme.co.test")
        assert server.asked == [f"_dmarc.{name}" for name in names]
