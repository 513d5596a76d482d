"""Invented journeys, people and lives: whatever the grammar of a journey allows."""

from typing import Any

from hypothesis import strategies as st

from nurture.engine.journey import Journey
from nurture.engine.playbook import Playbook, compile_playbook
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
)


def forks(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Steps that hold sequences of steps."""
    sequence, when = st.lists(inner, max_size=3), st.sampled_from(WHEN)
    return st.one_of(
        st.builds(
            lambda what, up_to, then, other: {
                "do": "wait_for",
                "what": what,
                "up_to": up_to,
                "then": then,
                "else": other,
            },
            when,
            spans,
            sequence,
            sequence,
        ),
        st.builds(
            lambda rule, one, other: {
                "do": "split",
                "paths": [{"when": rule, "steps": one}, {"otherwise": True, "steps": other}],
            },
            when,
            sequence,
            sequence,
        ),
    )


def named(steps: list[dict[str, Any]], prefix: str) -> list[dict[str, Any]]:
    """The same steps, each with an id of its own."""
    made: list[dict[str, Any]] = []
    for n, step in enumerate(steps):
        key = f"{prefix}{n}"
        inner: dict[str, Any] = {name: named(step[name], f"{key}{name}") for name in ("then", "else") if name in step}
        if "paths" in step:
            paths = [{**path, "steps": named(path["steps"], f"{key}p{m}-")} for m, path in enumerate(step["paths"])]
            inner["paths"] = paths
        made.append({**step, **inner, "id": key})
    return made


sequences = st.lists(st.one_of(stops, forks(stops), forks(st.one_of(stops, forks(stops)))), min_size=1, max_size=5)
entries = st.sampled_from(
    [
        {"stage": "assessing"},
        {"stage": ["assessing", "at_risk", "considering"], "again": "always"},
        {"on": ["report_shared", "danced"], "again": "always"},
        {"when": {"silent_for": "1d"}, "again": "after 3d"},
        {"stage": "at_risk", "when": {"persona": "kevin"}, "again": "per_trial"},
    ]
)


def as_playbook(journeys: list[Journey]) -> Playbook:
    """A playbook of these journeys, in office hours and under a cap."""
    made: dict[tuple[str, str], tuple[int, str]] = texts(
        journey("[{id: a, do: email, email: letter}, {id: b, do: email, email: receipt}]", "{on: never}", "unused"),
        policy=policy(OFFICE, "[{per: 20h, at_most: 1}]"),
    )
    made |= {("journey", one.id): (1, one.model_dump_json(by_alias=True, exclude_none=True)) for one in journeys}
    return compile_playbook(1, made)


people = st.sampled_from([ada(traits={"role": "admin"}), ada(zone="Asia/Kathmandu"), bo()])
scripts = st.lists(
    st.builds(lambda name, n: Fact(name, NOON + n * HOUR), st.sampled_from(EVENTS), st.integers(0, 900)),
    max_size=6,
    unique_by=lambda fact: fact.at,
)
drawn = st.lists(st.tuples(sequences, entries), min_size=1, max_size=2).map(
    lambda pairs: [
        Journey.model_validate({"id": f"j{n}", "name": "J", "enter": enter, "steps": named(steps, "s")})
        for n, (steps, enter) in enumerate(pairs)
    ]
)
