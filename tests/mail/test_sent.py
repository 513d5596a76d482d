"""What the outbox wrote can be read back as it was sent, and nothing else can be read that way."""

from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import pytest

from nurture.channels.email.letter import Letter
from nurture.channels.email.outbox import Outbox
from nurture.channels.email.sent import Sent, parse_sent, read_sent

LETTER = Letter(
    to_email="juergen@example.com",
    to_name="Jürgen Weiß",
    from_email="ana@harbour.example",
    from_name="Ana at Harbour",
    reply_to="success@harbour.example",
    subject="Grüße: your first report is near",
    html="<p>Hällo <b>Jürgen</b></p>\n",
    text="Hällo Jürgen\n",
    headers={"List-Unsubscribe": "<https://app.example.com/u/" + "t" * 200 + ">"},
    send_id="a" * 40,
    message_id="msg_01J00000000000000000000000",
    category="first-win.welcome",
    date=datetime(2026, 1, 5, 9, tzinfo=UTC),
    postal_address="1 Example Quay",
)


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    verdict = Outbox(tmp_path / "outbox").send(LETTER, give_up_at=monotonic() + 60)
    assert verdict.outcome == "accepted"
    return tmp_path / "outbox"


def test_a_letter_is_read_as_it_was_sent(outbox: Path) -> None:
    sent = read_sent(outbox, LETTER.message_id)

    assert sent is not None
    assert (sent.subject, sent.text, sent.html) == (LETTER.subject, LETTER.text, LETTER.html)
    headers = dict(sent.headers)
    assert headers["To"] == "Jürgen Weiß <juergen@example.com>"
    assert headers["List-Unsubscribe"] == LETTER.headers["List-Unsubscribe"]


def test_a_letter_that_was_never_written_is_not_found(outbox: Path) -> None:
    assert read_sent(outbox, "msg_01J99999999999999999999999") is None
    assert read_sent(outbox / "nowhere", LETTER.message_id) is None


@pytest.mark.parametrize("name", ["*", "../outbox/*", "..%2f", "", "msg_*", "[m]sg", "a/b", "x" * 200])
def test_only_a_message_of_ours_names_a_file(outbox: Path, name: str) -> None:
    assert read_sent(outbox, name) is None


def test_what_is_no_letter_has_no_content() -> None:
    assert parse_sent(b"\xff\xfe nonsense") == Sent((), "", "", "\ufffd\ufffd nonsense")
    assert parse_sent(b"Content-Type: text/html; charset=no-such\n\n<p>x</p>") is None
