"""One contract for whoever carries the post."""

from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import pytest

from nurture.channels.email import open_provider
from nurture.channels.email.letter import Letter
from nurture.channels.email.provider import Provider
from tests.fake_sendgrid import FakeSendGrid
from tests.fake_smtp import FakeSmtp
from tests.mail.samples import letter

SOON = 5.0  # seconds


class Carrier(NamedTuple):
    """A provider, and what the other side has got: (recipient, subject, HTML, plain text) of each letter."""

    provider: Provider
    got: Callable[[], list[tuple[str, str, str, str]]]


def from_mime(raw: bytes) -> tuple[str, str, str, str]:
    mime = message_from_bytes(raw, policy=policy.default)
    plain, html = mime.get_body(("plain",)), mime.get_body(("html",))
    assert plain is not None
    assert html is not None
    return str(mime["To"].addresses[0].addr_spec), str(mime["Subject"]), html.get_content(), plain.get_content()


@pytest.fixture(params=["outbox", "smtp", "sendgrid"])
def carrier(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Carrier]:
    if request.param == "outbox":
        folder = tmp_path / "outbox"
        yield Carrier(
            open_provider(f"outbox:{folder}"),
            lambda: [from_mime(each.read_bytes()) for each in sorted(folder.glob("*"))],
        )
    elif request.param == "smtp":
        with FakeSmtp() as smtp:
            yield Carrier(open_provider(smtp.url), lambda: [from_mime(raw) for _, _, raw in smtp.letters])
    else:
        with FakeSendGrid(tmp_path / "ledger") as fake:
            opened = open_provider("sendgrid:", sendgrid_key=fake.key, sendgrid_base_url=fake.url)

            def got() -> list[tuple[str, str, str, str]]:
                parts = [(line, [part["value"] for part in line.body["content"]]) for line in fake.ledger]
                return [(line.to, line.subject, html, plain) for line, (plain, html) in parts]

            yield Carrier(opened, got)
            opened.close()


def flat(got: tuple[str, str, str, str]) -> tuple[str, str, str, str]:
    to, subject, html, plain = got
    return to, subject, html.replace("\r\n", "\n").strip(), plain.replace("\r\n", "\n").strip()


def as_sent(sent: Letter) -> tuple[str, str, str, str]:
    return sent.to_email, sent.subject, sent.html.strip(), sent.text.strip()


def test_a_letter_arrives_as_it_was_written(carrier: Carrier) -> None:
    verdict = carrier.provider.send(letter(), give_up_at=monotonic() + SOON)

    assert verdict.outcome == "accepted", verdict
    assert verdict.provider_id
    assert [flat(each) for each in carrier.got()] == [as_sent(letter())]


def test_after_the_deadline_not_one_byte_leaves(carrier: Carrier) -> None:
    verdict = carrier.provider.send(letter(), give_up_at=monotonic() - 0.001)

    assert (verdict.outcome, carrier.got()) == ("retry", [])


def test_a_second_letter_arrives_beside_the_first(carrier: Carrier) -> None:
    carrier.provider.send(letter(), give_up_at=monotonic() + SOON)
    carrier.provider.send(letter(message_id="enr_1:welcome/2", send_id="other"), give_up_at=monotonic() + SOON)

    assert len(carrier.got()) == 2


def test_a_header_that_breaks_its_line_is_refused_and_never_raises(carrier: Carrier) -> None:
    verdict = carrier.provider.send(letter(subject="a\r\nBcc: eve@evil.example"), give_up_at=monotonic() + SOON)

    assert (verdict.outcome, carrier.got()) == ("refused", [])


def test_a_lone_surrogate_is_refused_and_never_raises(carrier: Carrier) -> None:
    verdict = carrier.provider.send(letter(text="a\ud800"), give_up_at=monotonic() + SOON)

    assert (verdict.outcome, carrier.got()) == ("refused", [])


@pytest.mark.parametrize("mail", ["", "outbox:", "sendgrid:", "carrier-pigeon:x", "smtp://"])
def test_words_that_name_no_provider_are_refused(mail: str) -> None:
    with pytest.raises(ValueError, match=r"expected|needs a key"):
        open_provider(mail)


def test_the_outbox_keeps_one_file_for_one_message(tmp_path: Path) -> None:
    for _ in range(2):
        again = open_provider(f"outbox:{tmp_path}").send(letter(), give_up_at=monotonic() + SOON)
        assert again.outcome == "accepted"

    assert [each.name for each in tmp_path.iterdir()] == ["20260105T090000Z-enr_1%3Awelcome%2F1.eml"]


def test_an_outbox_that_cannot_be_written_waits(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    verdict = open_provider(f"outbox:{tmp_path / 'file'}").send(letter(), give_up_at=monotonic() + SOON)

    assert verdict.outcome == "retry"
