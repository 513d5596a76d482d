"""Long work: done in batches, stopped and gone on with, taken up after a crash, and told as it went."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from nurture.errands import AT_ONCE, KINDS
from nurture.flow import errands
from nurture.flow.errands import LEASE, Batch, Kind
from nurture.flow.ground import Ground, Moment
from nurture.store import audit, customers, people, suppressions
from nurture.store import errands as store
from nurture.store.errands import Errand
from nurture.store.wanted import Wanted
from tests.conftest import Databases
from tests.sqlite import SqliteFiles
from tests.web.harbour import Harbour, harbour_at, prepare

MANY = AT_ONCE + 5


@pytest.fixture
def harbour(databases: Databases, tmp_path: Path) -> Iterator[Harbour]:
    with databases.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


@pytest.fixture
def lite(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


def counting(_: Ground, errand: Errand, __: Moment) -> Batch:
    """Work that counts to three, one at a time."""
    if errand.done == errand.asked.get("fails_at"):
        raise ValueError("it went wrong")
    return Batch(errand.done + 1, {"last": errand.done + 1}, over=errand.done == 2, total=3)


COUNTING = {"count": Kind("Count to three", counting)}


def asked(harbour: Harbour, kind: str, **said: object) -> str:
    return errands.ask(harbour.parts.ground, kind, said, "sam", harbour.look())


def seen(harbour: Harbour, errand_id: str) -> Errand:
    with harbour.parts.ground.sessions.read() as session:
        found = store.find(session, errand_id)
    assert found is not None
    return found


def finished(harbour: Harbour, errand_id: str) -> Errand:
    """Do all there is to do."""
    while errands.run(harbour.parts.ground, KINDS, harbour.look()):
        pass
    return seen(harbour, errand_id)


def test_an_errand_is_done_batch_by_batch_and_then_no_more(harbour: Harbour) -> None:
    one = asked(harbour, "count")

    steps = []
    while errands.run(harbour.parts.ground, COUNTING, harbour.look()):
        now = seen(harbour, one)
        steps.append((now.state, now.done, now.total, now.result))

    assert steps == [("waiting", 1, 3, {"last": 1}), ("waiting", 2, 3, {"last": 2}), ("done", 3, 3, {"last": 3})]
    with harbour.parts.ground.sessions.read() as session:
        assert [(entry.actor, entry.act, entry.subject) for entry in audit.entries(session, about=one)] == [
            ("sam", "errand count", one)
        ]


def test_one_that_fails_says_why_and_holds_up_no_other(harbour: Harbour) -> None:
    bad = asked(harbour, "count", fails_at=1)
    unknown = asked(harbour, "juggle")
    good = asked(harbour, "count")
    while errands.run(harbour.parts.ground, COUNTING, harbour.look()):
        pass

    assert (seen(harbour, bad).state, seen(harbour, bad).result) == (
        "failed",
        {"last": 1, "failed": "ValueError: it went wrong"},
    )
    assert seen(harbour, unknown).state == "failed"
    assert seen(harbour, good).state == "done"


def test_one_whose_worker_is_gone_is_taken_up_where_it_was(harbour: Harbour) -> None:
    one = asked(harbour, "count")
    errands.run(harbour.parts.ground, COUNTING, harbour.look())
    sessions, machine = harbour.parts.ground.sessions, harbour.machine
    lost = sessions.write(lambda session: store.claim(session, machine, machine + LEASE))
    assert errands.run(harbour.parts.ground, COUNTING, harbour.look()) is False

    harbour.machine += LEASE + timedelta(seconds=1)
    assert errands.run(harbour.parts.ground, COUNTING, harbour.look()) is True
    assert lost is not None
    assert sessions.write(lambda session: store.record(session, lost, 9, None, {})) is False
    assert seen(harbour, one).done == 2


def test_one_is_stopped_between_batches_and_goes_on(harbour: Harbour) -> None:
    ground, one = harbour.parts.ground, asked(harbour, "count")
    errands.run(ground, COUNTING, harbour.look())
    stopped = errands.stop(ground, one, "sam", harbour.look())
    rests = errands.run(ground, COUNTING, harbour.look())
    again = errands.begin(ground, one, "sam", harbour.look())
    while errands.run(ground, COUNTING, harbour.look()):
        pass

    assert (stopped, rests, again) == (True, False, True)
    assert (seen(harbour, one).state, seen(harbour, one).done) == ("done", 3)
    assert errands.stop(ground, one, "sam", harbour.look()) is False


def test_whom_it_is_about_is_settled_when_it_is_asked_for(harbour: Harbour) -> None:
    ada, bo = (harbour.signs_up(name).customer_id for name in ("ada", "bo"))
    harbour.now += timedelta(hours=1)
    said = {"because": "asked by phone", "wanted": Wanted(q="example.com")._asdict(), "as_of": harbour.now.isoformat()}
    one = asked(harbour, "suppress", **said)

    done = finished(harbour, one)

    assert (done.state, done.done, done.result["changed"], done.result["refused"]) == ("done", 2, 2, {})
    with harbour.parts.ground.sessions.read() as session:
        for name in ("ada", "bo"):
            seal = harbour.parts.ground.seals.email_hash(f"{name}@example.com")
            assert suppressions.reasons(session, seal) == {"all": "sam: asked by phone"}
        assert people.matching(session, Wanted(), harbour.now) == sorted([ada, bo])


def test_a_journey_is_started_for_whom_it_still_lets_in(harbour: Harbour) -> None:
    ada, bo = (harbour.signs_up(name).customer_id for name in ("ada", "bo"))
    harbour.does("bo", "subscription_started")
    one = asked(harbour, "journey", journey="at-risk", ids=[ada, bo])

    done = finished(harbour, one)

    assert (done.done, done.result["changed"]) == (2, 0)
    assert sum(done.result["refused"].values()) == 2
    assert all("the stage is" in because for because in done.result["refused"])


def test_who_is_forgotten_before_their_turn_spoils_it_for_nobody_else(harbour: Harbour) -> None:
    lea, ada = harbour.asks("lea").customer_id, harbour.signs_up("ada").customer_id
    one = asked(harbour, "journey", journey="first-win", ids=[lea, ada, "cus_gone"])

    done = finished(harbour, one)

    assert done.state == "done"
    assert done.result["refused"]["they are not there any more"] == 1
    assert done.result["changed"] + sum(done.result["refused"].values()) == 3


def test_a_file_brings_in_many_and_starts_nobody(lite: Harbour) -> None:
    lite.signs_up("ada")
    rows = [
        {"email": "ada@example.com"},
        {"email": "cy@example.com", "user_id": "u-cy", "stage": "adopted", "traits": {"name": "Cy"}},
        {"email": "dee@example.com", "user_id": "u-dee", "trial_ends_at": "2026-01-12T09:00:00+00:00"},
        *({"email": f"n{n}@example.com"} for n in range(MANY)),
    ]
    one = asked(lite, "import", rows=rows)

    done = finished(lite, one)
    lite.pass_time(days=2)

    assert (done.state, done.done, done.result["changed"]) == ("done", MANY + 3, MANY + 2)
    with lite.parts.ground.sessions.read() as session:
        cy = customers.find(session, "u-cy")
        dee = customers.find(session, "u-dee")
        assert cy is not None
        assert dee is not None
        assert (cy.stage, cy.traits, dee.stage) == ("adopted", {"name": "Cy"}, "assessing")
        assert [customers.enrollments_of(session, one.id) for one in (cy, dee)] == [[], []]
        assert lite.letters(cy.id) == lite.letters(dee.id) == []
        assert people.count(session, Wanted(stage=("considering",)), lite.now) == MANY
    again = finished(lite, asked(lite, "import", rows=rows))
    assert again.result["changed"] == 0


def test_whoever_was_brought_in_is_looked_after_from_the_next_change_on(lite: Harbour) -> None:
    finished(lite, asked(lite, "import", rows=[{"email": "cy@example.com", "user_id": "u-cy"}]))
    lite.does("cy", "subscription_started")

    with lite.parts.ground.sessions.read() as session:
        cy = customers.find(session, "u-cy")
        assert cy is not None
        assert cy.stage == "adopted"
        assert [walk.journey for walk in customers.enrollments_of(session, cy.id)] == ["welcome-aboard"]
