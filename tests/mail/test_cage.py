"""The cage: whatever staff wrote ends within its limits, reaches nothing, and takes nobody else's time."""

import os
import re
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from time import monotonic

import pytest

from nurture.channels.email.cage import WALL, Cage, Judge, NotLookedThrough, Shared, Write, looked_through
from nurture.channels.email.caged import MEMORY
from nurture.channels.email.compose import compile_email
from nurture.engine.email import EmailText, parse_email
from tests.campaign import Campaign
from tests.mail.bombs import BOMBS, ESCAPES, mixed
from tests.mail.samples import HEAD, LAYOUT, SURVEYS, read, words

SHARED = Shared(LAYOUT, {}, SURVEYS)
FINE = read("Hello {{ customer.first_name | default('you', true) }}.")
BOMB = read("[" * 60_000)
TOO_MUCH = "this text takes too long or too much memory to look through"
SLACK = 2.0  # seconds: of a busy machine, and of a new child


@pytest.fixture(scope="module")
def cage() -> Iterator[Cage]:
    opened = Cage()
    yield opened
    opened.close()


def read_or_refused(body: str) -> EmailText | None:
    return parse_email("hello", {"email.md": HEAD + body})[0]


def child_of(cage: Cage) -> int:
    """The number of the child that waits; there is one."""
    cage.ask(Judge(FINE, SHARED))
    (child,) = cage._idle
    return child._run.pid


def ends_within_its_limits(cage: Cage, body: str) -> None:
    """Saved or looked through, it takes no longer than it may."""
    email, began = read_or_refused(body), monotonic()
    if email is None:
        return  # its YAML is refused before anybody compiles it
    with suppress(NotLookedThrough):
        cage.ask(Judge(email, SHARED))

    assert monotonic() - began < WALL + SLACK, body[:200]


@pytest.mark.parametrize("body", BOMBS, ids=range(len(BOMBS)))
def test_a_bomb_ends_within_its_limits(cage: Cage, body: str) -> None:
    ends_within_its_limits(cage, body)


@pytest.mark.campaign
def test_bombs_of_several_bombs_for_as_long_as_there_is_time(cage: Cage, campaign: Campaign) -> None:
    for seed in campaign.seeds():
        ends_within_its_limits(cage, mixed(seed))


@pytest.mark.parametrize("body", ESCAPES, ids=range(len(ESCAPES)))
def test_no_way_leads_out(cage: Cage, body: str) -> None:
    email = read_or_refused(body)
    assert email is not None

    answer = cage.ask(Write(email, SHARED, None, None, words()))

    assert answer.rendered is None
    assert any(one.must_fix for one in answer.problems) or answer.why


def test_what_is_fine_is_rendered_as_in_this_process(cage: Cage) -> None:
    answer = cage.ask(Write(FINE, SHARED, None, None, words()))

    assert answer.rendered == compile_email(FINE, *SHARED).render(None, None, words())


def test_a_bomb_is_a_finding_that_stops_a_publish() -> None:
    answer = looked_through(BOMB, SHARED)

    assert not answer.passed
    assert [one.message for one in answer.problems if one.must_fix] == [TOO_MUCH]


def test_others_are_served_while_a_bomb_is_judged(cage: Cage) -> None:
    with ThreadPoolExecutor(1) as others:
        bomb = others.submit(cage.ask, Judge(BOMB, SHARED))
        answers = 0
        while not bomb.done():
            began = monotonic()
            cage.ask(Judge(FINE, SHARED))
            answers += not bomb.done() and monotonic() - began < WALL

        assert answers > 10
        with pytest.raises(NotLookedThrough, match=TOO_MUCH):
            bomb.result()


def test_a_child_has_no_environment_of_ours(cage: Cage) -> None:
    assert os.environ
    assert Path(f"/proc/{child_of(cage)}/environ").read_bytes() == b""


def test_a_child_holds_nothing_open_but_its_pipes_and_may_open_nothing(cage: Cage) -> None:
    child = Path(f"/proc/{child_of(cage)}")
    limits = (child / "limits").read_text()

    assert {str(one.readlink()).split(":")[0] for one in (child / "fd").iterdir()} <= {"pipe", "/dev/null"}
    assert re.search(r"Max cpu time +[1-9]\d* ", limits)
    assert re.search(r"Max open files +0 +0 ", limits)
    assert re.search(r"Max file size +0 +0 ", limits)
    assert re.search(rf"Max address space +{MEMORY} +{MEMORY} ", limits)


def test_a_child_that_was_killed_is_replaced(cage: Cage) -> None:
    first = child_of(cage)
    os.kill(first, signal.SIGKILL)
    while cage._idle[0].alive:
        pass

    assert child_of(cage) != first


def test_a_child_that_is_killed_over_its_job_costs_that_job_alone(cage: Cage) -> None:
    first = child_of(cage)
    with ThreadPoolExecutor(1) as others:
        bomb = others.submit(cage.ask, Judge(BOMB, SHARED))
        while not cage._idle and not bomb.done():
            if Path(f"/proc/{first}/stat").read_text().split(")")[1].split()[0] == "R":
                os.kill(first, signal.SIGKILL)
                break
        with pytest.raises(NotLookedThrough):
            bomb.result()

    assert cage.ask(Judge(FINE, SHARED)).passed
    assert child_of(cage) != first


@pytest.mark.parametrize(
    "body",
    ["while True: pass", "held = [bytearray(2**20) for _ in range(600)]; say()", "sys.stdout.buffer.write(b'no' * 99)"],
    ids=["time", "memory", "no answer"],
)
def test_limits_hold_for_whatever_runs_in_a_child(body: str) -> None:
    """A child that somebody has taken over: it says that it is ready, and then does as it likes."""
    evil = (
        "import sys; from nurture.channels.email import caged as c\n"
        "def say(): c.send(sys.stdout.buffer, c.ANSWER.dump_json(c.Answer())); sys.stdout.flush()\n"
        "c._shut(); c.receive(sys.stdin.buffer); say(); c.receive(sys.stdin.buffer)\n"
    )
    cage, began = Cage((sys.executable, "-c", evil + body), wall=1.0), monotonic()

    with pytest.raises(NotLookedThrough, match=TOO_MUCH):
        cage.ask(Judge(FINE, SHARED))

    assert monotonic() - began < 1.0 + SLACK


@pytest.mark.parametrize("command", [("/nowhere/at-all",), (sys.executable, "-c", "0")], ids=["no program", "ends"])
def test_without_a_child_nothing_is_looked_through(command: tuple[str, ...]) -> None:
    with pytest.raises(NotLookedThrough, match="cannot be looked through on this server"):
        Cage(command).ask(Judge(FINE, SHARED))
