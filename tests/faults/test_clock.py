"""A clock that is set: nothing goes out early, twice or in a burst because of it, and whatever is told is kept."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from nurture.app import steady
from nurture.channels.their_clock import told_by
from nurture.channels.webhook import Webhooks
from nurture.clockwork import Clockwork
from nurture.flow import sending
from nurture.flow.calling import Switchboard
from nurture.flow.ground import Moment
from nurture.flow.timekeeping import Timekeeper
from nurture.store import audit, house
from tests.faults.carriers import carries, sent_to, signs_up, states
from tests.store.until import until
from tests.stories.town import MONDAY, Town

SECOND, MINUTE, HOUR, DAY, YEAR = 1, 60, 3_600, 86_400, 365 * 86_400


class Machine:
    """A machine whose time is set by a test, beside a clock that nobody sets; what an independent clock would say."""

    def __init__(self) -> None:
        self.wall, self.ran, self.looks = MONDAY, 0.0, 0
        self.independent: datetime | None = None

    def runs(self, seconds: float) -> None:
        self.ran += seconds
        self.wall += timedelta(seconds=seconds)

    def is_set(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)

    def look(self) -> Moment:
        self.looks += 1
        return Moment(self.wall, self.wall)

    def keeper(self, town: Town, host: str = "here") -> Timekeeper:
        return Timekeeper(town.ground, host, lambda: self.ran, lambda: self.independent)


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def board() -> Iterator[Switchboard]:
    opened = Switchboard(Webhooks(loopback=True), "a test", lambda _: "")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("jump", "goes_on"),
    [
        *((seconds, True) for seconds in (0, 1, -1, 4, -4, 30, 119)),
        *((seconds, False) for seconds in (-6, -119, 121, -121, 10 * MINUTE, -10 * MINUTE, HOUR, -HOUR)),
        *((seconds, False) for seconds in (DAY, -DAY, YEAR, -YEAR, 10 * YEAR, -10 * YEAR)),
    ],
)
def test_a_clock_that_is_set_by_more_than_a_correction_holds_what_rests_on_time(
    town: Town, machine: Machine, jump: int, goes_on: bool
) -> None:
    keeper = machine.keeper(town)
    assert keeper.look(machine.look())
    machine.is_set(jump)

    assert keeper.trusts(machine.wall) == (abs(jump) <= 120)  # before anybody has asked the database
    assert keeper.look(machine.look()) == goes_on
    assert keeper.trusts(machine.wall) == goes_on
    with town.ground.sessions.read() as session:
        assert house.held(session) != goes_on


def test_a_night_in_which_nobody_ran_or_the_machine_slept_is_no_fault(town: Town, machine: Machine) -> None:
    machine.keeper(town).look(machine.look())
    machine.runs(3 * DAY)

    assert machine.keeper(town).look(machine.look())


def test_a_clock_that_was_set_back_while_nothing_ran_is_found_at_the_start(town: Town, machine: Machine) -> None:
    machine.keeper(town).look(machine.look())
    machine.is_set(-HOUR)
    keeper = machine.keeper(town)

    assert not keeper.look(machine.look())

    machine.runs(HOUR)
    assert keeper.look(machine.look())


def test_it_goes_on_when_the_clock_comes_back(town: Town, machine: Machine) -> None:
    keeper = machine.keeper(town)
    keeper.look(machine.look())
    machine.is_set(YEAR)
    assert not keeper.look(machine.look())
    machine.runs(HOUR)
    machine.is_set(-YEAR)

    assert keeper.look(machine.look())
    assert told(town) == [("hold", "what rests on time"), ("resume", "what rests on time")]


def test_it_goes_on_when_an_independent_clock_says_the_same_and_not_before(town: Town, machine: Machine) -> None:
    keeper = machine.keeper(town)
    keeper.look(machine.look())
    machine.is_set(DAY)
    machine.independent = machine.wall - timedelta(days=1)
    assert not keeper.look(machine.look())
    machine.runs(HOUR)
    assert not keeper.look(machine.look())

    machine.runs(MINUTE)
    machine.independent = machine.wall + timedelta(seconds=100)

    assert keeper.look(machine.look())
    machine.runs(MINUTE)
    assert keeper.look(machine.look())


def test_a_fault_outlives_the_process_that_saw_it(town: Town, machine: Machine) -> None:
    keeper = machine.keeper(town)
    keeper.look(machine.look())
    machine.is_set(DAY)
    keeper.look(machine.look())
    later = machine.keeper(town)

    assert not later.look(machine.look())
    machine.runs(HOUR)
    assert not later.look(machine.look())


def test_an_operator_lets_it_go_on_with_the_time_as_it_is(town: Town, machine: Machine) -> None:
    keepers = [machine.keeper(town), machine.keeper(town)]
    for keeper in keepers:
        keeper.look(machine.look())
    machine.is_set(-DAY)
    assert [keeper.look(machine.look()) for keeper in keepers] == [False, False]

    assert sending.resume(town.ground, "olga", machine.look())

    assert [keeper.look(machine.look()) for keeper in keepers] == [True, True]
    assert told(town) == [("hold", "what rests on time"), ("resume", "all sending")]


def test_one_machine_whose_clock_is_wrong_holds_the_others_until_its_own_is_right(town: Town, machine: Machine) -> None:
    other = Machine()
    here, there = machine.keeper(town, "here"), other.keeper(town, "there")
    assert here.look(machine.look())
    assert there.look(other.look())
    machine.is_set(DAY)
    assert not here.look(machine.look())
    other.independent = other.wall

    assert not there.look(other.look())  # its own clock is right, and says nothing about the other one

    machine.is_set(-DAY)
    assert here.look(machine.look())
    assert there.look(other.look())


def test_the_running_clockwork_does_nothing_by_a_wrong_clock_and_goes_on_after_it(
    town: Town, machine: Machine, board: Switchboard
) -> None:
    late = signs_up(town, "ada").customer_id
    carries(town, town.post)
    clockwork = Clockwork(town.ground, town.post, board, machine.look, machine.keeper(town), speed=100_000)
    clockwork.start()
    try:
        machine.is_set(3 * YEAR)
        until(lambda: is_held(town))
        signs_up(town, "bo")  # what is told is taken in, and decided
        clockwork.nudge()
        seen = machine.looks
        until(lambda: machine.looks > seen + 40)
        assert sent_to(town) == ["ada"]
        assert (states(town)["queued"], moved_on(town, late)) == (1, False)

        machine.is_set(-3 * YEAR)
        until(lambda: sent_to(town) == ["ada", "bo"])
    finally:
        clockwork.stop()
    assert not is_held(town)


def test_a_letter_is_not_claimed_between_the_jump_and_the_next_tick(town: Town, machine: Machine) -> None:
    keeper = machine.keeper(town)
    keeper.look(machine.look())
    town.post.trusts = keeper.trusts
    signs_up(town, "ada")
    machine.is_set(HOUR)
    town.machine = machine.wall

    assert carries(town, town.post) == 0
    assert sent_to(town) == []


def test_nothing_goes_out_early_however_often_the_clock_is_set(town: Town) -> None:
    undisturbed = {line: at for at, line in lived(town, Machine(), "even", lambda _: None)}
    dice = random.Random(10)

    def jumps(machine: Machine) -> None:
        size = dice.choice((SECOND, MINUTE, HOUR, DAY, YEAR, 10 * YEAR)) * dice.uniform(0.1, 1)
        machine.is_set(dice.choice((size, -size)))

    disturbed = {line: at for at, line in lived(town, Machine(), "odd", jumps)}

    assert len(undisturbed) > 5
    assert disturbed.keys() <= undisturbed.keys()
    early = {line: undisturbed[line] - at for line, at in disturbed.items() if at < undisturbed[line] - 120}
    assert early == {}


def lived(town: Town, machine: Machine, name: str, jump: Any) -> list[tuple[float, str]]:
    """Let six people live for six days, the clock set every three hours and put right an hour later.

    Returns when each letter left, in seconds of the clock that nobody sets, and which it was.
    """
    keeper, left, known = machine.keeper(town, name), list[tuple[float, str]](), len(town.sendgrid.ledger)
    town.post.trusts = keeper.trusts
    town.now = town.machine = machine.wall
    for n in range(6):
        signs_up(town, f"{name}-{n}")

    def beats() -> None:
        nonlocal known
        town.now = town.machine = machine.wall
        if keeper.look(machine.look()):
            town.beats()
        lines = town.sendgrid.ledger[known:]
        known += len(lines)
        left.extend(
            (machine.ran, f"{line.to.partition('@')[0].partition('-')[2]} {line.categories[0]}") for line in lines
        )

    for _ in range(48):
        right = machine.wall
        jump(machine)
        set_by = machine.wall - right
        for _ in range(4):
            beats()
            machine.runs(15 * MINUTE)
        machine.wall -= set_by
        for _ in range(8):
            beats()
            machine.runs(15 * MINUTE)
    return left


def test_the_machine_of_this_process_tells_a_clock_that_goes_on() -> None:
    first = steady()

    assert steady() >= first > 0


def test_a_provider_tells_the_time_and_one_who_is_not_there_does_not(town: Town) -> None:
    told = told_by(town.sendgrid.url)

    assert told is not None
    assert told.tzinfo is not None
    town.sendgrid.close()
    assert told_by(town.sendgrid.url) is None


def told(town: Town) -> list[tuple[str, str]]:
    """What was done about the clock, in the order of the alphabet: a wrong clock confuses every other one."""
    with town.ground.sessions.read() as session:
        return sorted((one.act, one.subject) for one in audit.entries(session) if one.act in ("hold", "resume"))


def is_held(town: Town) -> bool:
    with town.ground.sessions.read() as session:
        return house.held(session)


def moved_on(town: Town, customer_id: str) -> bool:
    """Whether anything was decided about somebody after their welcome."""
    with town.ground.sessions.read() as session:
        [(decided,)] = session.rows("SELECT COUNT(*) FROM decisions WHERE customer_id = :id", {"id": customer_id})
    return int(decided) > 1
