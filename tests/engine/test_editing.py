"""An edit changes what it is about and not one character more, however the document is written."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from nurture.engine.document import plain, read_yaml
from nurture.engine.editing import CannotEdit, Path, add, move, remove, set_value, step_name, step_path
from tests.engine.grammar import named, sequences
from tests.engine.written import Written, written

JOURNEY = """\
# The heart of the trial.
id: first-win
name: First win       # shown in the console
steps:
  # At once.
  - {id: welcome, do: email, email: welcome, urgent: true}   # they wait for it

  # Two days.
  - id: data-in
    do: wait_for
    what: {milestone: first_source}
    up_to: 2d
    then: []   # on to the report
    else:
      - {id: nudge, do: email, email: connect}

  - {id: rest, do: wait, for: 3d}
"""


STEPS: list[dict[str, Any]] = [
    {"id": "rest", "do": "wait", "for": "2d"},
    {"id": "who", "do": "split", "paths": [{"when": {"persona": "kevin"}}, {"otherwise": True}]},
    {"id": "if", "do": "split", "paths": [{"when": {"segment": "big"}}, {"when": {"persona": "kevin"}}]},
    {"id": "put", "do": "set", "trait": "plan_tier", "to": "gold"},
    {"id": "call-2", "do": "care", "task": "call-them", "due": "1d"},
    {"id": "end", "do": "end"},
]


def tree_of(text: str) -> Any:
    tree, problems = read_yaml(text, "f")
    assert problems == ()
    return plain(tree)


def diff(old: str, new: str) -> tuple[str, str]:
    """What went and what came, between the longest common beginning and end."""
    start = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return old[start : len(old) - end], new[start : len(new) - end]


def at(step: str, *more: str | int) -> tuple[str | int, ...]:
    return (*step_path(JOURNEY, step), *more)


EDITS: list[tuple[Callable[[], tuple[str, str]], str, tuple[str, str]]] = [
    (lambda: set_value(JOURNEY, at("rest", "for"), "5d"), "wait 3 days -> 5 days", ("3", "5")),
    (lambda: set_value(JOURNEY, at("data-in", "up_to"), "1d 12h"), "", ("2d", "1d 12h")),
    (
        lambda: set_value(JOURNEY, at("nudge", "off"), True),
        "switched Email \u201cConnect\u201d off",
        ("", ", off: true"),
    ),
    (
        lambda: set_value(JOURNEY, at("data-in", "off"), True),
        "switched Wait for \u201cFirst source\u201d off",
        ("", "    off: true\n"),
    ),
    (lambda: set_value(JOURNEY, ("name",), "Win: #1"), "name First win -> Win: #1", ("First win", "'Win: #1'")),
    (lambda: set_value(JOURNEY, ("goal", "did"), "x"), "goal set to {did: x}", ("", "goal: {did: x}\n")),
    (
        lambda: remove(JOURNEY, at("nudge")),
        "removed Email \u201cConnect\u201d",
        ("\n      - {id: nudge, do: email, email: connect}", " []"),
    ),
    (
        lambda: remove(JOURNEY, at("welcome", "urgent")),
        "removed Email \u201cWelcome\u201d: urgent",
        (", urgent: true", ""),
    ),
    (
        lambda: remove(JOURNEY, at("welcome")),
        "removed Email \u201cWelcome\u201d",
        ("  - {id: welcome, do: email, email: welcome, urgent: true}   # they wait for it\n", ""),
    ),
    (
        lambda: add(JOURNEY, ("steps",), 1, {"id": "tip", "do": "email", "email": "tip"}),
        "added Email \u201cTip\u201d after Email \u201cWelcome\u201d",
        ("", "\n  - {id: tip, do: email, email: tip}\n"),
    ),
    (
        lambda: add(JOURNEY, at("nudge")[:-1], 1, {"id": "end", "do": "end"}),
        "added End after Email \u201cConnect\u201d",
        ("", "      - {id: end, do: end}\n"),
    ),
    (
        lambda: add(JOURNEY, at("data-in", "then"), 0, {"id": "tip", "do": "end"}),
        "added End first in Wait for \u201cFirst source\u201d: then",
        ("", "{id: tip, do: end}"),
    ),
]


@pytest.mark.parametrize(("edit", "sentence", "changed"), EDITS)
def test_an_edit_touches_only_what_it_is_about(
    edit: Callable[[], tuple[str, str]], sentence: str, changed: tuple[str, str]
) -> None:
    text, told = edit()

    gone, come = diff(JOURNEY, text)
    assert sorted(gone) == sorted(changed[0])  # where a word repeats, the same change begins at another letter
    assert sorted(come) == sorted(changed[1])
    assert told == sentence or not sentence


def test_a_step_moves_with_what_is_said_about_it() -> None:
    text, told = move(JOURNEY, at("welcome"), at("data-in", "then"), 0)

    assert told == "moved Email \u201cWelcome\u201d to position 1 in Wait for \u201cFirst source\u201d: then"
    assert text == JOURNEY.replace(
        "  # At once.\n  - {id: welcome, do: email, email: welcome, urgent: true}   # they wait for it\n\n", ""
    ).replace(
        "    then: []   # on to the report\n",
        "    then:   # on to the report\n      # At once.\n"
        "      - {id: welcome, do: email, email: welcome, urgent: true}   # they wait for it\n",
    )


def test_a_step_moves_within_its_list_to_where_it_will_stand() -> None:
    texts = [move(JOURNEY, ("steps", one), ("steps",), other) for one, other in ((0, 2), (2, 0), (1, 1))]

    order = [[step["id"] for step in tree_of(text)["steps"]] for text, _ in texts]
    assert order[0] == ["data-in", "rest", "welcome"]
    assert order[1] == ["rest", "welcome", "data-in"]
    assert texts[0][1] == "moved Email \u201cWelcome\u201d to position 3"
    assert texts[2] == (JOURNEY, "nothing changed")


def test_a_step_that_leaves_the_step_it_was_in_says_for_whom() -> None:
    _, told = move(JOURNEY, at("nudge"), ("steps",), 2)

    out = "out of Wait for \u201cFirst source\u201d: for everybody who comes by"
    assert told == f"moved Email \u201cConnect\u201d to position 3, {out}"


def test_a_step_is_told_as_its_card_shows_it() -> None:
    told = [step_name(step) for step in STEPS]

    assert told == [
        "Wait 2 days",
        "Split by persona",
        "Split",
        "Set a field \u201cPlan tier\u201d",
        "Care task \u201cCall them\u201d",
        "End",
    ]


def test_a_step_moves_across_a_list_it_stood_before() -> None:
    text, _ = move(JOURNEY, ("steps", 0), ("steps", 1, "else"), 1)

    assert [step["id"] for step in tree_of(text)["steps"][0]["else"]] == ["nudge", "welcome"]


@pytest.mark.parametrize(
    ("text", "path", "value", "made"),
    [
        ("a: 1\r\nb: 2\r\n", ("a",), 3, "a: 3\r\nb: 2\r\n"),
        ("a: 1\r\nb: 2", ("c",), 3, "a: 1\r\nb: 2\r\nc: 3"),
        ("a:\nb: 2", ("a",), "x", "a: x\nb: 2"),
        ("a:   # why\nb: 2", ("a",), [1], "a: [1]   # why\nb: 2"),
        ("a: ü # é\n", ("a",), "😀", "a: 😀 # é\n"),
        ("a: b\n", ("a",), "one\ntwo\n", "a: |\n  one\n  two\n"),
        ("a: b", ("a",), "one\ntwo\n", 'a: "one\\ntwo\\n"'),
        ("a: b  # c\n", ("a",), "one\ntwo\n", 'a: "one\\ntwo\\n"  # c\n'),
        ("{a: b}", ("a",), "one\ntwo", '{a: "one\\ntwo"}'),
        ("a: |\n  one\n\n  two\n\n# c\nb: 1\n", ("a",), "x", "a: x\n\n# c\nb: 1\n"),
        ("a: b", ("a",), "true", "a: 'true'"),
        ("a: b", ("a",), "12:30", "a: 12:30"),
        ("a: b", ("a",), "2026-03-02", "a: '2026-03-02'"),
        ("a: b", ("a",), "it's, {so}", "a: 'it''s, {so}'"),
        ("a: b", ("a",), "\x07\U000e0001", 'a: "\\u0007\\U000e0001"'),
        ("a: b", ("a",), None, "a: null"),
        ("a:\n- 1\n- 2\nb: 1\n", ("a",), {"c": 1}, "a: {c: 1}\nb: 1\n"),
        ("a:\n  # why\n  - 1\nb: 1\n", ("a",), 5, "a:\n  # why\n  5\nb: 1\n"),
        ("a:\n  - 1\nb: 1\n", ("a",), [1, "x"], "a:\n  - 1\n  - x\nb: 1\n"),
    ],
)
def test_a_value_is_written_as_yaml_needs_it_and_no_other(text: str, path: Path, value: Any, made: str) -> None:
    new, _ = set_value(text, path, value)

    assert tree_of(new)[path[0]] == value
    assert new == made


@pytest.mark.parametrize(
    ("text", "path", "made"),
    [
        ("a: [1, 2, 3]\n", ("a", 1), "a: [1, 3]\n"),
        ("a: [1, 2, 3]\n", ("a", 2), "a: [1, 2]\n"),
        ("a: [1]\n", ("a", 0), "a: []\n"),
        ("a: [1, ]\n", ("a", 0), "a: []\n"),
        ("a: [\n  1, # one\n  2, # two\n]\n", ("a", 1), "a: [\n  1, # one\n]\n"),
        ("a:\n- 1 # one\n- 2\nb: 1", ("a", 0), "a:\n- 2\nb: 1"),
        ("a:\n- 1\nb: 1", ("a", 0), "a: []\nb: 1"),
        ("b: 1\na: # why\n  - 1", ("a", 0), "b: 1\na: [] # why"),
        ("- - 1\n  - 2\n- - 3\n", (1, 0), "- - 1\n  - 2\n- []\n"),
        ("- a: 1\n  # why\n  b: 2\n", (0, "a"), "-   # why\n  b: 2\n"),
        ("- a: 1\n  b: 2\n", (0, "a"), "- b: 2\n"),
        ("a: 1\r\nb: 2", ("b",), "a: 1"),
        ("a: 1\n", ("a",), "{}\n"),
    ],
)
def test_what_leaves_takes_its_comma_or_its_line_along(text: str, path: Path, made: str) -> None:
    assert remove(text, path)[0] == made


@pytest.mark.parametrize(
    "edit",
    [
        lambda: set_value("a: [1", ("a",), 1),
        lambda: set_value("a: 1", ("a", "b"), 1),
        lambda: set_value("a: 1", (), 1),
        lambda: set_value("", ("a",), 1),
        lambda: remove(JOURNEY, ("steps", 7)),
        lambda: add(JOURNEY, ("name",), 0, 1),
        lambda: add(JOURNEY, ("steps",), 4, {"id": "x", "do": "end"}),
        lambda: move(JOURNEY, at("data-in"), at("data-in", "then"), 0),
        lambda: move(JOURNEY, ("steps", 9), ("steps",), 0),
        lambda: step_path(JOURNEY, "ghost"),
    ],
)
def test_what_cannot_be_done_is_told(edit: Callable[[], object]) -> None:
    with pytest.raises(CannotEdit, match=r"\w+ \w+ \w+"):
        edit()


def test_a_comment_is_never_lost_to_brackets() -> None:
    text = "id: j\nsteps:\n  - id: a\n    # why\n    do: end\n  - {id: b, do: repeat, steps: [{id: c, do: end}]}\n"

    with pytest.raises(CannotEdit, match="edit it as text"):
        move(text, ("steps", 0), ("steps", 1, "steps"), 0)


def nodes(tree: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    for part, inner in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield from nodes(inner, (*path, part))


def get(tree: Any, path: Path) -> Any:
    for part in path:
        tree = tree[part]
    return tree


UNSHRUNK = (
    Phase.explicit,
    Phase.reuse,
    Phase.generate,
)  # shrinking a text takes minutes, and the first one found is short enough

documents = sequences.map(lambda steps: {"id": "j", "name": "Ünïcode", "steps": named(steps, "s")}).flatmap(written)
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.text(max_size=12),
    st.sampled_from(["5d", "yes", "a: b", "# no", "- x", "one\ntwo\n", "{", "'", "null", "1.5", " x "]),
    st.lists(st.sampled_from(["a", "b: c", 3]), max_size=3),
    st.dictionaries(st.sampled_from(["when", "x y", "1"]), st.sampled_from(["a", ["b"], {"c": "d"}]), max_size=2),
)


@settings(max_examples=25, deadline=None, phases=UNSHRUNK)
@given(documents, values, st.data())
def test_whatever_is_set_only_its_node_changes(doc: Written, value: Any, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(list(nodes(doc.tree))))

    text, _ = set_value(doc.text, path, value)

    start, end = doc.spans[path]
    assert text.startswith(doc.text[:start])
    assert text.removesuffix(doc.eol).endswith(doc.text[end:].removesuffix(doc.eol))
    expected = tree_of(doc.text)
    get(expected, path[:-1])[path[-1]] = value
    assert tree_of(text) == expected


@settings(max_examples=25, deadline=None, phases=UNSHRUNK)
@given(documents, st.data())
def test_whatever_is_removed_every_other_word_stays(doc: Written, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(list(nodes(doc.tree))))

    text, _ = remove(doc.text, path)

    start, end = doc.spans[path]
    gone = set(re.findall("# c[0-9]+", doc.text[start:end] + doc.text[end:].split("\n")[0]))
    assert [one for one in re.findall("# c[0-9]+", doc.text) if one not in gone] == [
        one for one in re.findall("# c[0-9]+", text) if one not in gone
    ]
    expected = tree_of(doc.text)
    del get(expected, path[:-1])[path[-1]]
    assert tree_of(text) == expected


@settings(max_examples=25, deadline=None, phases=UNSHRUNK)
@given(documents, st.data())
def test_whatever_is_added_nothing_else_changes(doc: Written, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from([path for path in nodes(doc.tree) if isinstance(get(doc.tree, path), list)]))
    index = data.draw(st.integers(0, len(get(doc.tree, path))))
    node = {"id": "new", "do": "email", "email": data.draw(st.sampled_from(["tip", "a: b"]))}

    text, _ = add(doc.text, path, index, node)

    gone, _ = diff(doc.text, text)
    assert gone.strip(" []\r\n-") == ""
    assert re.findall("# c[0-9]+", text) == re.findall("# c[0-9]+", doc.text)
    expected = tree_of(doc.text)
    get(expected, path).insert(index, node)
    assert tree_of(text) == expected


@settings(max_examples=25, deadline=None, phases=UNSHRUNK)
@given(documents, st.data())
def test_whatever_is_moved_is_the_same_elsewhere(doc: Written, data: st.DataObject) -> None:
    steps = [path for path in nodes(doc.tree) if isinstance(path[-1], int) and "do" in get(doc.tree, path)]
    source = data.draw(st.sampled_from(steps))
    lists = {path[:-1] for path in steps} - {path for path in nodes(doc.tree) if path[: len(source)] == source}
    target = data.draw(st.sampled_from(sorted(lists, key=str)))
    index = data.draw(st.integers(0, len(get(doc.tree, target)) - (source[:-1] == target)))

    try:
        text, _ = move(doc.text, source, target, index)
    except CannotEdit:
        assert "#" in doc.text  # a comment that would not fit into brackets
        return

    assert sorted(re.findall("# c[0-9]+", text)) == sorted(re.findall("# c[0-9]+", doc.text))
    there = step_path(text, get(doc.tree, source)["id"])
    assert there[-1] == index
    assert get(tree_of(text), there) == get(doc.tree, source)


def test_a_document_with_a_moment_in_it_is_edited_as_any_other() -> None:
    text = "id: quiet\nfrom: 2026-03-02T09:00:00+02:00   # a Monday\njourney: trial\n"

    assert set_value(text, ("journey",), "other")[0] == text.replace("trial", "other")
    assert set_value(text, ("days",), 9)[0] == f"{text}days: 9\n"
