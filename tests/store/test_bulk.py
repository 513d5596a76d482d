"""One statement for many rows does on both databases what it does for one."""

from nurture.store.bulk import tell
from nurture.store.session import Sessions

MEND = (
    "UPDATE house SET value = COALESCE(:value, house.value || ' kept') WHERE house.name = :name AND house.name <> 'cy'"
)


def test_many_rows_are_inserted_and_those_that_exist_are_changed(sessions: Sessions) -> None:
    told = [{"name": name, "value": f'"{name}" said 100% {{}}, \\ and ü'} for name in ("ada", "bo", "cy")]
    sessions.write(lambda session: tell(session, "INSERT INTO house (name, value) VALUES (:name, :value)", told))

    sessions.write(
        lambda session: tell(
            session,
            "INSERT INTO house (name, value) VALUES (:name, :value)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [{"name": "bo", "value": "changed"}, {"name": "di", "value": "new"}],
        )
    )

    with sessions.read() as session:
        kept = dict(session.rows("SELECT name, value FROM house"))
    assert kept == {"ada": told[0]["value"], "bo": "changed", "cy": told[2]["value"], "di": "new"}


def test_many_rows_are_updated_each_with_its_own_and_nothing_leaves_what_was(sessions: Sessions) -> None:
    held = [{"name": name, "value": "first"} for name in ("ada", "bo", "cy")]
    sessions.write(lambda session: tell(session, "INSERT INTO house (name, value) VALUES (:name, :value)", held))

    sessions.write(
        lambda session: tell(
            session,
            MEND,
            [{"name": "ada", "value": "second"}, {"name": "bo", "value": None}, {"name": "cy", "value": "never"}],
        )
    )

    with sessions.read() as session:
        kept = dict(session.rows("SELECT name, value FROM house"))
    assert kept == {"ada": "second", "bo": "first kept", "cy": "first"}


def test_no_rows_are_no_statement(sessions: Sessions) -> None:
    sessions.write(lambda session: tell(session, "INSERT INTO nowhere (name) VALUES (:name)", []))

    with sessions.read() as session:
        assert session.rows("SELECT COUNT(*) FROM house") == [(0,)]
