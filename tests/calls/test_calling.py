"""A webhook step calls at least once, under one id, on its schedule, and a target that hangs holds up nobody else."""

import json
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from nurture.app import steady
from nurture.channels.webhook import Webhooks
from nurture.clockwork import Clockwork
from nurture.flow import calling, steering
from nurture.flow.calling import AGAIN, Switchboard, make_calls, sweep
from nurture.flow.timekeeping import Timekeeper
from nurture.store import calls, notices
from nurture.store.calls import Room
from nurture.store.schema import moment
from tests.calls.playbook import SECRET
from tests.calls.receiver import HANG, Heard, Receiver
from tests.stories.town import Person, Town

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
ROOM = Room(2, 64)


def a_board(secrets: dict[str, str], seconds: float = 10.0) -> Switchboard:
    """A way out that may call this machine."""
    return Switchboard(Webhooks(loopback=True), "here", lambda name: secrets.get(name, ""), deadline_seconds=seconds)


@pytest.fixture
def secrets() -> dict[str, str]:
    return {"CRM_SECRET": SECRET}


@pytest.fixture
def board(secrets: dict[str, str]) -> Iterator[Switchboard]:
    opened = a_board(secrets)
    yield opened
    opened.close()


@pytest.fixture
def ada(town: Town) -> Person:
    return town.signs_up("ada", role="developer")


def calls_out(town: Town, board: Switchboard) -> int:
    """Make the calls that are due, and wait for their ends.  Returns how many there were."""
    made = make_calls(town.ground, board, town.look)
    for one in made:
        one.result(30)
    return len(made)


def waits(town: Town, span: timedelta) -> None:
    """Let machine time go by."""
    town.machine += span


def rows(town: Town, outbound: str = "crm") -> list[tuple[str, str, int]]:
    """State, reason and attempt of the calls to an outbound, in the order of their making."""
    with town.ground.sessions.read() as session:
        return session.rows(
            "SELECT state, because, attempt FROM calls WHERE outbound = :outbound ORDER BY entry",
            {"outbound": outbound},
        )


def states(town: Town, outbound: str = "crm") -> list[str]:
    return [state for state, _, _ in rows(town, outbound)]


def ids(heard: list[Heard]) -> list[str]:
    return [one.headers["webhook-id"] for one in heard]


def test_a_step_tells_another_system_and_signs_it(
    town: Town, ada: Person, receiver: Receiver, board: Switchboard
) -> None:
    ada.does("crm_news")

    calls_out(town, board)

    (heard,) = receiver.heard
    told = json.loads(heard.body)
    assert told["type"] == "journey.webhook"
    assert told["data"]["customer_id"] == ada.id
    assert (told["data"]["step"], told["data"]["send"]) == ("call", {"rating": "warm"})
    assert heard.headers["webhook-id"].startswith("cal_")
    assert len(heard.headers["webhook-signature"].split(" ")) == 1
    assert rows(town) == [("accepted", "accepted with 200", 1)]
    assert calls_out(town, board) == 0


def test_nothing_is_told_of_whom_staff_hold_before_they_are_released(
    town: Town, ada: Person, receiver: Receiver, board: Switchboard
) -> None:
    ada.does("crm_news")
    steering.hold(town.ground, ada.id, "lea@example.com", "they asked for quiet", town.look())

    held = calls_out(town, board)
    steering.release(town.ground, ada.id, "lea@example.com", "they are back", town.look())

    assert (held, calls_out(town, board), len(receiver.heard)) == (0, 1, 1)


def test_a_second_try_has_the_first_ones_id_and_a_signature_of_its_own(
    town: Town, ada: Person, receiver: Receiver, secrets: dict[str, str]
) -> None:
    receiver.answers("/crm", 500, 302)
    ada.does("crm_news")

    for span in (0 * SECOND, 5 * SECOND, 5 * MINUTE):
        waits(town, span)
        board = a_board(secrets)
        calls_out(town, board)
        board.close()

    first, second, third = receiver.heard
    assert len(set(ids(receiver.heard))) == 1
    assert first.body == second.body == third.body
    for heard in receiver.heard:
        at = moment(int(heard.headers["webhook-timestamp"]) * 1_000_000)
        assert heard.headers["webhook-signature"] == Webhook(SECRET).sign(ids([heard])[0], at, heard.body.decode())
    assert len({heard.headers["webhook-signature"] for heard in receiver.heard}) == 3
    assert rows(town) == [("accepted", "accepted with 200", 3)]


