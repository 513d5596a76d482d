"""Documents go in and come out byte for byte, and what is wrong with them is said where it is."""

import json
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from nurture.flow.folder import STARTERS
from tests.cli.conftest import ROOT, Nurture, small_project

TOPS = ("config", "templates")
FIRST_WIN = "config/journeys/first-win.yaml"
POLICY = "config/policy.yaml"
WELCOME = "templates/emails/welcome/email.md"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the small playbook that may be spoilt."""
    return small_project(tmp_path / "project")


def change(project: Path, file: str, before: str, after: str) -> None:
    text = (project / file).read_text()
    assert before in text
    (project / file).write_text(text.replace(before, after, 1))


def same(one: Path, other: Path) -> str:
    """What `diff` says of two projects' folders, the starters left out; nothing where they are the same."""
    compare = ["diff", "-r", "-x", STARTERS.name]
    return "".join(
        subprocess.run([*compare, one / top, other / top], capture_output=True, text=True, check=False).stdout
        for top in TOPS
    )


def test_export_after_apply_is_byte_identical(bare: Nurture, tmp_path: Path) -> None:
    applied = bare("apply", ROOT)
    exported = bare("export", tmp_path / "out")

    assert (applied.exit_code, exported.exit_code) == (0, 0)
    assert "Published as playbook 1: " in applied.stdout
    assert same(ROOT, tmp_path / "out") == ""


def test_line_ends_and_a_missing_last_one_come_back_too(nurture: Nurture, project: Path, tmp_path: Path) -> None:
    for file in (FIRST_WIN, WELCOME):
        (project / file).write_bytes((project / file).read_bytes().replace(b"\n", b"\r\n").rstrip())
    with (project / FIRST_WIN).open("ab") as journey:
        journey.write(b"\r\n# \xc3\xa9nd")

    nurture("apply", project)
    nurture("export", tmp_path / "out")

    assert same(project, tmp_path / "out") == ""


def test_a_difference_would_be_seen(nurture: Nurture, project: Path, tmp_path: Path) -> None:
    nurture("export", tmp_path / "out")
    change(project, FIRST_WIN, "priority: 50", "priority: 51")

    assert "priority: 51" in same(project, tmp_path / "out")


def test_a_dry_run_tells_and_changes_nothing(nurture: Nurture, project: Path) -> None:
    change(project, FIRST_WIN, "priority: 50", "priority: 51")

    told = nurture("apply", project, "--dry-run")
    again = nurture("apply", project, "--dry-run")

    said = "changed   journey first-win\n1 document would change; nothing was published.\n"
    assert told.stdout == f"{said}          first-win: priority 50 -> 51\n"
    assert again.stdout == told.stdout


def test_one_file_is_published_alone_and_the_others_stay(nurture: Nurture, project: Path, tmp_path: Path) -> None:
    change(project, FIRST_WIN, "priority: 50", "priority: 51")
    change(project, POLICY, "at_most: 3", "at_most: 4")

    told = nurture("apply", project / FIRST_WIN)
    nurture("export", tmp_path / "out")

    assert told.stdout == "changed   journey first-win\nPublished as playbook 2: 1 document changed.\n"
    assert "at_most: 4" in same(project, tmp_path / "out")
    assert "priority" not in same(project, tmp_path / "out")


def test_any_file_of_an_email_means_the_whole_email(nurture: Nurture, project: Path) -> None:
    change(project, WELCOME, "Most people who stay", "Nearly everybody who stays")

    told = nurture("apply", project / "templates/emails/welcome/kevin.md")

    assert told.stdout.startswith("changed   email welcome\n")


def test_what_is_absent_stays_unless_pruned(nurture: Nurture, project: Path, tmp_path: Path) -> None:
    (project / "config/snippets/what-happens-to-your-data-de.md").unlink()

    kept, pruned = nurture("apply", project), nurture("apply", project, "--prune")

    assert kept.stdout.startswith("Nothing to publish: playbook 1")
    assert "so left as it is: snippet what-happens-to-your-data-de. --prune archives it." in kept.stdout
    assert (
        pruned.stdout
        == "archived  snippet what-happens-to-your-data-de\nPublished as playbook 2: 1 document changed.\n"
    )
    nurture("export", tmp_path / "out")
    assert same(project, tmp_path / "out") == ""


