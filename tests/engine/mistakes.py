"""Mistakes in the ways through a journey, each with its mended twin; and how a mistake is written down."""

import json
from typing import Any, NamedTuple

from tests.engine.builders import policy

LAYOUT = "<mjml><mj-body>{{ body }} {{ postal_address }} {{ links.unsubscribe }}</mj-body></mjml>"
MUST, ADVICE = True, False
HELLO = "{id: hello, do: email, email: hello}"
BYE = "{id: bye, do: email, email: bye}"
DAY = "{id: a-day, do: wait, for: 1d}"


def path(*steps: str, key: str = "path", enter: str = "{stage: assessing}", more: str = "") -> str:
    """A journey whose steps begin on line 6, one a line; `more` stands on line 4."""
    entry = f"enter: {enter}" if enter else "purpose: A path"
    return f"id: {key}\nname: {key}\n{entry}\n{more}\nsteps:\n" + "".join(f"  - {step}\n" for step in steps)


class Case(NamedTuple):
    """A mistake.  where: its file and line.  said: words of the problem.  must: whether it stops a publish.

    planted, mended: documents by kind and key, such as `journey_path`, beside those of `base`.
    """

    where: str
    said: str
    must: bool
    planted: dict[str, str]
    mended: dict[str, str]
    base: dict[str, str] = {}  # noqa: RUF012 - nobody changes it
    measured: dict[str, Any] = {}  # noqa: RUF012 - nobody changes it


def journey_case(
    line: int, said: str, must: bool, planted: str, mended: str, /, measured: dict[str, Any] | None = None, **base: str
) -> Case:
    where = f"config/journeys/path.yaml:{line}"
    return Case(where, said, must, {"journey_path": planted}, {"journey_path": mended}, base, measured or {})


def arms(weight: int) -> str:
    return f"{{id: tone, do: experiment, arms: [{{id: plain}}, {{id: warm, weight: {weight}, steps: [{HELLO}]}}]}}"


def fork(*paths: str, key: str = "fork") -> str:
    return f"{{id: {key}, do: split, paths: [{', '.join(paths)}]}}"


def email(topic: str = "tips", body: str = "Hello", **variants: str) -> str:
    """An email's files, as JSON; a variant replaces all of the body."""
    head = f"---\nsubject: Hello\nsender: success\ntopic: {topic}\npreheader: Read on\n---\n"
    return json.dumps({"email.md": f"{head}{body}\n"} | {f"{key}.md": text for key, text in variants.items()})


def ring(again: str) -> dict[str, str]:
    """Two journeys that start each other."""
    return {
        "journey_path": path(DAY, "{id: on, do: start, journey: other}", enter="{stage: assessing, again: always}"),
        "journey_other": path(
            DAY, "{id: back, do: start, journey: path}", key="other", enter=f"{{on: called, again: {again}}}"
        ),
    }


def holding(priority: int) -> dict[str, str]:
    other = path(DAY, key="other", more=f"{{holds: path, priority: {priority}}}".strip("{}").replace(", ", "\n"))
    return {"journey_path": path(DAY, more="holds: other"), "journey_other": other}


def care(key: str = "call", more: str = "") -> str:
    return f"{{id: {key}, do: care, task: call, due: 1d{more}}}"


THREE = [f"{{id: n{n}, do: email, email: n{n}}}" for n in range(3)]
SURVEY = "{id: mood, name: Mood, question: How is it?, kind: score}"
KEVIN, WILMA, REST = (
    f"{{{rule}, steps: [{step}]}}"
    for rule, step in (("when: {persona: kevin}", HELLO), ("when: {persona: wilma}", BYE), ("otherwise: true", DAY))
)
NOBODY = "{otherwise: true}"
SCENARIO = "id: life\nname: A life\njourney: path\nfrom: 2026-03-02T09:00:00Z\nexpects: [{}]\n"
OWNERLESS = policy().split("owners:")[0]

LATE = f"{{id: w, do: wait_for, what: {{milestone: first_value}}, up_to: 6d, then: [{HELLO}]}}"
END = "{id: u, do: wait_until, trial: end, offset: -2d}"

