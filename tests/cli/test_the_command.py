"""The command explains itself, refuses in one sentence, and starts without waking the house."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from nurture import __version__
from nurture.cli import main
from nurture.settings import Settings
from tests.cli.conftest import Nurture

HEAVY = ("sqlalchemy", "flask", "jinja2", "mrml", "alembic", "ruamel.yaml")


def commands(group: click.Group, *before: str) -> list[tuple[str, ...]]:
    """Every command that does something, as the words that call it."""
    found: list[tuple[str, ...]] = []
    for name, command in group.commands.items():
        words = (*before, name)
        found += commands(command, *words) if isinstance(command, click.Group) else [words]
    return found


@pytest.mark.parametrize("words", commands(main), ids=" ".join)
def test_every_command_explains_itself_with_an_example(words: tuple[str, ...], tmp_path: Path) -> None:
    told = Nurture("sqlite:////nowhere/at/all.db", tmp_path)(*words, "--help")

    assert told.exit_code == 0
    assert f"nurture {' '.join(words)}" in told.output.partition("Example:")[2]


def test_the_issue_s_commands_are_all_there() -> None:
    said = {" ".join(words) for words in commands(main)}

    assert said >= {
        *("serve", "db upgrade", "db current", "apply", "export", "check", "schema", "simulate", "why", "send-test"),
        *(
            "customers list",
            "customers show",
            "customers erase",
            "customers export",
            "customers import",
            "staff add",
            "staff list",
            "staff disable",
            "doctor",
        ),
        *("keys add", "keys list", "keys revoke", "hold", "resume"),
    }


def test_help_starts_without_waking_the_house() -> None:
    code = f"import nurture.cli, sys; print([name for name in {HEAVY} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout == "[]\n"


def test_it_is_installed_as_a_script() -> None:
    script = Path(sys.executable).with_name("nurture")
    told = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)

    assert told.stdout == f"nurture {__version__}\n"


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("NURTURE_DATABASE_URL", "mysql://x/y", "sqlite:///a/file or postgresql://"),
        ("NURTURE_DATABASE_URL", "postgresql://127.0.0.1:1/nobody", "the database is not available"),
        ("NURTURE_DATABASE_URL", f"sqlite:///{Path(__file__)}", "is not a SQLite database"),
        ("NURTURE_DATABASE_URL", "sqlite:////nowhere/at/all.db", "run `nurture db upgrade`"),
        ("NURTURE_DATBASE_URL", "sqlite:///x", "did you mean NURTURE_DATABASE_URL?"),
        (
            "NURTURE_CLOCK",
            "yesterday",
            "NURTURE_CLOCK: expected real, or a moment and a speed such as 2026-01-05T09:00",
        ),
        ("NURTURE_CLOCK", "2026-13-05T09:00:00Z*60", "NURTURE_CLOCK: expected real, or a moment and a speed"),
        ("NURTURE_CLOCK", "2026-01-05T09:00:00Z*0", "NURTURE_CLOCK: expected real, or a moment and a speed"),
        ("NURTURE_PORT", "eighty", "NURTURE_PORT: expected a number from 0 to 65535"),
        ("NURTURE_PUBLIC_URL", "nurture.example.com", "NURTURE_PUBLIC_URL: expected https://nurture.example.com"),
        ("NURTURE_LOG", "xml", "NURTURE_LOG: expected console or json"),
    ],
)
def test_a_bad_setting_is_one_sentence(nurture: Nurture, setting: str, value: str, said: str) -> None:
    told = nurture("customers", "list", **{setting: value})

    assert told.exit_code == 2
    assert told.stdout == ""
    assert told.stderr.startswith("Error: ")
    assert said in told.stderr
    assert told.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"NURTURE_PORT": "8799"}, "http://127.0.0.1:8799"),
        ({"NURTURE_HOST": "::1"}, "http://[::1]:8000"),
        ({"NURTURE_PORT": "8799", "NURTURE_PUBLIC_URL": "https://nurture.example.com/"}, "https://nurture.example.com"),
    ],
)
def test_links_lead_to_where_it_listens_unless_told_otherwise(given: dict[str, str], url: str) -> None:
    assert Settings.load(given).public_url == url


@pytest.mark.parametrize("words", [("simulate", "first-win"), ("export", "out"), ("why", "u-1", "--step", "welcome")])
def test_before_the_first_publish_it_says_what_to_do(bare: Nurture, words: tuple[str, ...]) -> None:
    told = bare(*words)

    assert told.exit_code == 2
    assert told.stderr.count("\n") == 1
    assert "nurture apply" in told.stderr or "no customer" in told.stderr


def test_a_database_is_brought_up_to_date(fresh_database_url: str, tmp_path: Path) -> None:
    empty = Nurture(fresh_database_url, tmp_path)

    assert "none; this version needs" in empty("db", "current").stdout
    assert "nurture db upgrade" in empty("customers", "list").stderr

    first, again = empty("db", "upgrade"), empty("db", "upgrade")

    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "as before" in again.stdout
    assert "the newest" in empty("db", "current").stdout
    assert empty("customers", "list").exit_code == 0


def test_an_upgrade_makes_the_folder_of_a_sqlite_file(tmp_path: Path) -> None:
    told = Nurture(f"sqlite:///{tmp_path}/deep/down/nurture.db", tmp_path)("db", "upgrade")

    assert told.exit_code == 0
    assert (tmp_path / "deep/down/nurture.db").exists()


def test_a_process_of_its_own_refuses_without_a_traceback(nurture: Nurture) -> None:
    told = nurture.run("customers", "show", "nobody")

    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr == "Error: no customer is known as 'nobody'\n"
