"""Invented journeys, people and lives: whatever the grammar of a journey allows."""

from typing import Any

from hypothesis import strategies as st

from nurture.engine.journey import Journey
from nurture.engine.playbook import Playbook, compile_playbook
from nurture.engine.reading import Texts
from nurture.engine.snapshot import Fact
from tests.engine.builders import HOUR, NOON, OFFICE, ada, bo, journey, policy, texts

WHEN: list[dict[str, Any]] = [
    {"persona": "kevin"},
    {"silent_for": "1d"},
    {"did": "report_shared", "within": "2d"},
    {"not": {"milestone": "first_value"}},
    {"any": [{"trial": {"ended_by": "0d"}}, {"stage": "adopted"}]},
]
EVENTS = ["signed_up", "project_created", "report_shared", "subscription_started", "trial_cancelled", "danced"]
spans = st.sampled_from(["0s", "30m", "1d", "3d"])
stops = st.one_of(
    st.builds(lambda late: {"do": "email", "email": "letter", "late": late}, st.sampled_from([None, "skip", "send"])),
    st.just({"do": "email", "email": "receipt", "urgent": True}),
    st.builds(lambda span: {"do": "wait", "for": span}, spans),
    st.builds(
        lambda anchor, span: {"do": "wait_until", "trial": anchor, "offset": span},
        st.sampled_from(["start", "end"]),
        st.sampled_from(["-2d", "0s", "5d"]),
    ),
    st.builds(lambda role: {"do": "set", "trait": "role", "to": role}, st.sampled_from(["admin", "boss"])),
    st.builds(lambda to: {"do": "move", "to": to}, st.sampled_from(["assessing", "at_risk", "adopted", "terminated"])),
    st.just({"do": "end"}),
    st.just({"do": "wait", "for": "1d", "off": True}),
    st.just({"do": "email", "email": "letter", "late": "replan", "unless": {"milestone": "first_value"}}),
    st.just({"do": "wait_until", "days": "tue", "at": "10:00"}),
    st.just({"do": "wait_until", "date": "renews", "offset": "-1d"}),
    st.just({"do": "survey", "survey": "mood", "email": "letter"}),
    st.just({"do": "message", "title": "Hello", "body": "There", "for": {"kevin": {"title": "Hi"}}}),
    st.just({"do": "webhook", "to": "crm", "send": {"n": 1}}),
    st.just({"do": "care", "task": "call", "due": "1d"}),
    st.builds(lambda key: {"do": "start", "journey": key}, st.sampled_from(["j0", "unused"])),
)


Steps = list[dict[str, Any]]


@st.composite
def some(draw: st.DrawFn, depth: int, least: int = 0) -> Steps:
    """A few steps that hold others at most so deep; composite, or Hypothesis spells out the whole tree in words."""
    one = stops if not depth else st.one_of(stops, forks(depth))
    return draw(st.lists(one, min_size=least, max_size=3))


@st.composite
def forks(draw: st.DrawFn, depth: int) -> dict[str, Any]:
    """A step that holds sequences of steps."""
    one, other = draw(some(depth - 1)), draw(some(depth - 1))
    kind = draw(st.sampled_from(["wait_for", "split", "experiment", "care"]))
    if kind == "wait_for":
        what = draw(st.sampled_from([*WHEN, {"event": "danced"}]))
        return {"do": kind, "what": what, "up_to": draw(spans), "then": one, "else": other}
    if kind == "split":
        rule = draw(st.sampled_from(WHEN))
        return {"do": kind, "paths": [{"when": rule, "steps": one}, {"otherwise": True, "steps": other}]}
    if kind == "experiment":
        return {"do": kind, "arms": [{"id": "a", "steps": one}, {"id": "b", "weight": 3, "steps": other}]}
    waits = {"task": "call", "due": "12h", "escalate": {"after": "6h", "to": "lead"}, "wait_for_outcome": "2d"}
    return {"do": kind, **waits, "outcomes": {"booked": one}, "else": other}