CASES: dict[str, Case] = {
    "a step behind the end": journey_case(
        7,
        "nobody comes to 'hello': the journey has ended at 'over'",
        MUST,
        path("{id: over, do: end}", HELLO),
        path(HELLO),
    ),
    "a step behind a split whose paths all end": journey_case(
        7,
        "nobody comes to 'bye'",
        MUST,
        path(
            fork("{when: {persona: kevin}, steps: [{id: a, do: end}]}", "{otherwise: true, steps: [{id: b, do: end}]}"),
            BYE,
        ),
        path(fork("{when: {persona: kevin}, steps: [{id: a, do: end}]}", NOBODY), BYE),
    ),
    "a step behind a move that ends the journey": journey_case(
        7,
        "nobody comes to 'bye'",
        MUST,
        path("{id: go, do: move, to: adopted}", BYE),
        path("{id: go, do: move, to: assessing}", BYE),
    ),
    "a path behind the same condition": journey_case(
        6,
        "nobody takes path 2: a path above it holds whenever this one does",
        MUST,
        path(fork("{when: {did: paid}}", "{when: {did: paid}}", NOBODY)),
        path(fork("{when: {did: paid}}", "{when: {did: any}}", NOBODY)),
    ),
    "a path for a stage that the journey does not stay in": journey_case(
        6,
        "nobody takes path 1: its condition holds in no stage of this journey",
        MUST,
        path(fork("{when: {stage: adopted}}", NOBODY)),
        path(fork("{when: {stage: adopted}}", NOBODY), more="stays: [assessing, adopted]"),
    ),
    "a last path for nobody": journey_case(
        6, "nobody is left for `otherwise`", ADVICE, path(fork(KEVIN, WILMA, REST)), path(fork(KEVIN, REST, key="one"))
    ),
    "a wait for what cannot be": journey_case(
        6,
        "can never hold",
        MUST,
        path("{id: w, do: wait_for, what: {stage: adopted}, up_to: 1d}"),
        path("{id: w, do: wait_for, what: {milestone: first_value}, up_to: 1d}"),
    ),
    "an else for nobody": journey_case(
        6,
        "nobody comes here: what it waits for always holds",
        MUST,
        path(f"{{id: w, do: wait_for, what: {{stage: assessing}}, up_to: 1d, else: [{HELLO}]}}"),
        path("{id: w, do: wait_for, what: {stage: assessing}, up_to: 1d}"),
    ),
    "an email nobody needs": journey_case(
        6,
        "so nobody gets the email",
        MUST,
        path("{id: hello, do: email, email: hello, unless: {stage: assessing}}"),
        path("{id: hello, do: email, email: hello, unless: {persona: kevin}}"),
    ),
    "rounds nobody walks": journey_case(
        6,
        "so nobody walks its steps",
        MUST,
        path(f"{{id: r, do: repeat, times: 2, until: {{not: {{stage: adopted}}}}, steps: [{DAY}]}}"),
        path(f"{{id: r, do: repeat, times: 2, until: {{not: {{persona: kevin}}}}, steps: [{DAY}]}}"),
    ),
    "an arm that weighs nothing": journey_case(6, "arm 'warm' weighs 0", ADVICE, path(arms(0)), path(arms(1))),
    "no way in": journey_case(1, "nobody enters it", MUST, path(HELLO, enter=""), path(HELLO)),
    "an entry that nobody meets": journey_case(
        3,
        "nobody enters it: the condition holds in none of the stages",
        MUST,
        path(HELLO, enter="{stage: assessing, when: {stage: adopted}}"),
        path(HELLO, enter="{stage: assessing, when: {not: {stage: adopted}}}"),
    ),
    "an entry that is left at once": journey_case(
        3,
        "whoever enters leaves at once: it is entered in assessing",
        MUST,
        path(HELLO, more="stays: adopted", enter="{stage: assessing}"),
        path(HELLO, more="stays: [assessing, adopted]", enter="{stage: assessing}"),
    ),
    "a variant behind another": Case(
        "config/journeys/path.yaml:4",
        "nobody walks 'b' by this",
        MUST,
        {"journey_path": path(HELLO, more="variants: [{persona: kevin, journey: a}, {persona: kevin, journey: b}]")},
        {"journey_path": path(HELLO, more="variants: [{persona: kevin, journey: a}, {persona: wilma, journey: b}]")},
        {f"journey_{key}": path(HELLO, key=key, enter="") for key in "ab"},
    ),
    "a variant for a stage in which nobody enters": Case(
        "config/journeys/path.yaml:4",
        "nobody walks 'a' by this",
        MUST,
        {"journey_path": path(HELLO, more="variants: [{stage: adopted, journey: a}]")},
        {"journey_path": path(HELLO, more="variants: [{stage: assessing, journey: a}]")},
        {"journey_a": path(HELLO, key="a", enter="")},
    ),
    "a variant that is left at once": Case(
        "config/journeys/path.yaml:4",
        "whoever enters it leaves at once: 'a' does not stay in assessing",
        MUST,
        {"journey_a": path(HELLO, key="a", enter="", more="stays: adopted")},
        {"journey_a": path(HELLO, key="a", enter="")},
        {"journey_path": path(HELLO, more="variants: [{persona: kevin, journey: a}]")},
    ),
    "no way out": journey_case(
        1,
        "nothing ends it early: it goes on also for who is adopted",
        ADVICE,
        path(DAY, HELLO, enter="{on: report_shared}"),
        path(DAY, HELLO, enter="{on: report_shared}", more="goal: {milestone: first_value}"),
    ),
    "journeys that start each other": Case(
        "config/journeys/other.yaml:7", "nobody would ever be through with it", MUST, ring("always"), ring("never")
    ),
    "a journey that starts itself": journey_case(
        6, "cannot be started again", ADVICE, path("{id: on, do: start, journey: path}"), path(HELLO)
    ),
    "journeys that hold each other": Case(
        "config/journeys/other.yaml:4", "hold each other with one priority", ADVICE, holding(50), holding(60)
    ),
}
