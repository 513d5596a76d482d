"""The last look: what may not go, and why."""

from typing import Any

import pytest

from nurture.channels.email.compose import compile_email
from nurture.channels.email.letter import headers_for, mime_of
from nurture.channels.email.lint import unfit
from nurture.channels.email.words import plain_name
from tests.mail.samples import ADDRESS, LAYOUT, SURVEYS, WAY_OUT, compiled, letter, read, words

HEADERS = dict(letter().headers)
BARE = headers_for(list_host="nurture.example", feedback=("j", "s", "x"), unsubscribe_url=None)


def test_a_good_letter_may_go() -> None:
    assert unfit(letter()) is None


def test_a_transactional_letter_needs_no_way_out() -> None:
    account = letter(headers=BARE, transactional=True, html=f"<p>{ADDRESS}</p>", text=ADDRESS)

    assert unfit(account) is None
    assert "List-Unsubscribe" not in account.headers


def test_what_compose_makes_may_go() -> None:
    mail = compiled("Hi [you](https://app.harbour.example/?a=1&b=2).").render(None, None, words())

    assert unfit(letter(subject=mail.subject, html=mail.html, text=mail.text)) is None


def test_a_layout_without_its_way_out_stops_every_letter() -> None:
    layout = LAYOUT.replace("{{ links.unsubscribe }}", "https://a.example/elsewhere")
    mail = compile_email(read("Hi."), layout, {}, SURVEYS).render(None, None, words())

    assert unfit(letter(html=mail.html, text=mail.text)) == "the way to unsubscribe is missing from the plain text"


GOOD = letter()
UNFIT: dict[str, tuple[dict[str, Any], str]] = {
    "empty subject": ({"subject": " "}, "the subject is empty"),
    "long subject": ({"subject": "é" * 500}, "longer than 998"),
    "two lines": ({"subject": "a\r\nBcc: eve@evil.example"}, "control character"),
    "line separator": ({"subject": "a\u2028b"}, "control character"),
    "turned text": ({"subject": "a\u202eb"}, "control character"),
    "c1 in a name": ({"to_name": "a\x85b"}, "control character"),
    "surrogate": ({"subject": "a\ud800"}, "control character"),
    "comma in a name": ({"to_name": "Byron, Ada"}, "no name in a letter"),
    "no address": ({"to_email": "ada"}, "recipient's address"),
    "two addresses": ({"to_email": "a@b.example,c@d.example"}, "recipient's address"),
    "unicode sender": ({"from_email": "ána@harbour.example"}, "sender's address"),
    "bad reply-to": ({"reply_to": "a b@c.example"}, "reply-to's address"),
    "no send id": ({"send_id": ""}, "no send id"),
    "foreign header": ({"headers": {**HEADERS, "Bcc": "eve@evil.example"}}, "'Bcc' is not one of ours"),
    "broken header": ({"headers": {**HEADERS, "List-Id": "a\r\nBcc: x"}}, "'List-Id' holds"),
    "no one-click": ({"headers": BARE}, "one-click unsubscribing is missing"),
    "way out by mail only": ({"headers": {**HEADERS, "List-Unsubscribe": "<mailto:a@b.example>"}}, "no web address"),
    "way out of the account": ({"transactional": True}, "still offers to unsubscribe"),
    "no text": ({"text": " \n"}, "parts is empty"),
    "no html": ({"html": ""}, "parts is empty"),
    "long html": ({"html": GOOD.html + "x" * 102_000}, "Gmail clips"),
    "script": ({"html": GOOD.html + "<script>x</script>"}, "runs or loads"),
    "handler": ({"html": GOOD.html + "<p onclick=x>"}, "runs or loads"),
    "javascript": ({"html": GOOD.html + "<a href='javascript:x'>"}, "neither http"),
    "hidden javascript": ({"html": GOOD.html + '<a href="&#106;avascript:x">'}, "neither http"),
    "data": ({"html": GOOD.html + '<img src="data:image/png;base64,AA">'}, "neither http"),
    "turned body": ({"text": GOOD.text + "\u202e"}, "a part holds"),
    "no postal address": ({"postal_address": " "}, "no postal address"),
    "address not in text": ({"text": f"Hi. {WAY_OUT}"}, "postal address is missing from the plain text"),
    "address not in html": ({"html": f'<a href="{WAY_OUT}">x</a>'}, "postal address is missing from the HTML"),
    "no way out in text": ({"text": f"Hi. {ADDRESS}"}, "unsubscribe is missing from the plain text"),
    "no way out in html": ({"html": f"<p>{ADDRESS}</p>"}, "unsubscribe is missing from the HTML"),
}


@pytest.mark.parametrize("case", UNFIT)
def test_this_may_not_go(case: str) -> None:
    changes, because = UNFIT[case]

    assert because in str(unfit(letter(**changes)))


def test_a_long_link_in_a_header_stays_whole() -> None:
    url = "https://nurture.example/u/" + "t" * 300
    raw = mime_of(letter(headers={**HEADERS, "List-Unsubscribe": f"<{url}>"})).as_bytes()

    assert f"List-Unsubscribe: <{url}>\r\n".encode() in raw


def test_a_long_line_of_a_body_is_parted_as_quoted_printable_asks() -> None:
    raw = mime_of(letter(text="Grüße an alle. " * 100)).as_bytes()

    _, body = raw.split(b"\r\n\r\n", maxsplit=1)
    assert max(map(len, body.split(b"\r\n"))) <= 76


NAMES = {
    "Ada": "Ada",
    "Jean-Luc O'Neill": "Jean-Luc O'Neill",
    "Żółć": "Żółć",
    "Visit evil.com": "Visit evil com",
    "http://evil.example/x Ann": "Ann",
    "www.evil.example": "",
    "<a href=x>": "a href=x",
    "Ada\r\nBcc: x": "Ada Bcc: x",
    "a\u202eb": "a b",
    "Byron, Ada;": "Byron Ada",
    "x" * 100: "x" * 64,
    "J. R.": "J. R.",
    "": "",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_only_a_name(name: str) -> None:
    assert plain_name(name) == NAMES[name]
