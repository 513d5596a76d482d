"""Records: what the DNS says of a sender's domain, as mailbox providers will read it.

Sources: RFC 7208 (SPF), RFC 6376 (DKIM), RFC 7489 (DMARC), SendGrid, "Domain Authentication" (its selectors s1 and s2).
"""

import re
from collections.abc import Sequence

import dns.exception
import dns.resolver

SECONDS = 3.0  # for one question, answers of every server together
SELECTORS = ("s1", "s2")
POLICY = re.compile(r"\bp\s*=\s*(none|quarantine|reject)\b", re.IGNORECASE)
EVERYBODY = re.compile(r"(^|\s)\+?all(\s|$)", re.IGNORECASE)


class Unanswered(Exception):
    """The DNS could not be asked; that says nothing about the domain."""


class Records:
    """Asks the DNS."""

    def __init__(self, resolver: tuple[str, int] | None = None, seconds: float = SECONDS) -> None:
        """Take another resolver's address and port than this machine's, and how long one question may take."""
        try:
            self._resolver = dns.resolver.Resolver(configure=resolver is None)
        except dns.resolver.NoResolverConfiguration:  # a machine that has none: then nobody answers
            self._resolver = dns.resolver.Resolver(configure=False)
        if resolver is not None:
            self._resolver.nameservers, self._resolver.port = [resolver[0]], resolver[1]
        self._resolver.lifetime = seconds

    def texts(self, name: str) -> list[str]:
        """Give the TXT records of a name, the strings of each joined; none where there are none.  Raises Unanswered."""
        try:
            answer = self._resolver.resolve(f"{name}.", "TXT")
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise Unanswered(f"the DNS does not answer about {name}: {error!s:.120}") from error
        return [b"".join(record.strings).decode("ascii", "replace") for record in answer]


def spf(records: Records, domain: str) -> tuple[bool | None, str]:
    """Say whether the domain says who may send for it: None where it says nothing, which a return path may do."""
    found = [text for text in records.texts(domain) if text.lower().split(" ")[0] == "v=spf1"]
    if not found:
        return None, "says nothing of its own; fine where your provider's return path does"
    if len(found) > 1:
        return False, f"says it {len(found)} times, which counts as not at all: keep one"
    if EVERYBODY.search(found[0].partition(" ")[2]):
        return False, "lets everybody send in its name: end it with ~all or -all"
    return True, found[0]


def dkim(records: Records, domain: str, selectors: Sequence[str] = SELECTORS) -> tuple[bool | None, str]:
    """Say whether one of the selectors holds a key, of the domain or of one above it; None where another one may."""
    for name in _upwards(domain):
        held = [one for one in selectors if any(_key(text) for text in records.texts(f"{one}._domainkey.{name}"))]
        if held:
            return True, f"a key under {' and '.join(held)} of {name}"
    return None, f"no key under {' or '.join(selectors)}: is the domain authenticated at your provider?"


def _key(text: str) -> bool:
    """Whether a record holds a key; an empty one was taken back."""
    tags = {name.strip(): value.strip() for name, _, value in (part.partition("=") for part in text.split(";"))}
    return bool(tags.get("p"))


def _upwards(domain: str) -> Sequence[str]:
    """The domain and those above it, of two labels at least."""
    labels = domain.split(".")
    return [".".join(labels[first:]) for first in range(max(len(labels) - 1, 1))]


def dmarc(records: Records, domain: str) -> tuple[bool, str]:
    """Say whether the domain, or one above it, asks for alignment."""
    for name in _upwards(domain):
        found = [
            text for text in records.texts(f"_dmarc.{name}") if text.lower().replace(" ", "").startswith("v=dmarc1")
        ]
        if len(found) > 1:
            return False, f"_dmarc.{name} says it {len(found)} times, which counts as not at all: keep one"
        if found:
            policy = POLICY.search(found[0])
            return (True, f"p={policy[1].lower()}") if policy else (False, f"_dmarc.{name} names no policy: add p=none")
    return False, f"no record: publish `v=DMARC1; p=none; rua=mailto:...` at _dmarc.{domain}"
