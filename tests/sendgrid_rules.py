"""What SendGrid's documentation says a v3 mail/send body must be, and what we demand beyond it.

Written from the API reference (mail/send and its limitations) and from what its own schema lets through:
control characters in a subject, an empty `to`, HTML before plain text, reserved headers, unknown keys.
"""

import re
from collections.abc import Iterator
from typing import Any

Fault = tuple[str, str]
"""Field and message, as in an error answer."""

TOP = {
    "personalizations",
    "from",
    "reply_to",
    "subject",
    "content",
    "headers",
    "categories",
    "tracking_settings",
}
RESERVED = {
    *("x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding"),
    *("to", "from", "subject", "reply-to", "cc", "bcc"),
}
UNSUBSCRIBE = ("List-Unsubscribe", "List-Unsubscribe-Post")
NO_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
ADDRESS = re.compile(r"[^@\s<>,;\"\x80-\U0010ffff]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
HREF = re.compile(r"""href=["']([^"']*)["']""")


def faults(body: Any) -> Iterator[Fault]:
    """Everything that is wrong with one body."""
    if not isinstance(body, dict):
        yield "", "the body must be an object"
        return
    for key in body.keys() - TOP:
        yield key, "is not a key that we send"
    yield from _personalizations(body.get("personalizations"))
    yield from _person("from", body.get("from"))
    if "reply_to" in body:
        yield from _person("reply_to", body["reply_to"])
    yield from _subject(body.get("subject"))
    yield from _content(body.get("content"))
    yield from _headers(body.get("headers", {}))
    yield from _categories(body.get("categories", []))
    yield from _tracking(body.get("tracking_settings"))
    yield from _way_out(body)


def _personalizations(value: Any) -> Iterator[Fault]:
    if not isinstance(value, list) or len(value) != 1 or not isinstance(value[0], dict):
        yield "personalizations", "must hold exactly one: an outcome belongs to one person"
        return
    for key in value[0].keys() - {"to", "custom_args"}:
        yield f"personalizations.0.{key}", "is not a key that we send"
    to = value[0].get("to")
    if not isinstance(to, list) or len(to) != 1:
        yield "personalizations.0.to", "must hold exactly one recipient"
    else:
        yield from _person("personalizations.0.to.0", to[0])
    args = value[0].get("custom_args")
    if not isinstance(args, dict) or not isinstance(args.get("nt_send_id"), str) or not args["nt_send_id"]:
        yield "personalizations.0.custom_args", "must hold nt_send_id, a string"
    elif len(str(args)) >= 10_000 or not all(isinstance(each, str) for each in args.values()):
        yield "personalizations.0.custom_args", "must be strings, under 10,000 bytes"
    elif any("@" in each for each in args.values()):
        yield "personalizations.0.custom_args", "is stored as not personal: no addresses"


def _person(field: str, value: Any) -> Iterator[Fault]:
    if not isinstance(value, dict) or value.keys() - {"email", "name"}:
        yield field, "must be an object of email and name"
        return
    email, name = value.get("email"), value.get("name", "")
    if not isinstance(email, str) or not ADDRESS.fullmatch(email) or len(email) > 320:
        yield f"{field}.email", "Does not contain a valid address."
    if not isinstance(name, str) or NO_LINE.search(name) or ";" in name or "," in name:
        yield f"{field}.name", "must be one line without ; and ,"


def _subject(value: Any) -> Iterator[Fault]:
    if not isinstance(value, str) or not value.strip():
        yield "subject", "The subject is required."
    elif NO_LINE.search(value) or len(value.encode()) > 998:
        yield "subject", "must be one line of at most 998 octets"


def _content(value: Any) -> Iterator[Fault]:
    shaped = isinstance(value, list) and all(isinstance(each, dict) for each in value)
    if not shaped or [each.get("type") for each in value] != ["text/plain", "text/html"]:
        yield "content", "must be text/plain, then text/html"
        return
    for n, each in enumerate(value):
        if each.keys() != {"type", "value"} or not isinstance(each["value"], str) or not each["value"].strip():
            yield f"content.{n}.value", "The content value must be a string at least one character in length."
    if isinstance(value[1]["value"], str):
        html = value[1]["value"]
        if len(html.encode()) > 102_000:
            yield "content.1.value", "is so long that Gmail clips it"
        for url in HREF.findall(html):
            if not url.startswith(("https://", "http://", "mailto:")):
                yield "content.1.value", f"holds a link that is no link: {url[:40]}"


def _headers(value: Any) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield "headers", "must be an object"
        return
    for name, text in value.items():
        if name.lower() in RESERVED:
            yield f"headers.{name}", "is reserved"
        elif not isinstance(text, str) or NO_LINE.search(text) or not text.isascii() or len(text) > 900:
            yield f"headers.{name}", "must be one short line of ASCII"


def _categories(value: Any) -> Iterator[Fault]:
    if not isinstance(value, list) or len(value) > 10 or len(set(map(str, value))) != len(value):
        yield "categories", "must be at most 10, each once"
    elif not all(isinstance(each, str) and 0 < len(each) <= 255 and "@" not in each for each in value):
        yield "categories", "must be words of at most 255 characters, nothing personal"


def _tracking(value: Any) -> Iterator[Fault]:
    for kind in ("click_tracking", "open_tracking", "subscription_tracking"):
        if (
            not isinstance(value, dict)
            or not isinstance(value.get(kind), dict)
            or value[kind].get("enable") is not False
        ):
            yield f"tracking_settings.{kind}", "must be off: the links and the way out are our own"


def _way_out(body: dict[str, Any]) -> Iterator[Fault]:
    """Both unsubscribe headers or neither; and where they are, the same link in both parts."""
    headers = body.get("headers")
    if not isinstance(headers, dict):
        return
    if headers.get("Auto-Submitted") != "auto-generated":
        yield "headers.Auto-Submitted", "is missing"
    present = [name in headers for name in UNSUBSCRIBE]
    if not any(present):
        return
    link = re.match(r"<(https?://[^>\s]+)>", str(headers.get(UNSUBSCRIBE[0], "")))
    if not all(present) or link is None or headers[UNSUBSCRIBE[1]] != "List-Unsubscribe=One-Click":
        yield "headers.List-Unsubscribe", "needs one web address, and its one-click header"
    else:
        content = body.get("content")
        for n, part in enumerate(content if isinstance(content, list) else []):
            if isinstance(part, dict) and link[1] not in str(part.get("value")).replace("&amp;", "&"):
                yield f"content.{n}.value", "does not hold the unsubscribe link"
