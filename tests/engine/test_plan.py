"""Where people stand once a journey was edited, and that no edit makes anything happen to them twice."""

from datetime import datetime

import pytest

from nurture.engine.decide import decide
from nurture.engine.decision import Decision, after
from nurture.engine.journey import Journey, Version, compile_journey
from nurture.engine.plan import Choice, Misrouted, Moved, ahead, in_turn, made_due, move, plan, surviving
from nurture.engine.playbook import Playbook, compile_playbook
from nurture.engine.reading import read_document
from nurture.engine.snapshot import Enrollment, Fact, Snapshot
from tests.engine.builders import DAY, HOUR, NOON, ada, emails, journey, known, said, texts

WAIT = "{{id: {0}, do: wait, for: {1}}}"
SPLIT = (
    "{{id: fork, do: split, paths: [{{when: {{persona: kevin}}, steps: [{0}]}}, {{otherwise: true, steps: [{1}]}}]}}"
)
ROUNDS = "{{id: {0}, do: repeat, times: 3, steps: [{1}]}}"


def steps(*written: str) -> str:
    """A list of steps: `a` is a wait of a day, `a:5d` one of five, `@a` a letter; anything else stands for itself."""
    return f"[{', '.join(map(_step, written))}]"


def _step(word: str) -> str:
    if word.startswith("{"):
        return word
    if word.startswith("@"):
        return f"{{id: {word[1:]}, do: email, email: {word[1:]}}}"
    key, _, span = word.partition(":")
    return WAIT.format(key, span or "1d")


def version(revision: int, *written: str) -> Version:
    document, _, problems = read_document("journey", "path", journey(steps(*written)), Journey)
    assert problems == ()
    return compile_journey(document, revision)


def fork(one: str, other: str) -> str:
    return SPLIT.format(*(", ".join(map(_step, inner.split())) for inner in (one, other)))


def rounds(inner: str, key: str = "weekly") -> str:
    return ROUNDS.format(key, ", ".join(map(_step, inner.split())))


@pytest.mark.parametrize(
    ("old", "new", "stands", "then"),
    [
        (["a", "b", "c"], ["a", "b", "c"], "b", "b"),
        (["a", "b", "c"], ["a", "c"], "b", "c"),
        (["a", "b", "c"], ["a"], "b", None),
        (["a", "b", "c"], ["c", "a"], "b", "c"),
        (["a", "b", "c"], ["b", "new", "c"], "a", "b"),
        (["a", fork("b c", "d"), "e"], ["a", fork("c", "d"), "e"], "b", "c"),
        (["a", fork("b c", "d"), "e"], ["a", fork("b", "d"), "e"], "c", "e"),
        (["a", fork("b c", "d"), "e"], ["a", "e"], "b", "e"),
        (["a", fork("b c", "d"), "e"], ["a", "c", "e"], "b", "c"),
        (["a", fork("b", "c")], ["a"], "b", None),
        ([rounds("a b"), "c"], [rounds("a"), "c"], "b", "weekly"),
        ([rounds("a b"), "c"], ["c"], "a", "c"),
    ],
)
def test_whose_step_is_gone_stands_at_the_next_that_is_left(
    old: list[str], new: list[str], stands: str, then: str | None
) -> None:
    assert surviving(version(1, *old), version(2, *new), stands) == then


def test_what_lies_ahead_holds_every_path_and_every_round() -> None:
    walked = version(1, "a", fork("b", "c"), rounds("d e"), "f")

    assert ahead(walked, "fork") == {"fork", "b", "c", "weekly", "d", "e", "f"}
    assert ahead(walked, "e") == {"e", "weekly", "d", "f"}
    assert ahead(walked, None) == frozenset()


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Choice(), {"a": ("stays", "a"), "b": ("goes", "c"), "c": ("stays", "c")}),
        (Choice("keep"), {"a": ("keeps", "a"), "b": ("keeps", "b"), "c": ("keeps", "c")}),
        (
            Choice(reroute={"a": "new", "b": "leave", "c": "keep"}),
            {"a": ("goes", "new"), "b": ("leaves", None), "c": ("keeps", "c")},
        ),
        (Choice("keep", {"b": "b2"}), {"a": ("keeps", "a"), "b": ("goes", "b2"), "c": ("keeps", "c")}),
    ],
)
def test_each_step_has_its_choice(choice: Choice, expected: dict[str, tuple[str, str | None]]) -> None:
    planned = plan(version(1, "a", "b", "c"), version(2, "a", "new", "b2", "c"), choice)

    assert {step: (one.do, one.step) for step, one in planned.items()} == expected


def test_nobody_is_sent_where_there_is_nothing() -> None:
    with pytest.raises(Misrouted, match="'c'"):
        plan(version(1, "a"), version(2, "b"), Choice(reroute={"a": "c"}))


