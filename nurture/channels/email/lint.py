"""The last look at a letter before it may go: what speaks against it, in a sentence."""

import re
from functools import lru_cache
from html import unescape

from nurture.channels.email.letter import HEADERS, ONE_CLICK, UNSUBSCRIBE, Letter

MAX_SUBJECT = 998  # octets of one line, RFC 5322
MAX_HTML = 102_000  # octets; Gmail clips what is longer, and the way out of the mail with it
MAX_TEXT = 102_000  # octets

# C0 and C1 controls, line and paragraph separators, marks that turn the direction of a line, lone surrogates.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSAFE_BODY = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?")
_NAME = re.compile(r"[;,<>\"]")
_LINK = re.compile(r"""(?i)\s(href|src|action|background)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""")
_ACTIVE = re.compile(r"(?i)<(?:script|iframe|object|embed|form|base|link)\b|\son[a-z]+\s*=")
_TAG = re.compile(r"<[^>]*>")
_SPACE = re.compile(r"\s+")
_OWN_LINK = re.compile(r"<(https?://[^<>\s]+)>")


def unfit(letter: Letter) -> str | None:
    """Say why this letter must not go, or None.  Asked before the claim; the reason blocks the message.

    Source: RFC 5322, 8058 and 2369, CAN-SPAM, SendGrid's limits on names.
    """
    return _unfit_lines(letter) or _unfit_headers(letter) or _unfit_bodies(letter) or _unfit_footer(letter)


def _unfit_lines(letter: Letter) -> str | None:
    if not letter.subject.strip():
        return "the subject is empty"
    for what, address in (("recipient", letter.to_email), ("sender", letter.from_email), ("reply-to", letter.reply_to)):
        if not _ADDRESS.fullmatch(address) and (address or what != "reply-to"):
            return f"the {what}'s address is not one that mail can reach"
    for what, name in (("recipient", letter.to_name), ("sender", letter.from_name)):
        if _NAME.search(name):
            return f"the {what}'s name holds a character that no name in a letter may hold"
    lines = (letter.subject, letter.to_name, letter.from_name, letter.category, letter.send_id)
    if any(_UNSAFE.search(line) for line in lines):
        return "a line of the head holds a control character or one that turns the direction of text"
    if len(letter.subject.encode()) > MAX_SUBJECT:
        return f"the subject is longer than {MAX_SUBJECT} octets"
    return None if letter.send_id else "it has no send id"


def _unfit_headers(letter: Letter) -> str | None:
    for name, value in letter.headers.items():
        if name not in HEADERS:
            return f"the header {name!r} is not one of ours"
        if _UNSAFE.search(value) or not value.isascii() or len(name) + len(value) + 2 > MAX_SUBJECT:
            return f"the header {name!r} holds what no header may hold"
    if letter.transactional:
        wrong = UNSUBSCRIBE in letter.headers or ONE_CLICK in letter.headers
        return "it is transactional and still offers to unsubscribe" if wrong else None
    if letter.headers.get(ONE_CLICK) != "List-Unsubscribe=One-Click":
        return "one-click unsubscribing is missing from its headers"
    return None if _way_out(letter) else "List-Unsubscribe names no web address"


def _unfit_bodies(letter: Letter) -> str | None:
    if not letter.text.strip() or not letter.html.strip():
        return "one of its two parts is empty"
    if _unsafe(letter.html) or _unsafe(letter.text):
        return "a part holds a control character or one that turns the direction of text"
    if len(letter.html.encode()) > MAX_HTML:
        return f"the HTML is larger than {MAX_HTML // 1000} kB, which Gmail clips"
    if len(letter.text.encode()) > MAX_TEXT:
        return f"the plain text is larger than {MAX_TEXT // 1000} kB"
    return next((fault for tag in set(_TAG.findall(letter.html)) if (fault := _unfit_tag(tag))), None)


def _unsafe(text: str) -> bool:
    """Whether a part holds a forbidden character; what is printable throughout holds none, and is told quickly."""
    return not text.replace("\n", "").replace("\t", "").isprintable() and _UNSAFE_BODY.search(text) is not None


@lru_cache(maxsize=8192)
def _unfit_tag(tag: str) -> str | None:
    """Judge one tag; letters of one email differ in a few links, so most tags were judged before."""
    if _ACTIVE.search(tag):
        return "the HTML holds something that runs or loads"
    for kind, *forms in _LINK.findall(tag):
        url = unescape("".join(forms)).strip().lower()
        if not url.startswith(
            ("https://", "http://", "mailto:") if kind.lower() == "href" else ("https://", "http://")
        ):
            return f"a link is neither http, https nor mailto: {url[:40]!r}"
    return None


def _unfit_footer(letter: Letter) -> str | None:
    address = _flat(letter.postal_address)
    if not address:
        return "there is no postal address"
    if address not in _flat(letter.text):
        return "the postal address is missing from the plain text"
    words = None
    if address not in letter.html:
        words = _flat(unescape(_TAG.sub(" ", letter.html)))
        if address not in words:
            return "the postal address is missing from the HTML"
    if letter.transactional:
        return None
    way_out = _way_out(letter)
    if way_out not in letter.text:
        return "the way to unsubscribe is missing from the plain text"
    if way_out not in letter.html and way_out not in unescape(letter.html):
        return "the way to unsubscribe is missing from the HTML"
    return None


def _way_out(letter: Letter) -> str:
    match = _OWN_LINK.match(letter.headers.get(UNSUBSCRIBE, ""))
    return match[1] if match else ""


def _flat(text: str) -> str:
    return _SPACE.sub(" ", text).strip()
