"""Whatever goes wrong for a reason that the operator can mend is one sentence and exit status 2, never a traceback."""

from typing import Any

import click

from nurture.cli.speech import Refusal


class Refusing(click.Group):
    """The group of all commands; it turns known errors into sentences.  An unknown one is a bug and stays loud."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            said = sentence_for(error)
            if said is None:
                raise
            raise Refusal(said) from error


def sentence_for(error: Exception) -> str | None:
    """Say what the operator can do about an error; None for one that should not have happened."""
    from nurture.channels.email.compose import Unrenderable
    from nurture.engine.problem import Unsound
    from nurture.flow.ground import NoPlaybook
    from nurture.flow.why import Unknown
    from nurture.settings import BadSetting
    from nurture.store.session import Conflict, Unavailable

    if isinstance(error, Unsound):
        return f"these documents cannot be published\n{error}"
    if isinstance(error, Unavailable):
        return f"the database is not available: {' '.join(str(error).split())}"
    if isinstance(error, BadSetting | NoPlaybook | Unknown | Conflict | Unrenderable):
        return str(error)
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return None
