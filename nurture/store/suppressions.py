"""Suppressions: addresses we must not write to. They hold a hash, so that they outlive the erasure of a person."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime

import idna

from nurture.store import audit
from nurture.store.bulk import among, tell
from nurture.store.lines import Lifted, Suppressed
from nurture.store.schema import micros
from nurture.store.transaction import Session

ALL = "all"
"""The scope that concerns every message; any other scope is the id of a topic."""

RECIPIENT = "recipient"
"""How a reason begins that the recipient gave; only what they suppressed themselves can they have lifted."""

LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
PLAIN_DOMAIN = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
# Which scripts a single label of a domain may mix. Source: Unicode UTS 39, "highly restrictive".
TOGETHER = (
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA"},
    {"LATIN", "CJK", "HANGUL"},
    {"LATIN", "CJK", "BOPOMOFO"},
)


def email_key(address: str) -> str:
    """Say an address in the one form that suppression counts by: ASCII, small letters, the domain as DNS knows it.

    Raises ValueError with a sentence for a person where this is no address that a letter could reach safely:
    control characters, an international part before the @, a domain of mixed scripts, no domain at all.
    Sources: RFC 5321 4.5.3.1 (lengths), RFC 5322 3.2.3 (dot-atom), RFC 5891 (IDNA 2008), Unicode UTS 39 (scripts).
    """
    normal = unicodedata.normalize("NFC", address)
    if any(unicodedata.category(character)[0] in "CZ" for character in normal):
        raise ValueError("the address holds a space or a control character")
    local, at, domain = normal.rpartition("@")
    if not at or not local or "@" in local:
        raise ValueError("an address has one @, with something on both sides of it")
    if not LOCAL.fullmatch(local) or len(local) > 64:
        raise ValueError("before the @, an address has 1 to 64 of a-z, 0-9 and a few signs, with single dots between")
    key = f"{local.lower()}@{_domain_key(domain)}"
    if len(key) > 254:
        raise ValueError("the address is longer than 254 characters")
    return key


def suppress(session: Session, email_hash: str, scope: str, reason: str, at: datetime) -> bool:
    """Write to this address no more, about everything (`ALL`) or one topic; say whether that is news.

    Suppressions only grow: the first reason and moment stay.
    """
    added = session.run(
        "INSERT INTO suppressions (email_hash, scope, reason, at) VALUES (:hash, :scope, :reason, :at)"
        " ON CONFLICT (email_hash, scope) DO NOTHING",
        {"hash": email_hash, "scope": scope, "reason": reason, "at": micros(at)},
    )
    if added:
        session.note(Suppressed(email_hash, scope, reason, micros(at)))
    return added == 1


def suppress_all(session: Session, reasons: Mapping[str, str], at: datetime) -> set[str]:
    """Write to these addresses no more, about anything, because a provider says so; give those that this is news of.

    reasons: by seal.  Where a recipient had stopped it themselves they could have it lifted; from now on they cannot.
    """
    where, bound = among(session, "email_hash", reasons)
    before = dict(
        session.rows(
            f"SELECT email_hash, reason FROM suppressions WHERE scope = :scope AND {where}",  # noqa: S608
            {"among": bound, "scope": ALL},
        )
    )
    tell(
        session,
        "INSERT INTO suppressions (email_hash, scope, reason, at) VALUES (:email_hash, :scope, :reason, :at)"  # noqa: S608
        " ON CONFLICT (email_hash, scope) DO UPDATE SET reason = excluded.reason, at = excluded.at"
        f" WHERE suppressions.reason LIKE '{RECIPIENT}: %'",
        [
            {"email_hash": email_hash, "scope": ALL, "reason": reason, "at": micros(at)}
            for email_hash, reason in reasons.items()
        ],
    )
    for email_hash, reason in reasons.items():
        if before.get(email_hash, f"{RECIPIENT}: ").startswith(f"{RECIPIENT}: "):
            session.note(Suppressed(email_hash, ALL, reason, micros(at)))
    return reasons.keys() - before.keys()


def lift(session: Session, email_hash: str, scope: str, actor: str, reason: str, at: datetime) -> bool:
    """Let this address be written to again, because the person or a member of staff said so; audited.

    Says whether there was anything to lift.
    """
    gone = session.run(
        "DELETE FROM suppressions WHERE email_hash = :hash AND scope = :scope", {"hash": email_hash, "scope": scope}
    )
    if gone:
        session.note(Lifted(email_hash, scope))
        audit.record(session, at, actor, "lift suppression", email_hash, {"scope": scope}, {"reason": reason})
    return gone == 1


def count(session: Session) -> int:
    """Count the addresses that we must not write to, about something or at all."""
    ((number,),) = session.rows("SELECT count(DISTINCT email_hash) FROM suppressions")
    return int(number)


def reasons(session: Session, email_hash: str) -> dict[str, str]:
    """Say what is suppressed for one address, and why: scope -> reason."""
    found = session.rows("SELECT scope, reason FROM suppressions WHERE email_hash = :hash", {"hash": email_hash})
    return dict(found)


def _domain_key(domain: str) -> str:
    """Say a domain as DNS knows it; raises ValueError with a sentence for a person."""
    if PLAIN_DOMAIN.fullmatch(domain) and "xn--" not in domain.lower():
        return domain.lower()
    try:
        ascii_domain = idna.encode(domain, uts46=True, std3_rules=True).decode().lower()
        readable = idna.decode(ascii_domain)
    except idna.IDNAError:
        raise ValueError("after the @, an address has a domain such as example.com") from None
    if not PLAIN_DOMAIN.fullmatch(ascii_domain):
        raise ValueError("after the @, an address has a domain such as example.com")
    for label in readable.split("."):
        if not _one_hand(label):
            raise ValueError(f"the domain mixes alphabets that look alike: {ascii_domain}")
    return ascii_domain


def _one_hand(label: str) -> bool:
    """Say whether one person could have written this label: one script, or scripts that are written together."""
    letters = [character for character in label if unicodedata.category(character)[0] == "L"]
    scripts = {unicodedata.name(letter, "?").split(" ")[0].split("-")[0] for letter in letters}
    return len(scripts) <= 1 or any(scripts <= together for together in TOGETHER)