class Walk:
    """Ada, walking; her journey is edited under her feet."""

    def __init__(self, *written: str) -> None:
        self.written = {1: journey(steps(*written))}
        self.now = NOON
        self.acted: list[tuple[str, int]] = []
        self.told: list[Decision] = []
        self.snapshot = self._settled(known(ada(), matched=frozenset()))

    @property
    def playbook(self) -> Playbook:
        newest = max(self.written)
        found = texts(*self.written.values())
        found["journey", "path"] = (newest, self.written[newest])
        return compile_playbook(newest, found, {("path", n): text for n, text in self.written.items()})

    @property
    def stands(self) -> Enrollment:
        return self.snapshot.enrollments[0]

    def _settled(self, snapshot: Snapshot) -> Snapshot:
        decision = decide(self.playbook, snapshot, self.now)
        self.acted += [(order.step, order.pass_) for order in decision.orders]
        self.told.append(decision)
        return after(snapshot, decision)

    def is_edited(self, *written: str, choice: Choice | None = None) -> Moved:
        was = self.playbook.version("path", self.stands.revision)
        self.written[max(self.written) + 1] = journey(steps(*written))
        new = self.playbook.journeys[0]
        assert self.stands.step is not None
        planned = plan(was, new, choice or Choice())[self.stands.step]
        moved = move(self.stands, new, planned, self.acted, self.now)
        assert moved is not None
        self.snapshot = self.snapshot._replace(enrollments=(moved.enrollment,))
        return moved

    def lives(self, until: datetime) -> None:
        """Live on until then, looked at whenever something is due."""
        while True:
            self.snapshot = self._settled(self.snapshot)
            due = self.told[-1].due_at
            if due is None or due > until:
                break
            self.now = max(self.now, due)
        self.now = until

    @property
    def letters(self) -> list[str]:
        return [email for decision in self.told for email in emails(decision)]


def test_a_shorter_wait_counts_from_where_it_began() -> None:
    path = Walk("a:5d", "@one")
    path.lives(NOON + DAY)

    path.is_edited("a:3d", "@one")
    path.lives(NOON + 10 * DAY)

    assert [decision.notes[-1].because for decision in path.told if "one" in emails(decision)] == ["walked to its end"]
    assert path.snapshot.facts.touches[0].at == NOON + 3 * DAY


def test_a_wait_that_is_over_by_an_edit_ends_at_the_edit_and_nothing_bursts() -> None:
    path = Walk("a:9d", "@one", "b:1d", "@two")
    path.lives(NOON + 5 * DAY)

    path.is_edited("a:1d", "@one", "b:1d", "@two")
    path.lives(NOON + 20 * DAY)

    assert [touch.at for touch in path.snapshot.facts.touches] == [NOON + 6 * DAY, NOON + 5 * DAY]
    assert [said(decision, "skipped") for decision in path.told if said(decision, "skipped")] == []


def test_an_edit_excuses_no_outage() -> None:
    path = Walk("a:1d", "@one", "b:1d")
    path.now = NOON + 5 * DAY

    path.is_edited("a:1d", "@one", "b:2d")
    path.lives(NOON + 5 * DAY)

    assert path.letters == []
    assert "late" in said(path.told[-1], "skipped")[0]


def test_steps_before_them_are_not_walked_and_steps_after_them_are() -> None:
    path = Walk("a", "@one", "b:3d")
    path.lives(NOON + 2 * DAY)

    path.is_edited("@zero", "a", "@one", "b:3d", "@two")
    path.lives(NOON + 20 * DAY)

    assert path.letters == ["one", "two"]


def test_what_was_sent_is_not_sent_again_where_it_lies_ahead() -> None:
    path = Walk("@one", "@two", "b", "c")
    path.lives(NOON + HOUR)

    moved = path.is_edited("b", "@three", "@two", "@one", "c")
    path.lives(NOON + 20 * DAY)

    assert moved.enrollment.memory["sent"] == [["one", 1], ["two", 1]]
    assert path.letters == ["one", "two", "three"]
    assert sum("done for them before" in because for told in path.told for because in said(told, "skipped")) == 2
    assert len({touch.key for touch in path.snapshot.facts.touches}) == len(path.snapshot.facts.touches) == 3


def test_who_stands_inside_a_new_repeat_is_in_its_first_round() -> None:
    path = Walk("@one", "a", "b")
    path.lives(NOON + HOUR)

    moved = path.is_edited(rounds("@one a"), "b")
    path.lives(NOON + 20 * DAY)

    assert moved.enrollment.memory["passes"] == {"weekly": 1}
    assert path.acted == [("one", 1), ("one", 2), ("one", 3)]


def test_who_is_inside_a_repeat_stays_in_their_round() -> None:
    path = Walk(rounds("@one a"), "b")
    path.lives(NOON + DAY + HOUR)

    moved = path.is_edited(rounds("@one @more a"), "b")
    path.lives(NOON + 20 * DAY)

    assert moved.enrollment.memory["passes"] == {"weekly": 2}
    assert path.acted == [("one", 1), ("one", 2), ("one", 3), ("more", 3)]


