"""Writes docs/reference/command-line.md from the commands themselves: `python -m docs.command_line`.

tests/cli/test_reference.py holds the page to it.
"""

from collections.abc import Iterator
from pathlib import Path

import click

from nurture.cli import main

PAGE = Path(__file__).parent / "reference" / "command-line.md"
COLUMNS = 100
INTRODUCTION = """\
# The command line

Everything below is what `nurture COMMAND --help` says; this page is written from it.

| status | means |
|---|---|
| 0 | done |
| 1 | the answer is no: `check` found what must be mended, `doctor` something unsafe, `send-test` was not accepted |
| 2 | wrong input, or an installation that is not ready; one sentence on stderr says which, and what to do |

`nurture` is `.venv/bin/nurture` in the project's folder. Settings come from the environment (`NURTURE_DATABASE_URL`
and its kin). Every command may run beside a running service, given the same settings. `--json` is there wherever a
program may want to read the answer; times are UTC everywhere.

"""


def page() -> str:
    """Write the whole page."""
    return INTRODUCTION + "\n".join(sections(main, "nurture"))


def sections(group: click.Group, path: str) -> Iterator[str]:
    """Write one section for each command of a group, and of the groups in it."""
    for name, command in group.commands.items():
        here = f"{path} {name}"
        if isinstance(command, click.Group):
            yield from sections(command, here)
            continue
        said = command.get_help(click.Context(command, info_name=here, terminal_width=COLUMNS))
        yield f"## {here}\n\n```text\n{said}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
