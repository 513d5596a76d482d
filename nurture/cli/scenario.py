"""A scenario for one simulation: a file, or one that is saved among the documents."""

from collections.abc import Mapping
from copy import copy
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nurture.cli.speech import Refusal
from nurture.engine.document import check, read_yaml
from nurture.engine.problem import Problem, Unsound, nearest
from nurture.engine.scenario import Scenario

if TYPE_CHECKING:
    from nurture.engine.playbook import Playbook


def chosen_scenario(playbook: "Playbook", named: str, journey: str, start: datetime) -> Scenario:
    """Read the scenario in a file, or take the saved one of this key.

    journey, start: for a file that does not say them.  Raises Unsound with every problem and its line, or Refusal.
    """
    if (path := Path(named)).is_file():
        return _read(path, journey, start)
    if named in playbook.scenarios:
        return playbook.scenarios[named]
    hint = nearest(named, playbook.scenarios)
    raise Refusal(f"there is neither a file nor a saved scenario {named!r}" + (f": {hint}" if hint else ""))


def _read(file: Path, journey: str, start: datetime) -> Scenario:
    text = file.read_bytes().decode("utf-8", errors="replace")
    tree, problems = read_yaml(text, str(file))
    if not problems and not isinstance(tree, Mapping):
        problems = (Problem(str(file), 1, "", "expected the keys of a scenario", "see `nurture schema scenario`"),)
    if not problems:
        tree = copy(tree)
        for key, otherwise in (("id", "tried"), ("journey", journey), ("from", start)):
            tree.setdefault(key, otherwise)
        scenario, problems = check(Scenario, tree, str(file))
        if scenario is not None:
            return scenario
    raise Unsound(problems)