def test_a_starter_is_checked_in_its_project_and_comes_in_as_an_addition(nurture: Nurture, project: Path) -> None:
    starter = project / STARTERS / "advocate-ask"

    checked, pruned, applied = (
        nurture("check", starter),
        nurture("apply", starter, "--prune"),
        nurture("apply", starter),
    )

    assert (checked.exit_code, checked.stdout) == (0, "10 documents, nothing to mend.\n")
    assert pruned.exit_code == 2
    assert "--prune would archive what these paths leave out" in pruned.stderr
    assert (applied.exit_code, applied.stdout.splitlines()[-1]) == (0, "Published as playbook 2: 10 documents changed.")


def test_a_part_of_a_project_cannot_prune(nurture: Nurture, project: Path) -> None:
    told = nurture("apply", project / "config", "--prune")

    assert told.exit_code == 2
    assert "give the project's root" in told.stderr
    assert nurture("apply", project / "config", project / "templates", "--prune").exit_code == 0


def test_an_unsound_document_is_not_published(nurture: Nurture, project: Path) -> None:
    change(project, FIRST_WIN, "email: welcome,", "email: welcom,")

    told = nurture("apply", project)

    assert told.exit_code == 2
    assert f"{FIRST_WIN}:24: steps.0.email: there is no email 'welcom' (did you mean 'welcome'?)" in told.stderr
    assert nurture("apply", project / POLICY).stdout.startswith("Nothing to publish: playbook 1")


def test_a_folder_without_documents_is_refused(nurture: Nurture, tmp_path: Path) -> None:
    elsewhere, empty = nurture("apply", "/"), tmp_path / "empty/config"
    empty.mkdir(parents=True)

    assert (elsewhere.exit_code, nurture("apply", empty).exit_code) == (2, 2)
    assert "is neither a project" in elsewhere.stderr
    assert "there is no document under" in nurture("apply", empty).stderr


