"""A mail server at its worst: before the final dot nothing was accepted, after it only an answer tells."""

from time import monotonic

import pytest

from nurture.channels.email.smtp import Smtp
from tests.fake_smtp import FakeSmtp
from tests.mail.samples import letter

SOON = 5.0  # seconds
DEADLINE = 0.3  # seconds, scaled down from ten

ANSWERS = [
    ({"greeting": "421 busy"}, "retry", 0),
    ({"greeting": "554 go away"}, "breaker", 0),
    ({"greeting": ""}, "retry", 0),
    ({"ehlo": ""}, "retry", 0),
    ({"mail": "451 later"}, "retry", 0),
    ({"mail": "550 not you"}, "breaker", 0),
    ({"rcpt": "450 full"}, "retry", 0),
    ({"rcpt": "550 nobody"}, "refused", 0),
    ({"rcpt": "251 forwarded"}, "accepted", 1),
    ({"data": "451 later"}, "retry", 0),
    ({"data": "554 no"}, "refused", 0),
    ({"data": ""}, "retry", 0),
    ({"dot": "452 full"}, "retry", 1),
    ({"dot": "554 spam"}, "refused", 1),
    ({"dot": ""}, "unknown", 1),
    ({"dot": "what?"}, "unknown", 1),
    ({"rcpt": "what?"}, "retry", 0),
    ({}, "accepted", 1),
]


@pytest.mark.parametrize(("answers", "outcome", "reached"), ANSWERS)
def test_the_verdict_on_each_answer(answers: dict[str, str], outcome: str, reached: int) -> None:
    with FakeSmtp(**answers) as server:
        verdict = Smtp.at(server.url).send(letter(), give_up_at=monotonic() + SOON)

        assert (verdict.outcome, len(server.letters)) == (outcome, reached), verdict


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({"greeting": "..."}, "retry"),
        ({"greeting": "slow"}, "retry"),
        ({"rcpt": "slow"}, "retry"),
        ({"dot": "..."}, "unknown"),
        ({"dot": "slow"}, "unknown"),
    ],
)
def test_one_deadline_ends_silence_and_slowness_alike(answers: dict[str, str], outcome: str) -> None:
    with FakeSmtp(**answers) as server:
        verdict = Smtp.at(server.url).send(letter(), give_up_at=monotonic() + DEADLINE)

    assert verdict.outcome == outcome


def test_it_logs_in_where_a_user_is_named() -> None:
    with FakeSmtp() as server:
        address = server.url.replace("://", "://ana:s%40fe@")
        verdict = Smtp.at(address).send(letter(), give_up_at=monotonic() + SOON)

        assert (verdict.outcome, len(server.logins), verdict.provider_id) == ("accepted", 1, "AB12")


def test_a_password_that_is_not_accepted_stops_all_letters() -> None:
    with FakeSmtp(auth="535 no") as server:
        address = server.url.replace("://", "://ana:wrong@")
        verdict = Smtp.at(address).send(letter(), give_up_at=monotonic() + SOON)

        assert (verdict.outcome, server.letters) == ("breaker", [])
        assert "wrong" not in verdict.because
