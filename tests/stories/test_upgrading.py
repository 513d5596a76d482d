"""An upgrade in the middle of everybody's life: whoever was inside goes on, and what staff wrote stays."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, func, inspect, select
from sqlalchemy.exc import DBAPIError

from nurture.flow import drafts
from nurture.flow.publish import export_texts, publish_first
from nurture.settings import ROOT
from nurture.store import migrate, notes, tasks
from nurture.store.drafts import Draft
from nurture.store.notes import Note
from nurture.store.schema import metadata
from nurture.store.session import driver_url
from nurture.store.tasks import Task
from tests.conftest import Databases
from tests.stories.town import Person, Town, a_town, founded

POLICY = ("policy", "policy")
MARK = "# half written\n"


def previous() -> str:
    """The revision before the newest."""
    folder = ScriptDirectory(str(migrate.FOLDER))
    newest = folder.get_revision("head")
    assert newest is not None
    assert isinstance(newest.down_revision, str)
    return newest.down_revision


@contextmanager
def engine_of(url: str) -> Iterator[Engine]:
    made = create_engine(driver_url(url))
    yield made
    made.dispose()


def made_at(url: str, revision: str) -> None:
    """Bring an empty database to an older schema."""
    with migrate._connected(url) as connection, connection.begin():
        command.upgrade(migrate.config(connection), revision)


def copied(source: str, target: str) -> int:
    """Copy every row that the older schema has a place for; returns how many."""
    count = 0
    with engine_of(source) as new, engine_of(target) as old, new.connect() as reads, old.begin() as writes:
        there = inspect(old)
        for table in metadata.sorted_tables:
            if not there.has_table(table.name):
                continue
            names = {column["name"] for column in there.get_columns(table.name)}
            columns = [column for column in table.columns if column.name in names]
            rows = [dict(row) for row in reads.execute(select(*columns)).mappings()]
            if rows:
                writes.execute(table.insert(), rows)
            count += len(rows)
    return count


def lives(town: Town) -> list[Person]:
    """A few people at different places, and what staff have: a policy they changed, a draft, a task and a note."""
    people = [town.signs_up(name, role=role) for name, role in (("ada", "developer"), ("bo", "manager"))]
    town.passes(days=1)
    people.append(town.signs_up("cy"))
    town.publishes({POLICY: export_texts(town.ground)[POLICY].replace("at_most: 3", "at_most: 4")})
    people[0].does("source_connected")
    people[1].unsubscribes()
    people[2].does("ticket_opened")
    town.passes(hours=5)
    live = drafts.read_draft(town.ground, *POLICY)
    drafts.save_draft(town.ground, *POLICY, live.text + MARK, live.n, "sam", "", town.now)
    town.ground.sessions.write(lambda session: notes.add(session, people[0].id, "sam", "calls on Friday", town.now))
    return people


def at_staff(town: Town, people: list[Person]) -> tuple[Draft, list[tuple[list[Task], list[Note]]]]:
    """What staff find: the draft they left, their tasks, and what they wrote down."""
    with town.ground.sessions.read() as session:
        found = [(tasks.tasks_of(session, one.id), notes.of_customer(session, one.id)) for one in people]
    return drafts.read_draft(town.ground, *POLICY), found


@pytest.fixture
def upgraded(databases: Databases, tmp_path: Path) -> Iterator[tuple[Town, Town, list[Person]]]:
    """A town that goes on as it is, and one whose database was of the previous version until a moment ago."""
    with databases.database(founded) as url, databases.database() as older:
        for folder in ("one", "other"):
            (tmp_path / folder).mkdir()
        with a_town(url, tmp_path / "one") as one:
            people = lives(one)
            made_at(older, previous())
            assert copied(url, older) > 50
            migrate.upgrade(older)
            with a_town(older, tmp_path / "other", one.now) as other:
                yield one, other, people


def test_whoever_was_inside_goes_on_where_they_were(upgraded: tuple[Town, Town, list[Person]]) -> None:
    one, other, people = upgraded
    before = {person.email: person.letters for person in people}

    one.passes(days=9)
    other.passes(days=9)

    for person in people:
        same = Person(other, person.id, person.email, person.user_id)
        assert before[person.email] + same.letters == person.letters
        assert (same.stage, same.stages) == (person.stage, person.stages)
    assert any(len(person.letters) > 2 for person in people)


def test_what_staff_wrote_is_still_live_after_the_first_start(upgraded: tuple[Town, Town, list[Person]]) -> None:
    one, other, _ = upgraded

    published = publish_first(other.ground, ROOT, other.look())

    assert not published
    assert export_texts(other.ground) == export_texts(one.ground)
    assert "at_most: 4" in export_texts(other.ground)[POLICY]


def test_what_staff_left_open_is_as_they_left_it(upgraded: tuple[Town, Town, list[Person]]) -> None:
    one, other, people = upgraded

    draft, found = at_staff(other, people)

    assert (draft, found) == at_staff(one, people)
    assert MARK in draft.text
    assert [bool(tasks) for tasks, _ in found] == [False, False, True]
    assert [len(notes) for _, notes in found] == [1, 0, 0]


def test_an_upgrade_that_is_broken_off_has_changed_nothing_and_may_be_made_again(
    databases: Databases, tmp_path: Path
) -> None:
    with databases.database(founded) as url, databases.database() as older:
        with a_town(url, tmp_path) as town:
            lives(town)
        made_at(older, "0005")
        copied(url, older)
        with engine_of(older) as engine, engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE reputations (of_somebody_else TEXT)")  # in the way of a later one

        with pytest.raises(DBAPIError, match="reputations"):
            migrate.upgrade(older)
        broken_off = migrate.current(older)
        with engine_of(older) as engine, engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE reputations")
        migrate.upgrade(older)

        assert (broken_off, migrate.current(older)) == ("0005", migrate.head())
        with engine_of(url) as new, engine_of(older) as old, new.connect() as here, old.connect() as there:
            for table in [one for one in metadata.sorted_tables if not one.name.startswith("audit_")]:
                number = select(func.count()).select_from(table)
                assert here.execute(number).scalar() == there.execute(number).scalar(), table.name
