"""Whatever is edited, published, rolled back and undone under people's feet: nothing is written twice, and they arrive.

The oracle is the provider's own list of what it was given, and the count of what was ever decided. Source: I5.
"""

import json
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from nurture.channels.email.compose import CompiledEmail
from nurture.channels.email.letter import Letter
from nurture.channels.email.links import Links
from nurture.channels.email.provider import Verdict
from nurture.engine.journey import Journey, walk
from nurture.engine.playbook import Playbook
from nurture.engine.reading import read_document
from nurture.flow import handover
from nurture.flow.ground import Ground, Moment, Seals, Shelf
from nurture.flow.handover import Post
from nurture.flow.intake import Newcomer, Report, sign_up, take_events
from nurture.flow.letters import Composer
from nurture.flow.publish import Choices, TooLate, go_on, publish, rollback, undo_publish
from nurture.flow.tick import catch_up, tick
from nurture.store import claims, migrate, photographs
from nurture.store.messages import TAKEN_BACK
from nurture.store.publishing import GRACE
from nurture.store.session import Sessions
from tests.campaign import Campaign
from tests.engine.builders import journey
from tests.faults.carriers import Scripted
from tests.sqlite import SqliteFiles
from tests.stories.crowd import NAME, whole
from tests.stories.town import KEYS, MONDAY, URL

LEAVES = [f"{{id: w{n}, do: wait, for: {n}d}}" for n in range(1, 5)]
LEAVES += [f"{{id: e{n}, do: email, email: letter}}" for n in range(6)]
LEAVES += [
    "{id: ask, do: care, task: call, due: 1d, wait_for_outcome: 2d}",
    "{id: say, do: message, title: Hi, body: O}",
]


def written(chance: Random) -> str:
    """A journey of some of the steps, in some order, some of them on paths and in rounds."""
    left = chance.sample(LEAVES, chance.randint(2, len(LEAVES)))
    steps: list[str] = []
    while left:
        inner = [left.pop() for _ in range(min(len(left), chance.randint(1, 3)))]
        kind = chance.choice(["plain", "plain", "repeat", "split"])
        if kind == "repeat" and not any("{id: round" in step for step in steps):
            steps.append(f"{{id: round, do: repeat, times: {chance.randint(2, 3)}, steps: [{', '.join(inner)}]}}")
        elif kind == "split" and not any("{id: fork" in step for step in steps):
            paths = (
                f"[{{when: {{trait: role, is: boss}}, steps: [{', '.join(inner)}]}}, {{otherwise: true, steps: []}}]"
            )
            steps.append(f"{{id: fork, do: split, paths: {paths}}}")
        else:
            steps += inner
    return journey(f"[{', '.join(steps)}]", enter="{stage: assessing, again: always}")


TEXTS = [written(Random(n)) for n in range(30)]
STEPS = sorted({"fork", "round", *(step.partition(",")[0].removeprefix("{id: ") for step in LEAVES)})
PEOPLE = ("ada", "bo", "cy")
FAR = timedelta(days=400)
routes = st.dictionaries(st.sampled_from(STEPS), st.sampled_from(["leave", "keep", *STEPS]), max_size=3)


def steps_of(text: str) -> set[str]:
    document, _, _ = read_document("journey", "path", text, Journey)
    return {step.id for step in walk(document.steps)}


def founded(url: str) -> None:
    migrate.upgrade(url)
    ground = Ground(Sessions(url), Shelf(), Seals(KEYS))
    publish(ground, whole(*reversed(TEXTS)), "ada", "", Moment(MONDAY, MONDAY))
    ground.sessions.close()


class Remembering(Composer):
    """A composer for emails that never change, whatever is published."""

    def __init__(self) -> None:
        super().__init__(Links(URL, KEYS), URL)

    def email(self, playbook: Playbook, key: str) -> CompiledEmail:
        if key not in COMPILED:
            COMPILED[key] = super().email(playbook, key)
        return COMPILED[key]


COMPILED: dict[str, CompiledEmail] = {}


