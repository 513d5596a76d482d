"""Which documents are meant by paths: a project's root, a folder in it, single files; and which journey by its key."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from nurture.cli.speech import Refusal

if TYPE_CHECKING:
    from nurture.engine.playbook import Playbook

Name = tuple[str, str]
TOPS = ("config", "templates")


class Chosen(NamedTuple):
    """The documents that paths name.

    texts: those chosen, (kind, key) -> text; an email is chosen whole with any file of it.
    everything: all documents of the project they belong to; a starter belongs to the project it lies in.
    """

    texts: dict[Name, str]
    everything: dict[Name, str]

    @property
    def whole(self) -> bool:
        """Whether the whole project is meant."""
        return self.texts.keys() == self.everything.keys()


def drafts_option(says: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Take documents that are tried over the published ones: `--with PATH`, as often as wanted; says: its help."""
    kind = click.Path(exists=True, path_type=Path)
    return click.option("--with", "drafts", multiple=True, type=kind, metavar="PATH", help=says)


def read_chosen(paths: Iterable[Path]) -> Chosen:
    """Read the documents that these paths name.  Raises Unsound, or Refusal where they name none."""
    from nurture.flow.folder import STARTERS, files_of, read_folder

    wanted = [path.absolute() for path in paths]
    roots = {root_of(path) for path in wanted}
    if len(roots) > 1:
        raise Refusal(f"these paths lie in several projects: {', '.join(sorted(map(str, roots)))}")
    root = roots.pop()
    own = read_folder(root)
    starter = root.parent.parts[-len(STARTERS.parts) :] == STARTERS.parts
    everything = {**read_folder(root.parents[len(STARTERS.parts)]), **own} if starter else own
    texts = {
        (kind, key): text
        for (kind, key), text in own.items()
        if any(_within(root / file, wanted) for file, _ in files_of(kind, key, text))
    }
    if not texts:
        raise Refusal(f"there is no document under {', '.join(map(str, wanted))}")
    return Chosen(texts, everything)


def root_of(path: Path) -> Path:
    """Find the project's root that a path belongs to.  Raises Refusal."""
    if any((path / top).is_dir() for top in TOPS):
        return path
    for folder in (path, *path.parents):
        if folder.name in TOPS:
            return folder.parent
    raise Refusal(f"{path} is neither a project with config/ and templates/, nor in one of these")


def _within(file: Path, wanted: Iterable[Path]) -> bool:
    return any(file == path or path in file.parents for path in wanted)


def refuse_unknown(playbook: "Playbook", journey: str) -> None:
    """Raise Refusal unless a playbook has this journey."""
    from nurture.engine.problem import nearest

    if playbook.live(journey) is None:
        known = [version.journey.id for version in playbook.journeys]
        raise Refusal(f"there is no journey {journey!r}: {nearest(journey, known)}")
