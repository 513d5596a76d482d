"""Names come from the glossary: a word that means everything means nothing, and one thing has one name."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePath

from tests.house.project import modules

SAYS_NOTHING = {
    "manager",
    "helper",
    "util",
    "service",
    "controller",
    "data",
    "info",
    "process",
    "handle",
    "handler",
    "misc",
    "common",
}
ANOTHER_WORD_FOR = {
    "blacklist": "suppression",
    "campaign": "journey",
    "churn": "termination",
    "contact": "customer",
    "cron": "tick",
    "dispatch": "hand-over",
    "notification": "message",
    "ruleset": "playbook",
    "tenant": "account",
    "workflow": "journey",
}
# A care manager is a person; the others are names that a library chose.
MEANT = re.compile(r"CareManager|care_manager|process_(bind_param|literal_param|result_value)|handle_user_exception")


def refused(name: str) -> set[str]:
    """The words in a snake_case or CamelCase name that we do not use, singular or plural."""
    words = {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", MEANT.sub("", name))}
    return (words | {word.removesuffix("s") for word in words}) & (SAYS_NOTHING | ANOTHER_WORD_FOR.keys())


def names(path: str, tree: ast.Module) -> Iterator[str]:
    """The names that a module gives: its own, its folders', its classes' and its functions'."""
    yield from PurePath(path).with_suffix("").parts
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


def test_every_name_is_a_word_of_ours() -> None:
    found = {
        f"{path}:{name}": words
        for path, tree in modules("nurture")
        for name in names(path, tree)
        if (words := refused(name))
    }

    assert found == {}


def test_refused_words_are_found_in_any_spelling() -> None:
    assert refused("MailManagers") == {"manager"}
    assert refused("process_customer") == {"process"}
    assert refused("HTTPHandler") == {"handler"}
    assert refused("care_manager_service") == {"service"}
    assert refused("handover") == set()
    assert refused("metadata") == set()
