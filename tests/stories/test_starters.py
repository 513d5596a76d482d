"""The starter playbooks: each comes in over the first-run playbook, is fit to send, and ends well for everybody."""

from pathlib import Path

import pytest

from nurture.engine.linting import lint
from nurture.engine.playbook import Playbook, compile_playbook
from nurture.engine.rehearsal import live, unkept
from nurture.engine.scenario import Scenario
from nurture.flow.folder import STARTERS, read_folder, write_folder
from nurture.flow.publish import check_emails, check_texts
from nurture.settings import ROOT
from tests.stories.lives import letters, most_in_a_week

FIRST = read_folder(ROOT)
FOLDERS = sorted((ROOT / STARTERS).iterdir())
NAMES = [folder.name for folder in FOLDERS]
TEXTS = {folder.name: read_folder(folder) for folder in FOLDERS}
PERSONAS = ("kevin", "wilma")


def compiled(texts: dict[tuple[str, str], str]) -> Playbook:
    return compile_playbook(1, {key: (1, text) for key, text in texts.items()})


PLAYBOOKS = {name: compiled({**FIRST, **TEXTS[name]}) for name in NAMES}
EVERYTHING = {key: text for texts in (FIRST, *TEXTS.values()) for key, text in texts.items()}
TOGETHER = compiled(EVERYTHING)
SCENARIOS = [(name, key) for name in NAMES for kind, key in sorted(TEXTS[name]) if kind == "scenario"]


def test_there_is_one_for_each_need_and_none_is_in_the_first_run_playbook() -> None:
    assert set(NAMES) == {
        *("fourteen-day-trial", "thirty-day-trial", "lead-nurture", "special-care"),
        *("win-back", "high-touch", "advocate-ask", "leaving"),
    }
    assert [key for name in NAMES for key in TEXTS[name] if key in FIRST] == []
    keys = [key for name in NAMES for key in TEXTS[name]]
    assert sorted(keys) == sorted(set(keys))


@pytest.mark.parametrize("name", NAMES)
def test_a_starter_comes_in_over_the_first_run_playbook(name: str) -> None:
    playbook = PLAYBOOKS[name]  # compiled: every reference was found
    own = {key: email for key, email in playbook.emails.items() if ("email", key) in TEXTS[name]}

    problems = check_emails(playbook._replace(emails=own))

    assert own
    assert [str(problem) for problem in problems if problem.must_fix] == []


def test_all_starters_together_are_one_sound_playbook() -> None:
    """Sound to publish; that high-touch must hold the trials first, its scenarios say: see the last test here."""
    assert [str(problem) for problem in check_texts(EVERYTHING, binding=False) if problem.must_fix] == []


@pytest.mark.parametrize("name", NAMES)
def test_there_is_nothing_to_say_against_a_starter(name: str) -> None:
    texts = {key: (1, text) for key, text in {**FIRST, **TEXTS[name]}.items()}

    assert lint(PLAYBOOKS[name], texts) == ()


@pytest.mark.parametrize("name", NAMES)
def test_a_starter_goes_out_and_in_and_out_again_byte_for_byte(name: str, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"

    written = list(write_folder(first, TEXTS[name]))
    again = list(write_folder(second, read_folder(first)))

    own = ROOT / STARTERS / name
    for root, files in ((first, written), (second, again)):
        found = {path.relative_to(root): path.read_bytes() for path in files}
        assert found == {path.relative_to(own): path.read_bytes() for path in own.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", NAMES)
def test_kevin_and_wilma_read_words_of_their_own(name: str) -> None:
    emails = PLAYBOOKS[name].emails
    own = [emails[key] for kind, key in TEXTS[name] if kind == "email"]

    assert own
    assert all(email.personas for email in own)
    assert {persona for email in own for persona in email.personas} == set(PERSONAS)
    called = [PLAYBOOKS[name].tasks[key] for kind, key in TEXTS[name] if kind == "task"]
    assert all(task.brief and task.talking_points for task in called)


@pytest.mark.parametrize("name", NAMES)
def test_a_starter_brings_a_life_of_each_persona(name: str) -> None:
    lives = [PLAYBOOKS[name].scenarios[key] for of, key in SCENARIOS if of == name]

    assert {life.persona for life in lives} == set(PERSONAS)


@pytest.mark.parametrize(("name", "key"), SCENARIOS)
def test_a_life_goes_as_its_scenario_says_and_the_journey_ends(name: str, key: str) -> None:
    scenario = PLAYBOOKS[name].scenarios[key]

    lived = live(PLAYBOOKS[name], scenario)

    assert scenario.expects
    assert lived.steps == scenario.expects
    assert lived.transcript.unmet == ()
    walks = lived.transcript.snapshot.enrollments
    assert scenario.journey not in [walk.journey for walk in walks if walk.state == "active"]


@pytest.mark.parametrize(("name", "key"), SCENARIOS)
@pytest.mark.parametrize("persona", PERSONAS)
def test_nobody_gets_more_than_three_letters_a_week(name: str, key: str, persona: str) -> None:
    """With this starter alone, and with all of them at once, where the caps have something to hold."""
    for playbook in (PLAYBOOKS[name], TOGETHER):
        scenario: Scenario = playbook.scenarios[key].model_copy(update={"persona": persona})

        life = live(playbook, scenario).transcript

        counted = [at for at, order in letters(life) if not playbook.policy.transactional(order.topic)]
        assert counted
        assert most_in_a_week(counted) <= 3


def test_all_starters_stand_beside_each_other_once_high_touch_holds_the_trials() -> None:
    """As its journey says: whoever has a person of their own does not walk the trial of everybody else as well."""
    high_touch = EVERYTHING["journey", "high-touch"]
    held = high_touch.replace("trial-ending, at-risk]", "trial-ending, at-risk, two-weeks, thirty-days]")
    together = compiled({**EVERYTHING, ("journey", "high-touch"): held})

    assert {problem.file for problem in unkept(TOGETHER)} == {
        f"config/scenarios/high-touch-{persona}.yaml" for persona in PERSONAS
    }
    assert list(unkept(together)) == []
