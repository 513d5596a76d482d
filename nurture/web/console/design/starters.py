"""Starters: sequences that most teams want, ready to be taken as drafts and rewritten.

A starter brings a journey with its emails, tasks, surveys and scenarios.  What stands already under the same key with
the same text is used as it is; what stands there with another text is not touched: the starter's own gets a free key.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from nurture.engine.document import plain, read_yaml
from nurture.engine.editing import CannotEdit, set_value
from nurture.engine.reading import MANY, SINGLE, read_document, references
from nurture.flow.folder import STARTERS, read_folder
from nurture.settings import ROOT
from nurture.web.console.design.flow.beginning import unique
from nurture.web.console.design.trees import tree_of

Name = tuple[str, str]
Texts = Mapping[Name, str]
ALWAYS_NEW = ("journey", "scenario")
ONE = {"email": "email", "task": "care task", "survey": "survey", "segment": "segment", "scenario": "scenario"}


class Starter(NamedTuple):
    """One sequence.  journeys: their names and what each is for.  brings: how many of what comes with them."""

    key: str
    journeys: tuple[tuple[str, str], ...]
    brings: str
    texts: Texts


@cache
def starters() -> Mapping[str, Starter]:
    """Every starter that comes with this installation, by its key; read once."""
    folder = ROOT / STARTERS
    found = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    return {path.name: _starter(path) for path in found}


def _starter(path: Path) -> Starter:
    texts = read_folder(path)
    trees = [plain(read_yaml(text, key)[0]) for (kind, key), text in sorted(texts.items()) if kind == "journey"]
    journeys = tuple((str(tree["name"]), str(tree.get("purpose", ""))) for tree in trees)
    numbers = {word: sum(kind == one for kind, _ in texts) for one, word in ONE.items()}
    brings = [f"{n} {word}{'' if n == 1 else 's'}" for word, n in numbers.items() if n]
    return Starter(path.name, journeys, ", ".join(brings), texts)


def taken_up(starter: Starter, standing: Texts) -> dict[Name, str]:
    """Give the documents of a starter that are new, each under a key that is free.

    standing: every document there is, as it is being edited.
    """
    names: dict[Name, str] = {}
    for (kind, key), text in sorted(starter.texts.items(), key=lambda one: one[0][0] == "email"):
        same = kind not in ALWAYS_NEW and standing.get((kind, key)) == text
        if (kind, key) in standing and not (same and _surveys_renamed(text, names) == text):
            names[kind, key] = unique(key, [one for other, one in (*standing, *starter.texts) if other == kind])
    new = {name: text for name, text in starter.texts.items() if name in names or name not in standing}
    return {(kind, names.get((kind, key), key)): _renamed(kind, key, text, names) for (kind, key), text in new.items()}


def _renamed(kind: str, key: str, text: str, names: Mapping[Name, str]) -> str:
    """Write the new keys into a text: its own, and those of others that it names."""
    if not names:
        return text
    if kind == "email":
        return _surveys_renamed(text, names)
    if (kind, key) in names:
        text = _set(text, ("id",), names[kind, key])
    model = MANY[kind][1] if kind in MANY else SINGLE.get(kind)
    document = read_document(kind, key, text, model)[0] if model is not None else None
    for path, wanted, name in references(document) if document is not None else ():
        if (wanted, name) in names:
            where = (*path[:-1], "email") if path[-1] == "asks_by" else path
            text = _set(text, where, _exchanged(text, where, name, names[wanted, name]))
    return text


def _exchanged(text: str, path: tuple[str | int, ...], old: str, new: str) -> Any:
    """The value at a place with one key exchanged, where it is a list of them."""
    here: Any = plain(read_yaml(text, "")[0])
    for part in path:
        here = here.get(part) if isinstance(here, dict) else here[int(part)]
    return [new if one == old else one for one in here] if isinstance(here, list) else new


def _set(text: str, path: tuple[str | int, ...], value: Any) -> str:
    try:
        return set_value(text, path, value)[0]
    except CannotEdit:
        return text


def _surveys_renamed(text: str, names: Mapping[Name, str]) -> str:
    """Write the new keys of surveys into an email, which names them within its words."""
    for (kind, old), new in names.items():
        if kind == "survey":
            text = re.sub(rf"(?<![\w-]){re.escape(old)}(?![\w-])", new, text)
    return text


def leading(texts: Texts) -> str:
    """The journey among documents that people enter, not one that another journey leads into."""
    keys = [key for kind, key in texts if kind == "journey"]
    return next((key for key in keys if "enter" in (tree_of(texts["journey", key]) or {})), keys[0])