def test_the_schedule_is_kept_to_the_second_and_then_given_up(
    town: Town, ada: Person, receiver: Receiver, board: Switchboard
) -> None:
    receiver.answers("/crm", *[500] * 12)
    ada.does("crm_news")

    made = [calls_out(town, board)]
    for span in AGAIN:
        waits(town, span - SECOND)
        early = calls_out(town, board)
        waits(town, SECOND)
        made.append(calls_out(town, board) - 10 * early)
    waits(town, timedelta(days=30))

    assert made == [1] * 10
    assert rows(town) == [("failed", "given up after 10 attempts: the other side answers 500", 10)]
    assert calls_out(town, board) == 0


def test_who_wants_no_more_is_asked_no_more(town: Town, ada: Person, receiver: Receiver, board: Switchboard) -> None:
    receiver.answers("/crm", 410)
    ada.does("crm_news")

    calls_out(town, board)
    waits(town, timedelta(days=2))

    assert calls_out(town, board) == 0
    assert rows(town) == [("failed", "the other side answers 410: it wants no more of these", 1)]


def ended(made: list[Future[None]], many: int) -> None:
    """Wait until so many calls have ended."""
    left = set(made)
    while len(made) - len(left) < many:
        done, left = wait(left, timeout=30, return_when=FIRST_COMPLETED)
        assert done


def test_a_target_that_hangs_holds_up_its_own_calls_alone(
    town: Town, ada: Person, receiver: Receiver, board: Switchboard
) -> None:
    receiver.answers("/slow", HANG, HANG)
    for _ in range(3):
        ada.does("slow_news")
    slow = make_calls(town.ground, board, town.look)

    for _ in range(3):
        ada.does("crm_news")
    crm = make_calls(town.ground, board, town.look)
    ended(crm, 2)
    crm += make_calls(town.ground, board, town.look)
    ended(crm, 3)
    meanwhile = states(town), sorted(states(town, "slow"))
    receiver.let_go.set()
    ended(slow, 2)
    calls_out(town, board)

    assert (len(slow), len(crm)) == (2, 3)
    assert meanwhile == (["accepted"] * 3, ["calling", "calling", "queued"])
    assert sorted(states(town, "slow")) == ["accepted", "queued", "queued"]


def test_a_call_that_takes_too_long_is_made_again(town: Town, ada: Person, receiver: Receiver) -> None:
    receiver.answers("/crm", HANG)
    ada.does("crm_news")
    board = a_board({"CRM_SECRET": SECRET}, seconds=0.2)

    calls_out(town, board)
    late = rows(town)
    waits(town, 5 * SECOND)
    calls_out(town, board)
    board.close()

    assert late == [("queued", "no answer in time", 1)]
    assert states(town) == ["accepted"]
    assert len(set(ids(receiver.heard))) == 1


def test_a_call_whose_caller_is_gone_is_made_again_under_its_id(
    town: Town, ada: Person, receiver: Receiver, board: Switchboard
) -> None:
    ada.does("crm_news")
    (lost,) = claimed(town)

    waits(town, 60 * SECOND)
    early = sweep(town.ground, town.look())
    waits(town, SECOND)
    swept = sweep(town.ground, town.look())
    waits(town, 5 * SECOND)
    calls_out(town, board)

    assert (early, swept) == (0, 1)
    assert ids(receiver.heard) == [lost.id]
    assert rows(town) == [("accepted", "accepted with 200", 2)]


