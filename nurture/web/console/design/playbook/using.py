"""Where a persona, a milestone or a segment is used: every document that names it, as links."""

from collections.abc import Iterator
from typing import NamedTuple

from nurture.engine.playbook import Playbook
from nurture.engine.reading import models_in, references
from nurture.engine.steps import Step
from nurture.web.console.words import Namer, said

Path = tuple[str | int, ...]


class Use(NamedTuple):
    """One place that names it.  kind: what sort of document; word: which one, and where in it."""

    kind: str
    word: str
    href: str


def uses(playbook: Playbook, kind: str, key: str) -> list[Use]:
    """Find what names a thing of this kind, each place once."""
    return list(dict.fromkeys([*_in_journeys(playbook, kind, key), *_elsewhere(playbook, kind, key)]))


def _in_journeys(playbook: Playbook, kind: str, key: str) -> Iterator[Use]:
    for version in playbook.journeys:
        steps = {path: model for path, model in models_in(version.journey) if isinstance(model, Step)}
        href = f"/journeys/{version.journey.id}"
        for path, wanted, name in references(version.journey):
            if (wanted, name) != (kind, key):
                continue
            inner = [step for at, step in steps.items() if path[: len(at)] == at]
            if inner:
                word = f"{version.journey.name} \u203a {said(inner[-1].id).lower()}"
                yield Use("Journey", word, f"{href}/flow?step={inner[-1].id}")
            else:
                yield Use("Journey", version.journey.name, f"{href}/settings")


def _elsewhere(playbook: Playbook, kind: str, key: str) -> Iterator[Use]:
    lists = {"lifecycle": playbook.lifecycle, "personas": playbook.personas, "policy": playbook.policy}
    for name, document in lists.items():
        yield from (_part(name, path) for path, *named in references(document) if named == [kind, key])
    for other, rule in playbook.segments.items():
        if any(named == [kind, key] for _, *named in references(rule)):
            yield Use("Segment", said(other), f"/segments/{other}")
    if kind == "persona":
        yield from _in_words(playbook, key)


def _in_words(playbook: Playbook, persona: str) -> Iterator[Use]:
    """What is said to one persona in words of their own."""
    for name, text in playbook.emails.items():
        if persona in text.personas:
            yield Use("Email", f"{said(name)}, in words of their own", f"/emails/{name}/edit?variant={persona}")
    for name, task in playbook.tasks.items():
        if persona in task.for_:
            yield Use("Care task", Namer(playbook).task(name), f"/care-texts/{name}")


def _part(name: str, path: Path) -> Use:
    place = "/".join(map(str, path[:2]))
    number = f" {int(path[1]) + 1}" if len(path) > 1 and isinstance(path[1], int) else ""
    words = {"moves": "rule", "stages": "stage", "personas": "persona", "owners": "owner"}
    word = f"{words.get(str(path[0]), str(path[0]))}{number}"
    return Use(said(name), word, f"/{name}?open={place}#at-{place.replace('/', '-')}")
