"""A mistake in a document is told with its file, its line, its key and the word that was probably meant."""

import pytest

from nurture.engine.document import MAX_TEXT
from nurture.engine.playbook import compile_playbook
from nurture.engine.problem import Problem, Unsound
from tests.engine.builders import LIFECYCLE, MILESTONES, PERSONAS, journey, playbook, policy, texts

STEPS = "[{id: one, do: email, email: welcome}]"
PATH = "config/journeys/path.yaml"


def problems(*journeys: str, **others: str) -> list[Problem]:
    """What is wrong with a playbook."""
    with pytest.raises(Unsound) as unsound:
        compile_playbook(1, texts(*journeys, **others))
    assert str(unsound.value) == "\n".join(map(str, unsound.value.problems))
    return list(unsound.value.problems)


def path(line: str, enter: str = "{stage: assessing}") -> str:
    """A journey whose one step is this line, the sixth of its file."""
    return f"id: path\nname: A path\nenter: {enter}\n\nsteps:\n  - {line}\n"


@pytest.mark.parametrize(
    ("line", "at", "key", "message", "suggestion"),
    [
        ("{id: a, do: emial, email: welcome}", 6, "steps.0", "unknown kind 'emial'", "did you mean 'email'?"),
        ("{id: a, do: email, mail: welcome}", 6, "steps.0.mail", "unknown key 'mail'", "did you mean 'email'?"),
        ("{id: a, do: wait}", 6, "steps.0.for", "is missing", "add 'for'"),
        ("{id: a, do: wait, for: 2 days}", 6, "steps.0.for", "expected a duration such as 30m, 4h, 2d, 1w or", ""),
        ("{id: a, do: wait, for: -2d}", 6, "steps.0.for", "expected a duration that counts forward, found '-2d'", ""),
        ("{id: a, do: wait, for: 99999w}", 6, "steps.0.for", "expected at most ten years, found '99999w'", ""),
        ("{id: a, do: move, to: adoptd}", 6, "steps.0.to", "there is no stage 'adoptd'", "did you mean 'adopted'?"),
        (
            "{id: a, do: wait_until, trial: finish}",
            6,
            "steps.0.trial",
            "found 'finish', expected 'start' or 'end'",
            "one of end, start",
        ),
        (
            "{id: a, do: wait_for, up_to: 1d, what: {mileston: first_value}}",
            6,
            "steps.0.what",
            "unknown kind 'mileston'",
            "did you mean 'milestone'?",
        ),
        (
            "{id: a, do: wait_for, up_to: 1d, what: {milestone: frist_value}}",
            6,
            "steps.0.what.milestone",
            "there is no milestone 'frist_value'",
            "did you mean 'first_value'?",
        ),
        (
            "{id: a, do: wait_for, up_to: 1d, what: {trait: role, is: a, in: [b]}}",
            6,
            "steps.0.what.trait",
            "a trait needs exactly one of is, is_not, in, not_in, contains, gt, gte, lt, lte, exists",
            "",
        ),
        (
            "{id: a, do: wait_for, up_to: 1d, what: {did: login, at_least: 3, at_most: 2}}",
            6,
            "steps.0.what.did",
            "at_most is less than at_least: no number is both",
            "",
        ),
        (
            "{id: a, do: wait_for, up_to: 1d, what: {persona: [kevin, vilma]}}",
            6,
            "steps.0.what.persona",
            "there is no persona 'vilma'",
            "did you mean 'wilma'?",
        ),
        (
            "{id: a, do: wait_for, up_to: 1d, what: {driver: save_tme}}",
            6,
            "steps.0.what.driver",
            "there is no driver 'save_tme'",
            "did you mean 'save_time'?",
        ),
        (
            "{id: a, do: split, paths: [{when: {stage: adopted}}, {when: {stage: at_risk}}]}",
            6,
            "steps.0",
            "the last path, and only it, must say `otherwise: true`",
            "",
        ),
        ("{id: A step, do: end}", 6, "steps.0.id", "expected lower case letters, digits, - and _, found 'A step'", ""),
        ("{do: email, email: welcome}", 6, "steps.0.id", "is missing", "add 'id'"),
        ("{id: a, do: email, email: A letter}", 6, "steps.0.email", "expected lower case letters", ""),
        ("{id: a, do: email, email: welcome, urgent: soon}", 6, "steps.0.urgent", "expected true or false, found", ""),
        (
            "{id: a, do: split, paths: [{otherwise: yes}]}",
            6,
            "steps.0.paths.0.otherwise",
            "found 'yes', expected true",
            "one of true",
        ),
    ],
)
def test_a_mistake_in_a_step_is_found_where_it_is(line: str, at: int, key: str, message: str, suggestion: str) -> None:
    found = next(one for one in problems(path(line)) if one.message.startswith(message))

    assert (found.file, found.line, found.key) == (PATH, at, key)
    assert found.suggestion == suggestion
    assert found.must_fix


