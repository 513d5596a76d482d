"""`nurture export`: write the published documents as files."""

from pathlib import Path

import click

from nurture.cli.opening import opened
from nurture.cli.speech import count, example


@click.command(epilog=example("nurture export backup"))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
def export(folder: Path) -> None:
    """Write what is published as files.

    They become DIR/config/... and DIR/templates/emails/..., byte for byte as they were applied.
    """
    from nurture.flow.folder import write_folder
    from nurture.flow.ground import NoPlaybook
    from nurture.flow.publish import export_texts

    with opened() as parts:
        texts = export_texts(parts.ground)
    if not texts:
        raise NoPlaybook("nothing is published yet; run `nurture apply config templates`")
    written = list(write_folder(folder, texts))
    click.echo(f"Wrote {count(len(texts), 'document')} as {count(len(written), 'file')} under {folder}.")
