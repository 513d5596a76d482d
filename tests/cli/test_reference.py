"""The reference says what the commands say."""

import click

from docs import language
from docs.command_line import PAGE, page
from nurture.cli import main
from nurture.engine.condition import LEAVES
from nurture.engine.reading import MANY, SINGLE
from nurture.engine.steps import STEP_TYPES
from tests.cli.test_the_command import commands


def test_the_page_is_what_the_commands_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python -m docs.command_line"


def test_every_command_and_every_option_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")

    for words in commands(main):
        command: click.Command = main
        for word in words:
            assert isinstance(command, click.Group)
            command = command.commands[word]
        section = text.partition(f"## nurture {' '.join(words)}\n")[2].partition("\n## ")[0]
        options = [name for one in command.params if isinstance(one, click.Option) for name in one.opts]
        assert section, words
        assert [name for name in options if name not in section] == []


def test_the_page_of_the_language_is_what_its_documents_say() -> None:
    assert language.PAGE.read_text(encoding="utf-8") == language.page(), "write it anew: python -m docs.language"


def test_every_step_condition_and_kind_is_on_the_page() -> None:
    text = language.PAGE.read_text(encoding="utf-8")

    wanted = [f"### `do: {kind.model_fields['do'].default}`" for kind in STEP_TYPES]
    wanted += [f"### `{key}`" for key in LEAVES] + [f"### {kind}: " for kind in (*SINGLE, *MANY)]
    assert [heading for heading in wanted if heading not in text] == []