@pytest.mark.parametrize(
    ("text", "line", "key", "message", "suggestion"),
    [
        ("id: path\nname: a\nname: b\n", 3, "", 'found duplicate key "name"', "keep one of the two"),
        ("id: path\nname: [a\nsteps: 1\n", 3, "", "not valid YAML:", "check indentation and quotes"),
        ("id: path\nname: &a x\n", 2, "", "anchors and aliases are not supported", ""),
        ("- id: path\n", 1, "", "expected the keys of a journey, found a list", ""),
        ("", 1, "", "expected the keys of a journey, found nothing", ""),
        (
            "id: path\nname: x\npriority: high\nenter: {stage: assessing}\nsteps: [{id: a, do: end}]\n",
            3,
            "priority",
            "expected a whole number, found 'high'",
            "",
        ),
        ("id: path\nname: x\nenter: {}\nsteps: [{id: a, do: end}]\n", 3, "enter", "`enter` needs at least one of", ""),
        (
            "id: path\nname: x\nenter: {stage: assessing, again: sometimes}\nsteps: [{id: a, do: end}]\n",
            3,
            "enter.again",
            "expected never, per_trial, always or `after 90d`, found 'sometimes'",
            "",
        ),
        (
            "id: path\nname: x\nenter: {stage: assessing}\nsteps: [{id: a, do: end}, {id: a, do: end}]\n",
            1,
            "",
            "step ids must differ; used more than once: a",
            "",
        ),
        (
            "id: path\nname: x\nenter: {stage: assessing}\nsteps: []\n",
            4,
            "steps",
            "expected at least 1, found",
            "",
        ),
        (
            "id: path\nname: x\nenter: {stage: assessing}\ngoal: {milestone: x, did: x}\nsteps: [{id: a, do: end}]\n",
            4,
            "goal",
            "a goal is exactly one of milestone, milestones, did",
            "",
        ),
        ("id: path\nname: x\nentr: {stage: assessing}\n", 3, "entr", "unknown key 'entr'", "did you mean 'enter'?"),
    ],
)
def test_a_mistake_in_a_journey_is_found_where_it_is(
    text: str, line: int, key: str, message: str, suggestion: str
) -> None:
    found = next(one for one in problems(text) if one.message.startswith(message))

    assert (found.file, found.line, found.key, found.suggestion) == (PATH, line, key, suggestion)


@pytest.mark.parametrize(
    ("others", "file", "line", "key", "message"),
    [
        (
            {"lifecycle": LIFECYCLE + "  - {from: assessing, to: adopted}\n"},
            "config/lifecycle.yaml",
            13,
            "moves.3",
            "a move needs exactly one of `on` (an event) and `when` (a condition)",
        ),
        (
            {"lifecycle": LIFECYCLE + "  - {from: terminated, to: assessing, when: {did: any}}\n"},
            "config/lifecycle.yaml",
            13,
            "moves.3.when",
            "'terminated' is final: only an event leaves it",
        ),
        (
            {"personas": PERSONAS.replace("otherwise: true", "when: {stage: adopted}")},
            "config/personas.yaml",
            2,
            "",
            "the last persona, and only it, must say `otherwise: true`",
        ),
        (
            {"milestones": MILESTONES.replace("first_project,", "First,", 1)},
            "config/milestones.yaml",
            3,
            "milestones.0.id",
            "expected lower case letters, digits, - and _",
        ),
        (
            {"segment_a": "{id: a, when: {segment: b}}", "segment_b": "{id: b, when: {segment: a}}"},
            "config/segments/a.yaml",
            0,
            "when",
            "a segment cannot be defined by itself",
        ),
        (
            {"segment_a": "{id: b, when: {stage: adopted}}"},
            "config/segments/a.yaml",
            1,
            "id",
            "the id 'b' does not match the file's name",
        ),
        (
            {"survey_s": "{id: s, name: S, question: Q, kind: choice}"},
            "config/surveys/s.yaml",
            1,
            "",
            "`choices` are needed for `kind: choice`, and only there",
        ),
    ],
)
def test_every_kind_of_document_tells_its_mistakes(
    others: dict[str, str], file: str, line: int, key: str, message: str
) -> None:
    found = problems(**others)[0]

    assert (found.file, found.line, found.key) == (file, line, key)
    assert found.message.startswith(message)


