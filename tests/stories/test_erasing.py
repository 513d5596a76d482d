"""A person is forgotten wholly: of them nothing is left but a seal that keeps us from writing to them again."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from sqlalchemy import select

from nurture.channels.email.sent import forget_sent
from nurture.flow.erasing import erase, hand_out
from nurture.flow.feedback import unsubscribe
from nurture.store import audit, customers, schema, suppressions
from nurture.store.holdings import HELD
from nurture.store.session import Session
from tests.conftest import Databases
from tests.store.rows import put
from tests.web.harbour import Harbour, harbour_at, prepare


@pytest.fixture
def harbour(databases: Databases, tmp_path: Path) -> Iterator[Harbour]:
    with databases.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


@pytest.fixture
def canary(harbour: Harbour) -> str:
    """Somebody with a past, and a colleague who looks like them."""
    canary = harbour.signs_up("canary", traits={"secret": "xyzzy"}).customer_id
    harbour.signs_up("bo")
    harbour.answers("canary", "driver", "save_time")
    harbour.pass_time(days=3)
    unsubscribe(harbour.parts.ground, canary, "tips", "a word", harbour.look())

    def more(session: Session) -> None:
        put(session, "notes", id="nte_1", customer_id=canary, author="sam", text="xyzzy", at=harbour.now)
        audit.record(session, harbour.now, "sam", "traits_told", canary, None, {"secret": "xyzzy"})

    harbour.parts.ground.sessions.write(more)
    return canary


def whole(harbour: Harbour) -> str:
    """Everything that the database and the outbox hold, as one text."""
    with harbour.parts.ground.sessions.read() as session:
        rows = [str(row) for table in schema.metadata.tables.values() for row in session.execute(select(table))]
    return "\n".join(
        [*rows, *(path.read_text(encoding="utf-8", errors="replace") for path in harbour.outbox.glob("*"))]
    )


def test_every_table_that_names_a_customer_is_thought_of() -> None:
    naming = {name for name, table in schema.metadata.tables.items() if "customer_id" in table.c}

    assert naming <= HELD.keys()


def test_what_is_held_is_handed_out(harbour: Harbour, canary: str) -> None:
    found = hand_out(harbour.parts.ground, canary, "sam", harbour.look())

    assert orjson.loads(found["customers"][0]["traits"])["secret"] == "xyzzy"
    assert {"messages", "events", "decisions", "stage_changes", "enrollments", "notes"} <= found.keys()
    assert orjson.loads(orjson.dumps(found)) == found
    assert "bo@example.com" not in orjson.dumps(found).decode()
    assert hand_out(harbour.parts.ground, "cus_nobody", "sam", harbour.look()) == {}


def test_whoever_is_erased_leaves_nothing_but_a_seal(harbour: Harbour, canary: str) -> None:
    before = whole(harbour)
    letters = erase(harbour.parts.ground, canary, "asked by letter", "sam", harbour.look())
    forget_sent(f"outbox:{harbour.outbox}", letters or [])
    after = whole(harbour)

    assert letters
    assert all(word in before for word in ("canary@example.com", "xyzzy", "u-canary"))
    assert [word for word in ("canary@", "xyzzy", "u-canary", "Canary") if word in after] == []
    assert "bo@example.com" in after
    with harbour.parts.ground.sessions.read() as session:
        assert customers.find(session, canary) is None
        assert suppressions.reasons(session, harbour.parts.ground.seals.email_hash("canary@example.com"))["all"]
        kept = {entry.act: entry.after for entry in audit.entries(session, about=canary)}
    assert kept == {"erase": {"because": "asked by letter"}, "traits_told": None}
    assert erase(harbour.parts.ground, canary, "again", "sam", harbour.look()) is None


def test_whoever_signs_up_again_is_somebody_new_and_is_not_written_to(harbour: Harbour, canary: str) -> None:
    erase(harbour.parts.ground, canary, "asked by letter", "sam", harbour.look())
    again = harbour.signs_up("canary").customer_id
    harbour.pass_time(days=2)

    assert again != canary
    assert [letter.state for letter in harbour.letters(again)] == []
