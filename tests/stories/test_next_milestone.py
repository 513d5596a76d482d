"""The next-milestone block of one email: another step for Kevin than for Wilma, and nothing that is done."""

import pytest

from nurture.channels.email.compose import CompiledEmail, compile_email
from nurture.channels.email.words import sample_words
from nurture.engine.playbook import Playbook, compile_playbook
from nurture.flow.folder import read_folder
from nurture.settings import ROOT


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    texts = {**read_folder(ROOT), **read_folder(ROOT / "config/starters/fourteen-day-trial")}
    return compile_playbook(1, {name: (1, text) for name, text in texts.items()})


@pytest.fixture(scope="module")
def letter(playbook: Playbook) -> CompiledEmail:
    email = playbook.emails["two-weeks-half-time"]
    return compile_email(email, playbook.layouts["default"], playbook.snippets, playbook.surveys)


def step_in(letter: CompiledEmail, playbook: Playbook, persona: str, done: int) -> list[str]:
    """The milestones whose address the letter of a persona holds, once so many are reached."""
    reached = {one.id: True for one in playbook.milestones.milestones[:done]}
    ahead = playbook.milestones.next_for(persona, reached)
    assert ahead is not None
    following = {"id": ahead.id, "name": ahead.name, "url": ahead.url, "label": ahead.label}
    words = {**sample_words(), "milestones": {"done": [], "next": following, "count": done}}
    text = letter.render(persona, "en", words).text
    return [one.id for one in playbook.milestones.milestones if one.url and one.url in text]


def test_kevin_and_wilma_are_offered_different_steps_and_none_that_is_done(
    letter: CompiledEmail, playbook: Playbook
) -> None:
    order = [one.id for one in playbook.milestones.milestones]

    offered = {persona: step_in(letter, playbook, persona, 3) for persona in ("kevin", "wilma")}

    assert offered == {"kevin": [order[3]], "wilma": [order[4]]}
    assert step_in(letter, playbook, "kevin", 1) == [order[1]]
