"""At the gate, writers are served as they came, share commits, and never pay for each other's mistakes."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import Any

import pytest

from nurture.store.gate import GROUP_ACTS, Gate, Spoiled
from nurture.store.transaction import Unavailable
from tests.store.until import until

PATIENCE = 60.0  # longer than a busy machine takes to put threads in line


class Ledger:
    """A group on paper: what was committed, commit by commit."""

    def __init__(self) -> None:
        self.commits: list[list[Any]] = []
        self.open: list[Any] = []
        self.failing: Exception | None = None

    def begin(self) -> None:
        self.open = []

    def run(self, act: Callable[[], Any]) -> Any:
        before = list(self.open)
        try:
            written = act()
        except Exception:
            self.open = before
            raise
        self.open.append(written)
        return written

    def commit(self) -> None:
        if self.failing is not None:
            raise self.failing
        self.commits.append(self.open)

    def rollback(self) -> None:
        self.open = []


def led(gate: Gate, first: Callable[[], Any], *others: Callable[[], Any]) -> list[Future[Any]]:
    """Let one lead, whose act begins only when the others stand in line behind it in this order."""
    with ThreadPoolExecutor(max_workers=1 + len(others)) as threads:
        ready: list[bool] = []

        def leads() -> Any:
            ready.append(True)
            until(lambda: gate.waiting == len(others))
            return first()

        told = [threads.submit(gate.pass_through, leads)]
        until(lambda: bool(ready))
        for place, act in enumerate(others, start=1):
            told.append(threads.submit(gate.pass_through, act))
            until(lambda place=place: gate.waiting == place or told[0].done())  # type: ignore[misc]
    return told


def raises(error: BaseException) -> Any:
    raise error


def test_those_who_wait_together_are_committed_together_in_their_order() -> None:
    ledger = Ledger()

    told = led(Gate(ledger, seconds=PATIENCE), lambda: "Ada", lambda: "Bo", lambda: "Cy")

    assert [one.result() for one in told] == ["Ada", "Bo", "Cy"]
    assert ledger.commits == [["Ada", "Bo", "Cy"]]


def test_a_failing_act_spoils_only_itself() -> None:
    ledger = Ledger()

    told = led(Gate(ledger, seconds=PATIENCE), lambda: "Ada", lambda: raises(KeyError("Bo")), lambda: "Cy")

    assert [type(one.exception()) for one in told] == [type(None), KeyError, type(None)]
    assert ledger.commits == [["Ada", "Cy"]]


def test_nobody_is_answered_when_the_commit_fails() -> None:
    ledger = Ledger()
    ledger.failing = OSError("no space left")

    told = led(Gate(ledger, seconds=PATIENCE), lambda: "Ada", lambda: raises(KeyError("Bo")), lambda: "Cy")

    assert [type(one.exception()) for one in told] == [Unavailable, KeyError, Unavailable]
    assert "no space left" in str(told[0].exception())
    assert ledger.commits == []


def test_a_spoiled_transaction_fails_the_whole_group_and_no_later_one() -> None:
    ledger = Ledger()
    gate = Gate(ledger, seconds=PATIENCE)

    told = led(gate, lambda: "Ada", lambda: raises(Spoiled()))

    assert [type(one.exception()) for one in told] == [Unavailable, Unavailable]
    assert gate.pass_through(lambda: "Cy") == "Cy"
    assert ledger.commits == [["Cy"]]


def test_where_no_transaction_can_begin_all_who_wait_hear_of_it_at_once() -> None:
    class Locked(Ledger):
        def begin(self) -> None:
            until(lambda: gate.waiting == 3)
            raise OSError("database is locked")

    gate = Gate(Locked())
    with ThreadPoolExecutor(max_workers=3) as threads:
        told = [threads.submit(gate.pass_through, lambda: "never") for _ in range(3)]

    assert [type(one.exception()) for one in told] == [Unavailable] * 3


def test_an_interrupted_leader_leaves_nobody_standing() -> None:
    ledger = Ledger()

    told = led(Gate(ledger, seconds=PATIENCE), lambda: raises(KeyboardInterrupt()), lambda: "Bo", lambda: "Cy")

    assert isinstance(told[0].exception(), KeyboardInterrupt)
    assert [one.result() for one in told[1:]] == ["Bo", "Cy"]
    assert ledger.commits == [["Bo", "Cy"]]


def test_who_shared_the_group_of_an_interrupted_leader_is_told_that_nothing_was_kept() -> None:
    ledger = Ledger()

    told = led(Gate(ledger, seconds=PATIENCE), lambda: "Ada", lambda: raises(KeyboardInterrupt()), lambda: "Cy")

    assert [type(one.exception()) for one in told] == [KeyboardInterrupt, Unavailable, type(None)]
    assert "interrupted" in str(told[1].exception())
    assert ledger.commits == [["Cy"]]


def test_a_group_has_a_bound_and_the_rest_comes_next() -> None:
    ledger = Ledger()

    told = led(
        Gate(ledger, seconds=PATIENCE),
        lambda: 0,
        *[lambda number=number: number for number in range(1, GROUP_ACTS + 2)],
    )

    assert [one.result() for one in told] == list(range(GROUP_ACTS + 2))
    assert [number for commit in ledger.commits for number in commit] == list(range(GROUP_ACTS + 2))
    assert max(len(commit) for commit in ledger.commits) <= GROUP_ACTS


def test_a_write_inside_a_write_is_refused() -> None:
    gate = Gate(Ledger())

    with pytest.raises(RuntimeError, match="inside"):
        gate.pass_through(lambda: gate.pass_through(lambda: "never"))


def test_many_writers_all_come_through() -> None:
    ledger = Ledger()
    gate = Gate(ledger, seconds=PATIENCE)

    def writes(who: int) -> None:
        for number in range(200):
            gate.pass_through(lambda: (who, number))  # noqa: B023  run before the next round begins

    threads = [Thread(target=writes, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    kept = [written for commit in ledger.commits for written in commit]
    assert sorted(kept) == [(who, number) for who in range(8) for number in range(200)]
    assert gate.waiting == 0