class Edits(RuleBasedStateMachine):
    """Three people walk a journey that is edited all the time."""

    files: SqliteFiles

    @initialize()
    def opens(self) -> None:
        self.stack = ExitStack()
        url = self.stack.enter_context(self.files.database(founded))
        self.now = MONDAY
        self.ground = Ground(Sessions(url), Shelf(), Seals(KEYS))
        self.given: Counter[str] = Counter()
        self.taken = self.told = 0
        self.post = Post(Scripted(self._takes), Remembering(), "edits", 1)
        for name in PEOPLE:
            self.signs_up(name)

    def _takes(self, letter: Letter, _: float) -> Verdict:
        self.given[letter.send_id] += 1
        return Verdict("accepted", "taken", provider_id=letter.send_id)

    @property
    def at(self) -> Moment:
        return Moment(self.now, self.now)

    @rule(name=st.sampled_from(PEOPLE))
    def signs_up(self, name: str) -> None:
        self.told += 1
        newcomer = Newcomer(
            name, f"{name}@customer.example", self.now, "signups", f"s{self.told}",
            traits={"role": "boss" if name == "bo" else "clerk"},
        )  # fmt: skip
        sign_up(self.ground, newcomer, self.at)

    @rule(name=st.sampled_from(PEOPLE), event=st.sampled_from(["subscription_started", "trial_cancelled", "danced"]))
    def does(self, name: str, event: str) -> None:
        take_events(self.ground, [Report(event, self.now, name)], "product", self.at)

    @rule(days=st.integers(0, 4), minutes=st.sampled_from([0, 4, 11]))
    def passes(self, days: int, minutes: int) -> None:
        self.now += timedelta(days=days, minutes=minutes)
        self._beats()

    def _beats(self) -> None:
        while tick(self.ground, self.at) or go_on(self.ground, self.at) or catch_up(self.ground, self.at):
            pass
        handover.hand_over(self.ground, self.post, lambda: self.at)

    @rule(n=st.integers(0, len(TEXTS) - 1), people=st.sampled_from(["move", "move", "keep"]), asked=routes)
    def publishes(self, n: int, people: str, asked: dict[str, str]) -> None:
        known = steps_of(TEXTS[n])
        reroute = {step: to for step, to in asked.items() if to in known or to in ("leave", "keep")}
        choices = Choices(people, {"path": reroute}, at_once=2)
        publish(self.ground, {NAME: TEXTS[n]}, "ada", "", self.at, people=choices)

    @rule(back=st.integers(0, 5))
    def rolls_back(self, back: int) -> None:
        with self.ground.sessions.read() as session:
            [(latest,)] = session.rows("SELECT latest FROM documents WHERE kind = 'journey'")
        rollback(self.ground, NAME, max(1, latest - back), "ada", "", self.at, people=Choices())

    @rule()
    def undoes(self) -> None:
        with self.ground.sessions.read() as session:
            [(revision,)] = session.rows("SELECT MAX(revision) FROM playbooks")
        try:
            self.taken += undo_publish(self.ground, revision, "ada", self.at).letters
        except TooLate:
            return

    @rule()
    def restarts(self) -> None:
        self.ground = self.ground._replace(shelf=Shelf())

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.ground.sessions.read() as session:
            return session.rows(sql, {"taken_back": TAKEN_BACK} if ":taken_back" in sql else ())

    @invariant()
    def nothing_goes_out_twice(self) -> None:
        if hasattr(self, "given"):
            assert max(self.given.values(), default=0) <= 1

    @invariant()
    def nothing_is_decided_twice(self) -> None:
        if not hasattr(self, "given"):
            return
        [(letters,)] = self.rows("SELECT COUNT(*) FROM messages")
        [(waiting,)] = self.rows("SELECT COUNT(*) FROM messages WHERE state = 'cancelled' AND because = :taken_back")
        noted = Counter(note["do"] for (body,) in self.rows("SELECT body FROM decisions") for note in json.loads(body))
        assert noted["letter"] == letters + self.taken - waiting  # what was taken back is decided once more
        assert self.rows("SELECT COUNT(*) FROM tasks") == [(noted["task"],)]
        assert self.rows("SELECT COUNT(*) FROM notices") == [(noted["notice"],)]

    @invariant()
    def no_touch_is_counted_twice(self) -> None:
        if not hasattr(self, "given"):
            return
        ids = [row[0] for row in self.rows("SELECT id FROM customers")]
        with self.ground.sessions.read() as session:
            taken = photographs.photographs(session, ids)
        for photograph in taken.values():
            keys = [touch.key for touch in photograph.snapshot.facts.touches]
            assert len(keys) == len(set(keys))
            assert photograph.failures == 0

    def teardown(self) -> None:
        """Whatever has been done to a journey, it ends."""
        if not hasattr(self, "given"):
            return
        end = self.now + FAR
        while True:
            self._beats()
            with self.ground.sessions.read() as session:
                due = claims.oldest_due(session, end)
            [(waits,)] = self.rows("SELECT MIN(not_before) FROM messages WHERE state = 'queued'")
            if due is None and waits is None:
                break
            self.now = max(self.now + GRACE, due or self.now)
        assert self.rows("SELECT COUNT(*) FROM enrollments WHERE state = 'active'") == [(0,)]
        self.nothing_goes_out_twice()
        self.nothing_is_decided_twice()
        self.post.close()
        self.ground.sessions.close()
        self.stack.close()


def run(files: SqliteFiles, examples: int, steps: int, derandomize: bool) -> None:
    machine = type("OnSqlite", (Edits,), {"files": files})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=derandomize,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_no_edit_writes_anything_twice(sqlite_files: SqliteFiles) -> None:
    run(sqlite_files, examples=10, steps=20, derandomize=True)


@pytest.mark.campaign
def test_no_edit_writes_anything_twice_for_as_long_as_asked(sqlite_files: SqliteFiles, campaign: Campaign) -> None:
    for _ in campaign.seeds():
        run(sqlite_files, examples=100, steps=60, derandomize=False)
        campaign.counted["lives of up to 60 edits"] += 100