@st.composite
def rounds(draw: st.DrawFn) -> dict[str, Any]:
    """A step whose steps are walked several times; no such step may hold another."""
    until = draw(st.sampled_from([None, *WHEN]))
    return {"do": "repeat", "times": draw(st.integers(2, 4)), "until": until, "steps": draw(some(1, least=1))}


LISTS = ("then", "else", "steps")  # the keys of a step that hold steps


def named(steps: list[dict[str, Any]], prefix: str) -> list[dict[str, Any]]:
    """The same steps, each with an id of its own."""
    made: list[dict[str, Any]] = []
    for n, step in enumerate(steps):
        key = f"{prefix}{n}"
        inner: dict[str, Any] = {name: named(step[name], f"{key}{name}") for name in LISTS if name in step}
        if "paths" in step:
            paths = [{**path, "steps": named(path["steps"], f"{key}p{m}-")} for m, path in enumerate(step["paths"])]
            inner["paths"] = paths
        if "arms" in step:
            inner["arms"] = [{**arm, "steps": named(arm["steps"], f"{key}{arm['id']}-")} for arm in step["arms"]]
        if "outcomes" in step:
            inner["outcomes"] = {word: named(steps, f"{key}{word}") for word, steps in step["outcomes"].items()}
        made.append({**step, **inner, "id": key})
    return made


sequences = st.lists(st.one_of(stops, forks(1), forks(2), rounds()), min_size=1, max_size=5)
entries = st.sampled_from(
    [
        {"stage": "assessing"},
        {"stage": ["assessing", "at_risk", "considering"], "again": "always"},
        {"on": ["report_shared", "danced"], "again": "always"},
        {"when": {"silent_for": "1d"}, "again": "after 3d"},
        {"stage": "at_risk", "when": {"persona": "kevin"}, "again": "per_trial"},
    ]
)


def as_texts(journeys: list[Journey]) -> Texts:
    """The texts of a playbook of these journeys, in office hours and under a cap."""
    made: dict[tuple[str, str], tuple[int, str]] = texts(
        journey("[{id: a, do: email, email: letter}, {id: b, do: email, email: receipt}]", "{on: never}", "unused"),
        policy=policy(OFFICE, "[{per: 20h, at_most: 1}]"),
        survey_mood="{id: mood, name: Mood, question: How is it?, kind: score}",
        task_call="{id: call, name: A call}",
        outbound_crm="{id: crm, url: 'https://example.com/crm'}",
    )
    made |= {("journey", one.id): (1, one.model_dump_json(by_alias=True, exclude_none=True)) for one in journeys}
    return made


def as_playbook(journeys: list[Journey]) -> Playbook:
    """A playbook of these journeys, in office hours and under a cap."""
    return compile_playbook(1, as_texts(journeys))


people = st.sampled_from([ada(traits={"role": "admin"}), ada(zone="Asia/Kathmandu"), bo()])
scripts = st.lists(
    st.builds(lambda name, n: Fact(name, NOON + n * HOUR), st.sampled_from(EVENTS), st.integers(0, 900)),
    max_size=6,
    unique_by=lambda fact: fact.at,
)
extras = st.sampled_from(
    [
        {},
        {},
        {"holds": "all"},
        {"holds": "j0", "resume": "replan", "priority": 90},
        {"holdout": "50%"},
        {"variants": [{"persona": "kevin", "journey": "unused"}, {"stage": "at_risk", "journey": "j0"}]},
    ]
)
drawn = st.lists(st.tuples(sequences, entries, extras), min_size=1, max_size=2).map(
    lambda drawn: [
        Journey.model_validate({"id": f"j{n}", "name": "J", "enter": enter, "steps": named(steps, "s"), **extra})
        for n, (steps, enter, extra) in enumerate(drawn)
    ]
)