@pytest.mark.parametrize(
    ("window", "key", "message"),
    [
        ("days: mon-fri, from: 9am, to: '17:00', else_zone: UTC", ".from", "expected a time such as '09:00', found"),
        ("days: mon-fri, from: 9, to: '17:00', else_zone: UTC", ".from", "expected a time such as '09:00', found 9"),
        ("days: mon-fri, from: '9:00', to: '17:00', else_zone: UTC", ".from", "expected a time such as '09:00', found"),
        (
            "days: mon, from: '09:00', to: '17:00', else_zone: UTC, holidays: [25.12.2026]",
            ".holidays.0",
            "expected a date such as 2026-12-25, found '25.12.2026'",
        ),
        (
            "days: 5, from: '09:00', to: '17:00', else_zone: UTC",
            ".days",
            "expected days such as mon-fri or sat, found 5",
        ),
        ("days: [7], from: '09:00', to: '17:00', else_zone: UTC", ".days", "expected days such as mon-fri or sat, fo"),
        ("days: mon-son, from: '09:00', to: '17:00', else_zone: UTC", ".days", "expected days such as mon-fri or sat"),
        ("days: mon, from: '09:00', to: '24:00', else_zone: UTC", ".to", "the day ends at 23:59"),
        ("days: mon, from: '09:00', to: '09:00', else_zone: UTC", "", "this window never opens"),
        ("days: mon, from: '09:00', to: '17:00', else_zone: customer", "", "`else_zone` must name a zone"),
        ("days: mon, from: '09:00', to: '17:00', else_zone: [UTC]", ".else_zone", "expected an IANA time zone such as"),
        (
            "days: mon, from: '09:00', to: '17:00', else_zone: Mars/Base",
            ".else_zone",
            "expected an IANA time zone such",
        ),
    ],
)
def test_a_window_that_cannot_be_is_refused(window: str, key: str, message: str) -> None:
    (found,) = problems(policy=policy(f"{{{window}}}"))

    assert (found.file, found.line, found.key) == ("config/policy.yaml", 3, f"window{key}")
    assert found.message.startswith(message)


@pytest.mark.parametrize("kind", ["lifecycle", "personas", "milestones", "policy"])
def test_a_playbook_needs_all_its_parts(kind: str) -> None:
    some = {name: text for name, text in texts().items() if name[0] != kind}

    with pytest.raises(Unsound, match=f"config/{kind}.yaml: is missing .every playbook needs its {kind}"):
        compile_playbook(1, some)


@pytest.mark.parametrize(
    ("kind", "key", "said"),
    [
        ("policy", "other", "there is one policy, and its key is 'policy' (write it into config/policy.yaml)"),
        ("journy", "path", "there is no kind of document 'journy' (did you mean 'journey'?)"),
    ],
)
def test_a_document_that_nothing_would_read_is_a_mistake_in_its_name(kind: str, key: str, said: str) -> None:
    with pytest.raises(Unsound) as unsound:
        compile_playbook(1, {**texts(), (kind, key): (1, policy())})

    assert [str(one) for one in unsound.value.problems] == [f"{kind}/{key}: {said}"]


def test_an_email_that_is_not_there_is_missed_by_the_journey_that_names_it() -> None:
    made = texts(journey(STEPS))
    made["email", "welcme"] = made.pop(("email", "welcome"))

    with pytest.raises(Unsound) as unsound:
        compile_playbook(1, made)

    assert [str(one) for one in unsound.value.problems] == [
        f"{PATH}:5: steps.0.email: there is no email 'welcome' (did you mean 'welcme'?)"
    ]


def test_all_mistakes_are_told_at_once_in_the_order_of_files_and_lines() -> None:
    found = problems(path("{id: a, do: email}"), journey(STEPS, "{stag: x}", "other"), policy="window: 3")

    assert [(one.file, one.line) for one in found] == sorted((one.file, one.line) for one in found)
    assert {one.file for one in found} == {"config/journeys/other.yaml", PATH, "config/policy.yaml"}


def split(key: str, inner: str) -> str:
    """A split with steps on its first path."""
    return f"{{id: {key}, do: split, paths: [{{when: {{persona: kevin}}, steps: [{inner}]}}, {{otherwise: true}}]}}"


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (", ".join(f"{{id: s{n}, do: end}}" for n in range(251)), "a journey has at most 250 steps; this one has 251"),
        (
            split("a", split("b", split("c", ""))),
            "splits are at most 2 deep",
        ),
    ],
)
def test_a_journey_has_its_bounds(steps: str, message: str) -> None:
    assert [one.message for one in problems(journey(f"[{steps}]"))] == [message]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: " + "x" * MAX_TEXT, "the document is larger than 256 KiB"),
        ("id: path\nname: " + "[" * 60 + "]" * 60, "nested too deeply"),
        ("id: path\nname: " + "[" * 6000, "nested too deeply"),
    ],
)
def test_a_monstrous_document_is_refused_and_not_suffered(text: str, message: str) -> None:
    made = texts()
    made["journey", "path"] = (1, text)

    with pytest.raises(Unsound, match=message):
        compile_playbook(1, made)


def test_an_older_version_that_somebody_walks_is_kept_beside_the_new_one() -> None:
    made = texts(journey(STEPS))
    made["journey", "path"] = (2, made["journey", "path"][1])

    book = compile_playbook(3, made, pinned={("path", 1): journey("[{id: old, do: wait, for: 1d}]")})

    assert book.version("path", 1).first == "old"
    assert book.live("path") == book.version("path", 2)
    assert book.live("nowhere") is None


def test_a_sound_playbook_compiles() -> None:
    assert [version.journey.id for version in playbook(journey(STEPS)).journeys] == ["path"]