def test_an_answer_that_comes_after_the_lease_spoils_no_later_attempt(town: Town, ada: Person) -> None:
    ada.does("crm_news")
    (slow,) = claimed(town)
    waits(town, 61 * SECOND)
    sweep(town.ground, town.look())
    waits(town, 5 * SECOND)
    (again,) = claimed(town)

    town.ground.sessions.write(lambda session: calls.put_off(session, slow, "late", town.machine, 500))
    still = states(town)
    town.ground.sessions.write(lambda session: calls.end(session, again, "accepted", "took it", town.machine, 200))
    town.ground.sessions.write(lambda session: calls.end(session, again, "failed", "too late", town.machine, 500))

    assert still == ["calling"]
    assert rows(town) == [("accepted", "took it", 2)]


def claimed(town: Town) -> list[calls.Call]:
    """Claim as somebody who then stops."""
    lease = calling.LEASE
    return town.ground.sessions.write(lambda session: calls.claim(session, town.machine, lease, "gone", ROOM))


def test_a_secret_that_is_not_set_makes_no_call_until_it_is(
    town: Town, ada: Person, receiver: Receiver, board: Switchboard, secrets: dict[str, str]
) -> None:
    del secrets["CRM_SECRET"]
    ada.does("crm_news")

    calls_out(town, board)
    silent, because = list(receiver.heard), rows(town)
    secrets["CRM_SECRET"] = SECRET
    waits(town, 5 * SECOND)
    calls_out(town, board)

    assert silent == []
    assert because == [("queued", "not called: its secret CRM_SECRET is not set", 1)]
    assert states(town) == ["accepted"]


def test_an_outbound_that_was_deleted_is_not_called(
    town: Town, ada: Person, receiver: Receiver, board: Switchboard
) -> None:
    ada.does("crm_news")
    town.ground.sessions.write(lambda session: session.run("UPDATE calls SET outbound = 'erp'", {}))

    calls_out(town, board)

    assert rows(town, "erp") == [("failed", "there is no outbound 'erp' any more", 1)]
    assert receiver.heard == []


def test_many_callers_make_each_call_once(town: Town, ada: Person, receiver: Receiver, secrets: dict[str, str]) -> None:
    for _ in range(12):
        ada.does("crm_news")
    boards = [a_board(secrets) for _ in range(4)]

    def calls_until_done(board: Switchboard) -> None:
        while "queued" in states(town):
            calls_out(town, board)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(calls_until_done, boards))
    for board in boards:
        board.close()

    assert len(ids(receiver.heard)) == len(set(ids(receiver.heard))) == 12
    assert states(town) == ["accepted"] * 12


def test_no_more_than_two_are_under_way_to_one_target_over_all_processes(town: Town, ada: Person) -> None:
    for _ in range(5):
        ada.does("crm_news")
        ada.does("slow_news")

    mine, yours = claimed(town), claimed(town)

    assert sorted(one.outbound for one in mine) == ["crm", "crm", "slow", "slow"]
    assert yours == []


def test_the_beat_makes_calls_by_itself(town: Town, ada: Person, receiver: Receiver, board: Switchboard) -> None:
    clockwork = Clockwork(
        town.ground, town.post, board, town.look, Timekeeper(town.ground, "here", steady), speed=100_000
    )
    clockwork.start()

    ada.does("crm_news")
    came = receiver.called.wait(30)
    clockwork.stop()

    assert came
    assert states(town) == ["accepted"]


def test_a_message_step_shows_each_persona_its_words_in_the_product(town: Town, ada: Person) -> None:
    bo = town.signs_up("bo", role="florist")

    shown = {person.id: first(town, person) for person in (ada, bo)}

    assert shown[bo.id][:2] == ("Your first report", "It takes three clicks.")
    assert shown[ada.id] == ("Your first report", "GET /reports is all it takes.", "Docs", "/docs")


def first(town: Town, person: Person) -> tuple[str, str, str | None, str | None]:
    with town.ground.sessions.read() as session:
        (notice,) = notices.page(session, person.id, {"terminated"}).notices
    return notice.title, notice.body, notice.label, notice.url
