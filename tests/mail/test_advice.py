"""Advice to whoever writes: what a letter may go out with and would be better without, each thing at its place."""

import pytest

from nurture.channels.email.advice import Finding, advice, weight
from nurture.engine.email import parse_email
from nurture.engine.policy import Sender

SENDER = Sender(name="Ana", email="ana@harbour.example")
HEAD = '---\nsubject: "{subject}"\npreheader: "{preheader}"\nsender: success\ntopic: tips\n---\n'


def found(body: str = "Words.", subject: str = "A first report", preheader: str = "Five minutes.") -> list[Finding]:
    text = HEAD.format(subject=subject, preheader=preheader) + body
    email, problems = parse_email("letter", {"email.md": text})
    assert email is not None, problems
    return advice(email, SENDER)


HEADS = [
    ({"subject": "A" * 61}, "check", "61 characters"),
    ({"subject": "YOUR FIRST REPORT"}, "check", "ALL CAPS"),
    ({"subject": "Act now!! Free"}, "tip", "advertisement"),
    ({"preheader": ""}, "check", "no preheader"),
    ({"preheader": "a first REPORT"}, "check", "repeats the subject"),
    ({"subject": "TODO: a subject"}, "check", "'TODO'"),
]


@pytest.mark.parametrize(("said", "level", "words"), HEADS)
def test_a_head_is_judged_at_its_line(said: dict[str, str], level: str, words: str) -> None:
    [finding] = [one for one in found(**said) if words in one.message]

    assert finding.level == level
    assert (finding.file, finding.line) == ("templates/emails/letter/email.md", 3 if "repeats" in words else 2)


BODIES = [
    ("See [the plans](http://harbour.example/plans).", "check", "not encrypted"),
    ("[Click here](https://harbour.example) for more.", "check", "a link says 'Click here'"),
    ("::: button\nlabel: Click here\nurl: https://harbour.example\n:::", "check", "the button says"),
    ("Lorem ipsum dolor.", "check", "'Lorem ipsum'"),
    ("Write to us at help@example.com.", "check", "'example.com'"),
    ("# One\n\n### Three", "check", "level 3 follows one of level 1"),
    ("::: button\nlabel: A\nurl: https://a.example\n:::\n::: next-milestone\n:::", "check", "2 buttons"),
    ("::: image\nsrc: https://a.example/a.png\nalt: A chart\nwidth: 300\n:::", "check", "pictures alone"),
    ("Words.\n\n::: image\nsrc: https://a.example/a.png\nalt: A chart\n:::", "tip", "no width"),
    ("A limited time offer.", "tip", "favourite of spam"),
]


@pytest.mark.parametrize(("body", "level", "words"), BODIES)
def test_a_body_is_judged_at_its_line(body: str, level: str, words: str) -> None:
    findings = found(body)

    assert [(one.level, words in one.message) for one in findings] == [(level, True)]
    assert findings[0].line > 6


FINE = [
    "## How it goes\n\n1. One\n\n### More\n\nSee [our plans](https://harbour.example).",
    "::: button\nlabel: Start your import\nurl: https://harbour.example\n:::\nWords.",
    "Dear {{ customer.first_name | default('you', true) }}, here is what you asked for.",
    '::: image\nsrc: https://a.example/a.png\nalt: ""\nwidth: 300\n:::\nWords.',
]


@pytest.mark.parametrize("body", FINE)
def test_a_sound_letter_is_left_in_peace(body: str) -> None:
    assert found(body) == []


def test_the_same_words_are_judged_once_for_all_their_readers() -> None:
    base = HEAD.format(subject="A", preheader="B") + "TODO.\n\n::: text own\nWords.\n:::\n"
    kevin = "::: text own\nTODO, for Kevin.\n:::\n"
    email, _ = parse_email("letter", {"email.md": base, "kevin.md": kevin, "wilma.md": "---\nsubject: C\n---\n"})
    assert email is not None

    assert [one.file.rsplit("/")[-1] for one in advice(email, SENDER)] == ["email.md", "kevin.md"]


def test_replies_that_nobody_reads_are_told() -> None:
    email, _ = parse_email("letter", {"email.md": HEAD.format(subject="A", preheader="B") + "Words."})
    assert email is not None

    [finding] = advice(email, SENDER.model_copy(update={"reply_to": "no-reply@harbour.example"}))

    assert "which nobody reads" in finding.message


def test_a_heavy_letter_is_weighed() -> None:
    heavy = weight("x" * 90_001, "letter.md")

    assert heavy is not None
    assert "90 kB" in heavy.message
    assert weight("x" * 90_000, "letter.md") is None
