"""The chain over the audit: it holds as long as nothing was rewritten, taken out, slipped in or made anew."""

import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from hashlib import sha256

import pytest

from nurture.flow import erasing
from nurture.flow.ground import Ground, Moment, Seals, Shelf
from nurture.store import audit, seals
from nurture.store.seals import Broken, Head
from nurture.store.session import Conflict, Session, Sessions
from tests.store import rows
from tests.store.rows import HOUR, MONDAY

ACTS = 5
TRIGGERS = ("audit_stays", "audit_reads_the_same", "seals_stay", "seals_read_the_same")
Tampers = Callable[[str], None]


@pytest.fixture
def chained(sessions: Sessions) -> Sessions:
    """Five acts, all chained."""

    def act(session: Session) -> None:
        for hour in range(ACTS):
            audit.record(session, MONDAY + hour * HOUR, "cy", f"act {hour}", "house", {"n": hour}, {"n": hour + 1})

    sessions.write(act)
    assert sessions.write(seals.seal) == ACTS
    return sessions


def verified(sessions: Sessions) -> Head:
    with sessions.read() as session:
        return seals.verify(session)


@pytest.fixture
def tampers(database_url: str, sessions: Sessions) -> Tampers:
    """Do what somebody could who owns the database."""

    def by_file(sql: str) -> None:
        with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as file, file:
            for trigger in TRIGGERS:
                file.execute(f"DROP TRIGGER IF EXISTS {trigger}")
            file.execute(sql)

    def by_server(sql: str) -> None:
        def act(session: Session) -> None:
            for table in ("audit", "audit_seals", "audit_unsealed"):
                session.run(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            session.run(sql)

        sessions.write(act)

    return by_file if database_url.startswith("sqlite") else by_server


def test_what_is_chained_holds_and_goes_on(chained: Sessions) -> None:
    first = verified(chained)
    chained.write(lambda session: audit.record(session, MONDAY, "cy", "an act before the others", "house"))
    chained.write(seals.seal)

    second = verified(chained)

    assert (first.seq, second.seq) == (ACTS, ACTS + 1)
    with chained.read() as session:
        assert seals.verify(session, first) == second
        assert seals.waiting(session) == 0


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit SET actor = 'bo' WHERE act = 'act 2'",
        "DELETE FROM audit WHERE act = 'act 2'",
        "UPDATE audit_seals SET hash = 'x' WHERE seq = 2",
        "DELETE FROM audit_seals WHERE seq = 5",
    ],
)
def test_the_database_itself_refuses_to_forget(chained: Sessions, sql: str) -> None:
    with pytest.raises(Conflict, match="stays"):
        chained.write(lambda session: session.run(sql))

    assert verified(chained).seq == ACTS


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE audit SET actor = 'bo' WHERE act = 'act 2'", "link 3 .* was rewritten"),
        ("UPDATE audit SET at = at + 1 WHERE act = 'act 2'", "link 3 .* was rewritten"),
        ("UPDATE audit SET subject = 'hous' WHERE act = 'act 2'", "link 3 .* was rewritten"),
        ("UPDATE audit SET after = NULL WHERE act = 'act 2'", "before or after in link 3"),
        ("UPDATE audit SET before = NULL, after = NULL WHERE act = 'act 2'", "before or after in link 3"),
        ("UPDATE audit_seals SET content = 'x' WHERE seq = 3", "before or after in link 3"),
        ("UPDATE audit_seals SET hash = 'x' WHERE seq = 3", "link 3 .* was rewritten"),
        ("DELETE FROM audit_seals WHERE seq = 3", "link 3 is missing"),
        ("DELETE FROM audit_seals WHERE seq = 5", "stands in no chain"),
        ("DELETE FROM audit WHERE act = 'act 2'", "the act of link 3 was taken out"),
    ],
)
def test_whatever_is_changed_is_found_where_it_was(chained: Sessions, tampers: Tampers, sql: str, said: str) -> None:
    tampers(sql)

    with pytest.raises(Broken, match=said):
        verified(chained)


def test_a_link_that_was_made_anew_is_found_by_the_next_one(chained: Sessions, tampers: Tampers) -> None:
    with chained.read() as session:
        [(before,)] = session.rows("SELECT hash FROM audit_seals WHERE seq = 2")
        [act] = session.rows("SELECT a.id, a.at, 'bo', a.act, a.subject, s.content FROM audit a JOIN audit_seals s"
                             " ON s.audit_id = a.id WHERE s.seq = 3")  # fmt: skip
    forged = sha256(json.dumps([before, 3, *act]).encode()).hexdigest()

    tampers("UPDATE audit SET actor = 'bo' WHERE act = 'act 2'")
    tampers(f"UPDATE audit_seals SET hash = '{forged}' WHERE seq = 3")

    with pytest.raises(Broken, match=r"link 4 .* was rewritten"):
        verified(chained)


def test_a_chain_that_was_made_anew_is_found_by_a_link_kept_elsewhere(chained: Sessions, tampers: Tampers) -> None:
    kept = verified(chained)
    tampers("DELETE FROM audit_seals")
    tampers("UPDATE audit SET actor = 'bo' WHERE act = 'act 4'")
    chained.write(lambda session: session.run("INSERT INTO audit_unsealed SELECT id FROM audit"))
    with chained.read() as session, pytest.raises(Broken, match="link 5, which was kept, is missing"):
        seals.verify(session, kept)
    chained.write(seals.seal)

    assert verified(chained).seq == ACTS
    with chained.read() as session, pytest.raises(Broken, match="link 5 is not the one that was kept"):
        seals.verify(session, kept)


def test_an_act_that_was_slipped_in_or_never_chained_is_found(chained: Sessions) -> None:
    sql = "INSERT INTO audit (id, at, actor, act, subject) VALUES ('aud_0', 0, 'bo', 'slipped in', 'house')"
    chained.write(lambda session: session.run(sql))

    with pytest.raises(Broken, match="aud_0 stands in no chain"):
        verified(chained)


def test_an_erasure_empties_an_act_and_nothing_else_may(sessions: Sessions) -> None:
    ground = Ground(sessions, Shelf(), Seals(["a secret"]))
    customer = sessions.write(lambda session: rows.customer(session, "ada"))
    sessions.write(
        lambda session: audit.record(session, MONDAY, "cy", "change traits", customer, {"name": "Ada"}, {"name": "Bo"})
    )
    sessions.write(seals.seal)

    erasing.erase(ground, customer, "asked", "cy", Moment(MONDAY, MONDAY))
    sessions.write(seals.seal)

    assert verified(sessions).seq == 2
    with sessions.read() as session:
        assert [entry.before for entry in audit.entries(session)] == [None, None]


def test_two_who_seal_at_once_make_one_chain(sessions: Sessions) -> None:
    def act(session: Session) -> None:
        for n in range(40):
            audit.record(session, MONDAY, "cy", f"act {n}", "house")

    sessions.write(act)
    with ThreadPoolExecutor(4) as threads:
        sealed = list(threads.map(lambda _: sessions.write(seals.seal), range(4)))

    assert sorted(sealed) == [0, 0, 0, 40]
    assert verified(sessions).seq == 40