def test_a_repeat_that_is_taken_away_leaves_no_round_behind() -> None:
    path = Walk(rounds("@one a @two b"), "c")
    path.lives(NOON + 2 * DAY + HOUR)

    moved = path.is_edited("a", "@two", "b", "@one", "c")
    path.lives(NOON + 20 * DAY)

    assert (moved.enrollment.pass_, moved.enrollment.since) == (1, path.told[0].enrollments[0].since + 2 * DAY + HOUR)
    assert path.acted == [("one", 1), ("two", 1), ("one", 2)]


CARE = "{id: call, do: care, task: call, due: 1d, wait_for_outcome: 3d, outcomes: {booked: [{id: enough, do: end}]}}"


def test_a_task_is_closed_with_its_step_and_stays_open_with_it() -> None:
    gone, kept = Walk(CARE, "b"), Walk(CARE, "b")

    closed, open_ = gone.is_edited("b"), kept.is_edited(CARE, "c")

    assert closed.closes is not None
    assert (closed.closes.do, closed.closes.step) == ("close", "call")
    assert open_.closes is None
    assert open_.enrollment.memory["step"] == {"opened": True}
    assert open_.enrollment.since == NOON


def test_nothing_left_to_walk_is_an_end() -> None:
    path = Walk("a", "b")
    path.lives(NOON + DAY + HOUR)

    moved = path.is_edited("a")

    assert (moved.enrollment.state, moved.enrollment.step, moved.enrollment.ended_at) == ("finished", None, path.now)
    assert [note.do for note in moved.notes] == ["changed", "finished"]


def test_who_rests_for_another_journey_goes_on_resting() -> None:
    held = {"by": "other", "since": NOON.isoformat(), "resume": "continue"}
    walked = Enrollment("path", 1, 1, "a", NOON, NOON + DAY, "", NOON, "", memory={"held": held})
    old, new, now = version(1, "a", "b"), version(2, "b"), NOON + HOUR

    moved = move(walked, new, plan(old, new, Choice())["a"], (), now)

    assert moved is not None
    assert moved.enrollment.memory["held"] == {**held, "since": now.isoformat()}


def waits(new: str, stood: int) -> bool:
    """Whether Ada, who has stood at a wait of nine days for so many, is made due by another one."""
    at = NOON + stood * DAY
    old, edited = version(1, "a:9d", "b"), version(2, new, "c")
    walked = Enrollment("path", 1, 1, "a", NOON, NOON + 9 * DAY, "", NOON, "")
    moved = move(walked, edited, plan(old, edited, Choice())["a"], (), at)
    assert moved is not None
    return made_due(walked, moved.enrollment, old, edited, known(ada()), at)


@pytest.mark.parametrize(
    ("new", "stood", "expected"),
    [
        ("a:5d", 4, False),
        ("a:5d", 5, True),
        ("a:5d", 9, False),  # over already: no doing of the edit
        ("a:9d", 5, False),
        ("{id: a, do: wait_for, what: {milestone: first_value}, up_to: 5d}", 6, True),
        ("{id: a, do: wait, for: 9d, off: true}", 1, True),
        ("z:1d", 6, False),  # their step is gone: they begin to wait at the next one
    ],
)
def test_an_edit_makes_due_whom_time_alone_moves_on_by_it(new: str, stood: int, expected: bool) -> None:
    assert waits(new, stood) is expected


def test_whose_turn_is_later_goes_on_then_and_what_follows_counts_from_there() -> None:
    path = Walk("a:9d", "@one", "b:1d", "@two")
    path.lives(NOON + 5 * DAY)
    turn = path.now + 2 * HOUR

    moved = path.is_edited("a:1d", "@one", "b:1d", "@two")
    path.snapshot = path.snapshot._replace(enrollments=(in_turn(moved.enrollment, turn),))
    path.lives(path.now + HOUR)
    path.is_edited("a:2d", "@one", "b:1d", "@two")
    path.lives(NOON + 20 * DAY)

    assert [touch.at for touch in path.snapshot.facts.touches] == [turn + DAY, turn]


def test_what_they_do_needs_no_turn() -> None:
    path = Walk("{id: a, do: wait_for, what: {milestone: first_value}, up_to: 9d}", "@one")
    path.lives(NOON + 5 * DAY)

    moved = path.is_edited("{id: a, do: wait_for, what: {milestone: first_value}, up_to: 1d}", "@one")
    path.snapshot = path.snapshot._replace(enrollments=(in_turn(moved.enrollment, path.now + 2 * HOUR),))
    path.lives(path.now + HOUR)
    before = path.letters
    path.snapshot = path.snapshot._replace(news=(Fact("report_shared", path.now),))
    path.lives(path.now)

    assert (before, path.letters) == ([], ["one"])