BROKEN = {
    "an unknown key": (FIRST_WIN, "priority:", "prioritty:", "5: prioritty: unknown key", "did you mean 'priority'?"),
    "an unknown stage": (FIRST_WIN, "stage: assessing ", "stage: asessing ", "8: enter.stage: ", "'assessing'?"),
    "an unknown email": (FIRST_WIN, "email: welcome,", "email: welcom,", "24: steps.0.email: ", "'welcome'?"),
    "an unknown milestone": (FIRST_WIN, "first_value", "first_vale", "13: goal.milestone: ", "'first_value'?"),
    "an unknown step": (FIRST_WIN, "do: wait_for", "do: wait_four", "27: steps.1: ", "did you mean 'wait_for'?"),
    "a wrong id": (FIRST_WIN, "id: first-win", "id: first-won", "2: id: ", "write id: first-win"),
    "a missing key": (FIRST_WIN, "name: Get", "# name: Get", "2: name: is missing", "add 'name'"),
    "a key twice": (FIRST_WIN, "enter:", "priority: 60\nenter:", '7: found duplicate key "priority"', "keep one"),
    "broken YAML": (FIRST_WIN, "priority: 50", "priority: [50", "7: not valid YAML", "check indentation and quotes"),
    "a wrong duration": (FIRST_WIN, "up_to: 2d", "up_to: 2 days", "30: steps.1.up_to: ", "such as 30m, 4h, 2d"),
    "a wrong word": (POLICY, "then: skip", "then: skp", "22: lateness.then: ", "did you mean 'skip'?"),
    "wrong days": (POLICY, "days: mon-fri", "days: mon-fry", "10: window.days: ", "such as mon-fri or sat"),
    "an unknown zone": (POLICY, "Europe/London", "Europe/Londn", "10: window.else_zone: ", "such as Europe/London"),
    "an unknown sender": (WELCOME, "sender: success", "sender: sucess", ": sender: ", "did you mean 'success'?"),
    "an unknown word": (WELCOME, "customer.first_name", "customer.frist_name", "7: ", "did you mean 'first_name'?"),
    "no head": (WELCOME, "---\nsubject", "subject", ":1: has no head", "begin with a line of three dashes"),
    "an hour without minutes": (POLICY, 'from: "09:00"', "from: 9", "10: window.from: ", "such as '09:00', found 9"),
    "an unknown block": (WELCOME, "::: button", "::: buton", "15: buton: ", "did you mean 'button'?"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_wrong_is_said_with_file_line_key_and_suggestion(kind: str, project: Path, nurture: Nurture) -> None:
    file, before, after, where, suggestion = BROKEN[kind]
    change(project, file, before, after)

    told = nurture("check", project)

    problem = told.stdout.splitlines()[0]
    assert told.exit_code == 1
    assert problem.startswith(f"{file}:")
    assert where in problem
    assert suggestion in problem


def test_words_for_a_persona_that_does_not_exist_are_a_problem(project: Path, nurture: Nurture) -> None:
    written = project / "templates/emails/welcome/wilma.md"
    written.rename(written.with_name("wilam.md"))

    told = nurture("check", project)

    assert told.exit_code == 1
    assert "templates/emails/welcome/wilam.md: there is no persona 'wilam' (did you mean 'wilma'?)" in told.stdout
    assert told.stdout.endswith("1 problem to mend before a publish.\n")


def test_the_first_run_playbook_has_nothing_to_mend(nurture: Nurture) -> None:
    told = nurture.run("check")

    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.endswith("documents, nothing to mend.\n")


def test_a_misplaced_file_and_bytes_that_are_no_text_are_problems(nurture: Nurture, project: Path) -> None:
    (project / "config/journeys/first-win.yml").write_text("id: x")
    (project / POLICY).write_bytes(b"\xff\xfe")

    told = nurture("check", project, "--json")

    found = json.loads(told.stdout)
    assert told.exit_code == 1
    assert {problem["file"] for problem in found["problems"]} == {"config/journeys/first-win.yml", POLICY}
    assert found["must_fix"] == 2
    assert next(problem["suggestion"] for problem in found["problems"]) == "name it first-win.yaml"


@pytest.mark.parametrize(
    ("file", "suggestion"),
    [("config/policies.yaml", "did you mean 'policy.yaml'?"), ("config/journey/x.yaml", "did you mean 'journeys/'?")],
)
def test_a_file_in_the_wrong_place_is_told_of_the_right_one(
    nurture: Nurture, project: Path, file: str, suggestion: str
) -> None:
    (project / file).parent.mkdir(exist_ok=True)
    (project / file).write_text("caps: []")

    told = nurture("apply", project)

    assert told.exit_code == 2
    assert f"{file}: is not the place of any kind of document ({suggestion})" in told.stderr


def test_checking_one_file_speaks_of_that_file(nurture: Nurture, project: Path) -> None:
    change(project, FIRST_WIN, "priority:", "prioritty:")

    other, itself = nurture("check", project / POLICY), nurture("check", project / FIRST_WIN)

    assert other.exit_code == 0
    assert "1 problem in other files may hide more" in other.stderr
    assert itself.exit_code == 1
    assert itself.stdout.startswith(f"{FIRST_WIN}:5: prioritty:")


KINDS = ("lifecycle", "personas", "milestones", "policy", "segment", "survey", "task", "scenario", "journey")


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_s_schema_accepts_what_we_publish(kind: str, nurture: Nurture) -> None:
    told = nurture("schema", kind)

    checker = Draft202012Validator(json.loads(told.stdout))
    single = ROOT / "config" / f"{kind}.yaml"
    files = [single] if single.exists() else sorted((ROOT / "config").rglob(f"{kind}s/*.yaml"))
    documents = [json.loads(json.dumps(YAML(typ="safe").load(file), default=str)) for file in files]
    assert documents
    assert [error.message for one in documents for error in checker.iter_errors(one)] == []
    assert list(checker.iter_errors({"nonsense": 1}))


def test_an_unknown_kind_suggests_a_known_one(nurture: Nurture) -> None:
    told = nurture("schema", "jurney")

    assert (told.exit_code, told.stderr) == (
        2,
        "Error: there is no kind of document 'jurney': did you mean 'journey'?\n",
    )
    assert json.loads(nurture("schema", "email").stdout)["properties"].keys() == {
        "subject",
        "preheader",
        "sender",
        "topic",
    }
