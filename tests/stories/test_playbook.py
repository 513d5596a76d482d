"""The first-run playbook is one a company could really send."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from nurture.channels.email.compose import CompiledEmail, Rendered, compile_email
from nurture.channels.email.letter import Letter, headers_for
from nurture.channels.email.lint import unfit
from nurture.channels.email.words import sample_words
from nurture.engine.email import Block, EmailText
from nurture.engine.playbook import Playbook, compile_playbook
from nurture.flow.folder import read_folder
from nurture.flow.publish import check_texts
from nurture.settings import ROOT

TEXTS = read_folder(ROOT)
PLAYBOOK: Playbook = compile_playbook(1, {name: (1, text) for name, text in TEXTS.items()})
EMAILS = sorted(PLAYBOOK.emails)
PERSONAS = ("kevin", "wilma")
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def compiled(key: str) -> CompiledEmail:
    return compile_email(PLAYBOOK.emails[key], PLAYBOOK.layouts["default"], PLAYBOOK.snippets, PLAYBOOK.surveys)


def written(key: str) -> Iterator[tuple[str, Rendered]]:
    """The email as everybody reads it: each persona and language, well known to us or not at all."""
    email, surveys = compiled(key), {one.id: one.ways for one in PLAYBOOK.surveys.values()}
    topic = PLAYBOOK.policy.topic(PLAYBOOK.emails[key].head.topic)
    for persona in (None, *PERSONAS):
        for locale in ("en", "de"):
            for full in (True, False):
                words = sample_words(full=full, surveys=surveys)
                words["topic"] = {"id": topic.id, "name": topic.name, "transactional": topic.transactional}
                words["postal_address"] = PLAYBOOK.policy.postal_address
                yield f"{persona} {locale} {full}", email.render(persona, locale, words)


def test_nothing_in_it_is_to_be_mended() -> None:
    assert check_texts(TEXTS) == ()


def test_it_has_the_journeys_and_enough_letters() -> None:
    journeys = {version.journey.id for version in PLAYBOOK.journeys}

    assert journeys >= {"lead-nurture", "first-win", "get-help", "at-risk", "trial-ending", "welcome-aboard"}
    assert len(EMAILS) >= 14
    assert len(PLAYBOOK.milestones.milestones) == 5


@pytest.mark.parametrize("key", EMAILS)
def test_every_letter_is_fit_to_send_to_everybody(key: str) -> None:
    head = PLAYBOOK.emails[key].head
    sender, topic = PLAYBOOK.policy.senders[head.sender], PLAYBOOK.policy.topic(head.topic)
    url = None if topic.transactional else str(sample_words()["links"]["unsubscribe"])

    faults = {
        who: unfit(
            Letter(
                "ada@customer.example", "Ada", sender.email, sender.name, sender.reply_to or sender.email,
                letter.subject, letter.html, letter.text,
                headers_for(list_host="harbour.example", feedback=("a", "b", "c"), unsubscribe_url=url),
                "send-id", "msg_1", "a.b", NOW, PLAYBOOK.policy.postal_address, topic.transactional,
            )
        )
        for who, letter in written(key)
    }  # fmt: skip

    assert {who: fault for who, fault in faults.items() if fault} == {}


def blocks_of(email: EmailText, persona: str | None) -> dict[str, Block]:
    return {block.name: block for block in email.choose(persona, "en").blocks if block.name}


@pytest.mark.parametrize("key", EMAILS)
def test_a_persona_reads_another_reason_and_another_action(key: str) -> None:
    email = PLAYBOOK.emails[key]
    base = blocks_of(email, None)

    differing = [
        persona
        for persona in PERSONAS
        if all(blocks_of(email, persona)[name].body != base[name].body for name in ("reason", "action"))
    ]

    assert differing


@pytest.mark.parametrize("key", EMAILS)
def test_a_letter_has_one_action(key: str) -> None:
    email = PLAYBOOK.emails[key]

    actions = [
        [block.name for block in email.choose(persona, "en").blocks if block.type in ("button", "next-milestone")]
        for persona in (None, *PERSONAS)
    ]

    assert actions == [["action"]] * 3


def test_a_later_letter_differs_by_the_driver_they_stated() -> None:
    email = compiled("toward-your-goal")
    texts = set()
    for driver in PLAYBOOK.milestones.drivers:
        words = sample_words()
        words["drivers"] = {"stated": driver}
        texts.add(email.render("wilma", "en", words).text)

    assert len(texts) == len(PLAYBOOK.milestones.drivers) >= 3


def test_the_welcome_asks_for_the_driver() -> None:
    welcome = PLAYBOOK.emails["welcome"]
    asked = [block.body for block in welcome.choose("wilma", "en").blocks if block.type == "survey"]

    assert len(asked) == 1
    assert PLAYBOOK.surveys["driver"].sets == "driver"
