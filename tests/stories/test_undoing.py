"""What a publish makes due waits ten minutes, and an undo takes it back so that it is written in its own time."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from nurture.engine.snapshot import Touch
from nurture.flow.drafts import read_draft, save_draft
from nurture.flow.ground import Ground, Moment, Seals, Shelf
from nurture.flow.publish import Choices, publish, undo_publish
from nurture.flow.tick import tick
from nurture.store import accounts, documents, migrate
from nurture.store.session import Conflict, Sessions
from tests.conftest import Databases
from tests.engine.builders import journey
from tests.stories.crowd import NAME, path, whole
from tests.stories.town import KEYS, MONDAY, Person, Town, a_town


def lettered(url: str) -> None:
    """Where one letter is written after nine days."""
    migrate.upgrade(url)
    ground = Ground(Sessions(url), Shelf(), Seals(KEYS))
    publish(ground, whole(path("a:9d", "@one", "b:9d", "@two")), "ada", "", Moment(MONDAY, MONDAY))
    ground.sessions.close()


@pytest.fixture
def small_town(databases: Databases, tmp_path: Path) -> Iterator[Town]:
    with databases.database(lettered) as url, a_town(url, tmp_path) as town:
        yield town


def publishes(town: Town, *written: str) -> int:
    text = path(*written)
    return publish(town.ground, {NAME: text}, "ada", "", town.look(), people=Choices()).revision


def state(person: Person) -> list[tuple[str, str]]:
    with person.town.ground.sessions.read() as session:
        rows = session.rows("SELECT step, state FROM messages WHERE customer_id = :id ORDER BY id", {"id": person.id})
    return [(step, state) for step, state in rows]


def touches_of(person: Person) -> tuple[Touch, ...]:
    with person.town.ground.sessions.read() as session:
        return accounts.pasts(session, [person.id])[person.id].facts.touches


def test_a_letter_that_a_publish_makes_due_waits_ten_minutes(small_town: Town) -> None:
    ada = small_town.signs_up("ada")
    small_town.passes(days=5)

    publishes(small_town, "a:3d", "@one", "b:9d", "@two")
    small_town.beats()
    queued, sent = state(ada), ada.letters
    small_town.passes(minutes=10)

    assert (queued, sent) == ([("one", "queued")], [])
    assert ada.letters == ["one"]
    assert ada.moments == [MONDAY + timedelta(days=5, minutes=10)]


def test_an_undo_takes_the_letter_back_and_it_goes_in_its_own_time(small_town: Town) -> None:
    ada = small_town.signs_up("ada")
    small_town.passes(days=5)
    revision = publishes(small_town, "a:3d", "@one", "b:9d", "@two")
    small_town.passes(minutes=5)

    undone = undo_publish(small_town.ground, revision, "ada", small_town.look())
    taken, touches = state(ada), touches_of(ada)
    small_town.passes(days=20)

    assert (undone.restored, undone.letters) == (1, 1)
    assert (taken, touches) == ([("one", "cancelled")], ())
    assert ada.letters == ["one", "two"]
    assert ada.moments == [MONDAY + timedelta(days=9), MONDAY + timedelta(days=18)]


def test_a_letter_that_was_taken_back_is_still_to_be_written(small_town: Town) -> None:
    ada = small_town.signs_up("ada")
    small_town.passes(days=5)
    revision = publishes(small_town, "a:3d", "@one", "b:9d", "@two")
    small_town.beats()
    undo_publish(small_town.ground, revision, "ada", small_town.look())

    publishes(small_town, "a:6d", "@one", "b:9d", "@two")
    small_town.passes(days=20)

    assert ada.letters == ["one", "two"]


def test_a_letter_asked_for_while_a_publish_was_still_being_checked_is_not_taken_back(small_town: Town) -> None:
    ada = small_town.signs_up("ada")
    small_town.sleeps(days=9)
    before = Moment(small_town.now - timedelta(seconds=2), small_town.machine)
    tick(small_town.ground, small_town.look())
    text = path("a:9d", "@one", "b:8d", "@two")
    revision = publish(small_town.ground, {NAME: text}, "ada", "", before, people=Choices()).revision

    undone = undo_publish(small_town.ground, revision, "ada", small_town.look())
    small_town.passes(days=20)

    assert (undone.restored, undone.letters) == (1, 0)
    assert ada.letters == ["one", "two"]


def test_who_publishes_and_undoes_at_once_is_told_so_in_our_words(small_town: Town) -> None:
    people = [small_town.signs_up(f"u{n}") for n in range(20)]
    at, refused = small_town.look(), list[str]()

    def tries(act: Callable[[], object]) -> None:
        try:
            act()
        except Conflict as error:
            refused.append(str(error))

    def undoes() -> None:
        with small_town.ground.sessions.read() as session:
            revision = documents.revision_number(session)
        undo_publish(small_town.ground, revision, "ada", at)

    with ThreadPoolExecutor(3) as pool:
        for n in range(10):
            publishing = [pool.submit(tries, partial(publishes, small_town, f"a:{n + k}d", "@one")) for k in (10, 30)]
            for one in (*publishing, pool.submit(tries, undoes)):
                one.result()

    assert {words.partition(" ")[0] for words in refused} <= {"somebody", "something", "nothing", "playbook"}
    assert {state(person) == [] for person in people} == {True}


@pytest.mark.parametrize(("existing", "choices"), [("leave", Choices(enter=True)), ("enter", Choices())])
def test_an_undo_takes_back_the_one_letter_of_a_journey_that_is_over(
    small_town: Town, existing: str, choices: Choices
) -> None:
    ada = small_town.signs_up("ada")
    text = journey("[{id: news, do: email, email: one}]", f"{{stage: assessing, existing: {existing}}}", key="other")
    revision = publish(small_town.ground, {("journey", "other"): text}, "ada", "", small_town.look(), people=choices)
    small_town.beats()
    queued = state(ada)

    undone = undo_publish(small_town.ground, revision.revision, "ada", small_town.look())
    small_town.passes(days=1)

    assert queued == [("news", "queued")]
    assert (undone.ended, undone.letters) == (0, 1)
    assert (state(ada), ada.letters) == ([("news", "cancelled")], [])


def test_whom_a_text_let_in_is_let_out_and_who_came_by_themselves_goes_on(small_town: Town) -> None:
    ada = small_town.signs_up("ada")
    text = journey(
        "[{id: w, do: wait, for: 1d}, {id: news, do: email, email: one}]",
        "{stage: assessing, existing: enter}",
        key="other",
    )
    revision = publish(small_town.ground, {("journey", "other"): text}, "ada", "", small_town.look()).revision
    small_town.beats()
    bo = small_town.signs_up("bo")

    undone = undo_publish(small_town.ground, revision, "ada", small_town.look())
    small_town.passes(days=5)

    assert undone.ended == 1
    assert (ada.letters, bo.letters) == ([], ["news"])


def test_an_undo_leaves_alone_whoever_has_moved_on(small_town: Town) -> None:
    ada, bo = small_town.signs_up("ada"), small_town.signs_up("bo")
    small_town.passes(days=5)
    text = path("{id: a, do: wait_for, what: {milestone: first_value}, up_to: 9d}", "@one", "b:9d")
    revision = publish(small_town.ground, {NAME: text}, "ada", "", small_town.look(), people=Choices()).revision
    small_town.beats()
    ada.does("report_shared")

    undone = undo_publish(small_town.ground, revision, "ada", small_town.look())

    assert undone.restored == 1
    assert undone.moved_on == ((ada.email, "path"),)
    assert ada.letters == ["one"]
    assert bo.letters == []


def test_what_was_written_once_is_not_written_again(small_town: Town) -> None:
    ada = small_town.signs_up("ada")
    small_town.passes(days=10)

    publishes(small_town, "b:9d", "@one", "@two", "e:1d", "{id: more, do: email, email: one}")
    small_town.passes(days=30)

    assert ada.letters == ["one", "two", "more"]
    assert len({touch.key for touch in touches_of(ada)}) == len(touches_of(ada))


def drafted(town: Town) -> tuple[str, int]:
    found = read_draft(town.ground, *NAME)
    return found.text, found.n


def test_what_was_a_draft_is_one_again(small_town: Town) -> None:
    text = path("a:3d", "@one", "b:9d", "@two")
    draft = save_draft(small_town.ground, *NAME, text, 1, "ada", "a shorter wait", MONDAY)
    revision = publish(small_town.ground, {NAME: text}, "ada", "", small_town.look()).revision

    undo_publish(small_town.ground, revision, "ada", small_town.look())

    assert drafted(small_town) == (text, draft.n)


def test_a_draft_that_was_begun_since_a_publish_stays_as_it_is(small_town: Town) -> None:
    text, later = path("a:3d", "@one", "b:9d", "@two"), path("a:3d", "@one", "b:8d", "@two")
    save_draft(small_town.ground, *NAME, text, 1, "ada", "a shorter wait", MONDAY)
    revision = publish(small_town.ground, {NAME: text}, "ada", "", small_town.look()).revision
    save_draft(small_town.ground, *NAME, later, 2, "bo", "shorter still", MONDAY)

    undo_publish(small_town.ground, revision, "ada", small_town.look())

    assert drafted(small_town) == (later, 3)
