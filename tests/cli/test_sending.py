"""One letter to ourselves, and no letter at all while sending is held."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from nurture.store import audit, house, suppressions
from tests.cli.conftest import Nurture

TO = "ana@ourselves.example"


def letters(nurture: Nurture) -> list[EmailMessage]:
    """What lies in the outbox."""
    files = sorted((nurture.folder / "outbox").glob("*.eml"))
    return [message_from_bytes(file.read_bytes(), EmailMessage, policy=default) for file in files]


def test_a_test_goes_out_as_the_persona_would_get_it(nurture: Nurture) -> None:
    told = nurture("send-test", "welcome", "--to", TO, "--as", "kevin")
    other = nurture("send-test", "welcome", "--to", TO, "--as", "wilma")

    kevin, wilma = letters(nurture)
    assert (told.exit_code, other.exit_code) == (0, 0)
    assert told.stdout.startswith("accepted by outbox: ")
    assert kevin["To"] == f"Ada Byron <{TO}>"
    assert kevin["Subject"].startswith("[test] ")
    assert kevin["List-Unsubscribe"]
    assert kevin.get_body().get_content() != wilma.get_body().get_content()  # type: ignore[union-attr]


def test_a_test_is_written_in_the_language_asked_for(nurture: Nurture) -> None:
    told = nurture("send-test", "welcome", "--to", TO, "--locale", "de-AT")

    assert "subject: [test] Willkommen" in told.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["welcom", "--to", TO], "did you mean 'welcome'?"),
        (["welcome", "--to", TO, "--as", "wlma"], "did you mean 'wilma'?"),
        (["welcome", "--to", "nobody"], "an address has one @"),
    ],
)
def test_a_test_that_cannot_be_sent_is_refused(nurture: Nurture, words: list[str], said: str) -> None:
    told = nurture("send-test", *words)

    assert told.exit_code == 2
    assert said in told.stderr
    assert letters(nurture) == []


@pytest.mark.parametrize(("scope", "status"), [("all", 2), ("trial", 2), ("tips", 0)])
def test_nobody_is_tested_on_who_must_not_be_written_to(nurture: Nurture, scope: str, status: int) -> None:
    with nurture.parts() as parts:
        at, sealed = parts.look(), parts.ground.seals.email_hash(TO)
        parts.ground.sessions.write(lambda session: suppressions.suppress(session, sealed, scope, "asked", at.now))

    told = nurture("send-test", "welcome", "--to", TO.upper())

    assert told.exit_code == status
    assert len(letters(nurture)) == (status == 0)


def test_a_provider_that_is_not_there_is_status_1(nurture: Nurture) -> None:
    told = nurture("send-test", "welcome", "--to", TO, NURTURE_MAIL="smtp://127.0.0.1:1")

    assert told.exit_code == 1
    assert told.stdout.startswith("retry by smtp: ")


def test_sending_is_held_and_goes_on(stocked: Nurture) -> None:
    held, again, refused = stocked("hold"), stocked("hold"), stocked("send-test", "welcome", "--to", TO)

    assert (held.stdout, again.stdout) == ("All sending is held.\n", "All sending was held already.\n")
    assert (refused.exit_code, letters(stocked)) == (2, [])
    assert "nurture resume" in refused.stderr
    with stocked.parts() as parts, parts.ground.sessions.read() as session:
        assert house.recall(session, house.HOLD) is not None

    on, already = stocked("resume"), stocked("resume")

    assert (on.stdout, already.stdout) == ("Sending goes on.\n", "Sending was not held.\n")
    assert stocked("send-test", "welcome", "--to", TO).exit_code == 0
    with stocked.parts() as parts, parts.ground.sessions.read() as session:
        assert house.recall(session, house.HOLD) is None
        assert [entry.act for entry in audit.entries(session)][:3] == ["send test", "resume", "hold"]
