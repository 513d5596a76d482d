"""Drafts: a journey that is not sound yet can be tried as far as it is."""

import json
from collections.abc import Mapping
from typing import Any

from nurture.engine.document import plain, read_yaml
from nurture.engine.playbook import Playbook, compile_playbook
from nurture.engine.problem import Problem, Unsound
from nurture.engine.reading import Texts, file_of


def sound_part(
    texts: Texts, journey: str, pinned: Mapping[tuple[str, int], str], since: Mapping[str, int], revision: int
) -> tuple[Playbook, tuple[Problem, ...]]:
    """Compile texts, one journey of them only up to its first broken step.  Returns (playbook, what was cut away for).

    pinned, since, revision: as for `compile_playbook`.
    Raises Unsound where something else is broken too, or nothing sound is left of the journey.
    """
    try:
        return compile_playbook(revision, texts, pinned, since), ()
    except Unsound as error:
        stops = [problem for problem in error.problems if problem.must_fix]
        places = [_step_of(problem, journey) for problem in stops]
        first = min((place for place in places if place is not None), default=0)
        if None in places or not first:
            raise
        number, text = texts["journey", journey]
        shorter = _cut(text, first, journey)
        return compile_playbook(revision, {**texts, ("journey", journey): (number, shorter)}, pinned, since), (
            *error.problems,
        )


def _step_of(problem: Problem, journey: str) -> int | None:
    """Say in which of the journey's outermost steps a problem lies; None if it lies in none."""
    parts = problem.key.split(".")
    inside = problem.file == file_of("journey", journey) and len(parts) > 1 and parts[0] == "steps"
    return int(parts[1]) if inside and parts[1].isdigit() else None


def _cut(text: str, steps: int, journey: str) -> str:
    tree: Any = plain(read_yaml(text, file_of("journey", journey))[0])
    return json.dumps({**tree, "steps": tree["steps"][:steps]}, ensure_ascii=False, default=str)
