"""A database that was set back to a backup sends nothing again and forgets no stop, whatever happened meanwhile."""

import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from nurture.flow import by_hand, delivery, erasing, feedback, sending
from nurture.flow.recovery import Recovered, Recovery
from nurture.store import audit, house, suppressions
from nurture.store.journal import Journal
from nurture.store.session import Sessions, Unwritten
from tests.campaign import Campaign
from tests.conftest import Databases
from tests.faults.carriers import accepted, signs_up, state_of, states
from tests.faults.conftest import Compiled, playing
from tests.postgres import PostgresServer, find_binaries
from tests.sqlite import SqliteFiles
from tests.stories.town import Person, Town, founded

SEEDS = range(3)


class Backups:
    """Copies of a town's database, taken and put back by the tools that an operator has."""

    def __init__(self, town: Town, databases: Databases, folder: Path, lent: ExitStack) -> None:
        self.town, self.databases, self.folder, self.lent = town, databases, folder, lent
        self.journal = folder / "journal" / "house.jsonl"
        self.opens(town.url)

    def opens(self, url: str) -> Recovery:
        """Start over a database, as a service does."""
        self.town.ground.sessions.close()
        sessions = Sessions(url, journal=Journal(self.journal))
        self.town.ground, self.town.url = self.town.ground._replace(sessions=sessions), url
        return Recovery(self.town.ground)

    def takes(self) -> Path:
        kept = self.folder / "backup"
        if isinstance(self.databases, SqliteFiles):
            shutil.rmtree(kept, ignore_errors=True)
            kept.mkdir()
            file = self.town.url.removeprefix("sqlite:///")
            self.town.ground.sessions.close()
            shutil.copyfile(file, kept / "nurture.db")
            self.opens(self.town.url)
        else:
            self._runs("pg_dump", "--format=custom", f"--file={kept}", self.town.url)
        return kept

    def restores(self, kept: Path) -> Recovery:
        """Put a backup where the town's database was, and start."""
        url = self.lent.enter_context(self.databases.database())
        if isinstance(self.databases, PostgresServer):
            self._runs("pg_restore", "--no-owner", f"--dbname={url}", str(kept))
        else:
            shutil.copyfile(kept / "nurture.db", url.removeprefix("sqlite:///"))
        return self.opens(url)

    def _runs(self, tool: str, *words: str) -> None:
        binaries = find_binaries()
        assert binaries is not None
        beside = (binaries / "pg_ctl").resolve().parent / tool
        subprocess.run([beside, *words], check=True, capture_output=True)


@pytest.fixture
def backups(town: Town, databases: Databases, tmp_path: Path) -> Iterator[Backups]:
    with ExitStack() as lent:
        yield Backups(town, databases, tmp_path, lent)
        town.ground.sessions.close()


def held(town: Town) -> bool:
    with town.ground.sessions.read() as session:
        return house.recall(session, house.HOLD) is not None


def places(town: Town) -> list[str]:
    """How far the journals had come, as the database knows."""
    with town.ground.sessions.read() as session:
        return [row[0] for row in session.rows("SELECT value FROM house WHERE name LIKE 'journal %'")]


def goes_on(town: Town) -> None:
    assert sending.resume(town.ground, "an operator", town.look())


def test_what_was_handed_over_since_the_backup_is_not_sent_again(town: Town, backups: Backups) -> None:
    signs_up(town, "ada")
    kept = backups.takes()
    town.carries_the_post()
    once = accepted(town)

    told = backups.restores(kept).look(town.look())

    assert told == Recovered(letters=1, stops=0, moves=0, erased=0)
    assert held(town)
    town.carries_the_post()
    assert state_of(town, "ada") == "queued"
    goes_on(town)
    town.passes(days=1)
    assert accepted(town) == once
    assert state_of(town, "ada") == "unknown"


def test_whoever_signs_up_anew_after_a_restore_is_not_welcomed_again(town: Town, backups: Backups) -> None:
    kept = backups.takes()
    town.signs_up("ada")
    once = accepted(town)

    backups.restores(kept).look(town.look())
    goes_on(town)
    town.signs_up("ada")

    assert once.total() == 1
    assert accepted(town) == once


def leaves_comes_back_and_leaves(town: Town, ada: Person) -> None:
    ada.unsubscribes()
    feedback.come_back(town.ground, ada.id, "all", town.look())
    ada.unsubscribes()


STOPS: dict[str, Callable[[Town, Person], object]] = {
    "unsubscribed": lambda _, ada: Person.unsubscribes(ada),
    "terminated": lambda _, ada: Person.does(ada, "trial_cancelled"),
    "by hand": lambda town, ada: by_hand.move(town.ground, ada.id, "terminated", "", "ana", town.look()),
    "erased": lambda town, ada: erasing.erase(town.ground, ada.id, "asked", "ana", town.look()),
    "bounced": lambda town, ada: delivery.take_delivery(
        town.ground,
        "sendgrid",
        [delivery.DeliveryEvent("e-1", "bounced", town.now, address=ada.email)],
        town.look(),
    ),
    "came back and left": leaves_comes_back_and_leaves,
}


@pytest.mark.parametrize("stop", STOPS.values(), ids=STOPS)
def test_whoever_stopped_since_the_backup_hears_nothing(
    town: Town, backups: Backups, stop: Callable[[Town, Person], object]
) -> None:
    ada, bo = town.signs_up("ada"), town.signs_up("bo")
    kept = backups.takes()
    stop(town, ada)
    before = ada.letters

    told = backups.restores(kept).look(town.look())
    goes_on(town)
    town.passes(days=6)

    assert told is not None
    assert ada.letters == before
    assert len(bo.letters) > 1


def test_whoever_was_erased_since_the_backup_is_erased(town: Town, backups: Backups) -> None:
    ada = town.signs_up("ada")
    kept = backups.takes()
    erasing.erase(town.ground, ada.id, "asked", "ana", town.look())

    told = backups.restores(kept).look(town.look())

    assert told is not None
    assert told.erased == 1
    with town.ground.sessions.read() as session:
        assert session.rows("SELECT id FROM customers") == []


def test_whoever_tries_a_letter_again_is_no_restored_database(town: Town, backups: Backups) -> None:
    town.sendgrid.misbehaves("429")
    town.signs_up("ada")
    town.sleeps(minutes=10)
    town.beats()

    assert backups.opens(town.url).look(town.look()) is None
    assert accepted(town).total() == 1


def test_a_topic_that_was_left_since_the_backup_is_left(town: Town, backups: Backups) -> None:
    ada = town.signs_up("ada")
    kept = backups.takes()
    ada.unsubscribes("tips")

    backups.restores(kept).look(town.look())

    seal = town.ground.seals.email_hash(ada.email)
    with town.ground.sessions.read() as session:
        assert suppressions.reasons(session, seal) == {"tips": "recipient: unsubscribed by link"}


def test_what_a_provider_told_since_the_backup_is_the_last_word(town: Town, backups: Backups) -> None:
    ada = town.signs_up("ada")
    ada.unsubscribes()
    kept = backups.takes()
    STOPS["bounced"](town, ada)

    told = backups.restores(kept).look(town.look())

    assert told is not None
    assert told.stops == 1
    assert not feedback.come_back(town.ground, ada.id, "all", town.look())


def test_whoever_came_back_since_the_backup_is_written_to(town: Town, backups: Backups) -> None:
    ada = town.signs_up("ada")
    ada.unsubscribes()
    kept = backups.takes()
    feedback.come_back(town.ground, ada.id, "all", town.look())

    told = backups.restores(kept).look(town.look())
    goes_on(town)
    town.passes(days=5)

    assert told == Recovered(0, 1, 0, 0)
    assert len(ada.letters) > 1


def test_caps_count_what_was_handed_over_since_the_backup(town: Town, backups: Backups) -> None:
    ada = town.signs_up("ada")
    kept = backups.takes()
    town.passes(days=6)
    before = [*ada.moments]

    backups.restores(kept).look(town.look())
    with town.ground.sessions.read() as session:
        [(facts,)] = session.rows("SELECT facts FROM customers WHERE id = :id", {"id": ada.id})
    goes_on(town)
    town.passes(days=10)

    assert len(before) > 1
    assert all(at.isoformat() in facts or str(int(at.timestamp())) in facts for at in before)
    assert set(accepted(town).values()) == {1}


def test_a_start_over_a_sound_database_holds_nothing(town: Town, backups: Backups) -> None:
    ada, cy = town.signs_up("ada"), town.signs_up("cy")
    town.passes(days=3)
    ada.unsubscribes()
    erasing.erase(town.ground, cy.id, "asked", "ana", town.look())

    first = backups.opens(town.url).look(town.look())
    town.signs_up("bo").does("trial_cancelled")
    again = backups.opens(town.url).look(town.look())

    assert (first, again, held(town)) == (None, None, False)
    assert places(town) == [str(backups.journal.stat().st_size)]


def test_a_database_that_is_set_back_under_a_running_service_is_found_out(town: Town, backups: Backups) -> None:
    town.signs_up("ada")
    backups.opens(town.url).look(town.look())
    kept = backups.takes()
    running = Recovery(town.ground)
    assert running.look(town.look()) is None
    town.signs_up("bo")
    assert running.look(town.look()) is None

    backups.restores(kept)
    running._ground = town.ground
    told = running.look(town.look())

    assert told == Recovered(1, 0, 0, 0)
    assert running.look(town.look()) is None


def test_what_was_done_is_in_the_audit(town: Town, backups: Backups) -> None:
    kept = backups.takes()
    town.signs_up("ada")

    backups.restores(kept).look(town.look())

    with town.ground.sessions.read() as session:
        [entry] = [one for one in audit.entries(session, about="all sending") if one.act == "recover"]
    assert '"letters":1' in str(entry.after).replace(" ", "").replace("'", '"')


def test_a_journal_begun_anew_is_none_that_was_left(town: Town, backups: Backups) -> None:
    town.signs_up("ada")
    backups.opens(town.url).look(town.look())
    backups.journal.unlink()

    recovery = backups.opens(town.url)
    town.signs_up("bo")

    assert recovery.look(town.look()) is None
    assert not held(town)
    assert len(places(town)) == 2


def test_no_letter_leaves_that_the_journal_does_not_know_of(town: Town, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    signs_up(town, "ada")
    town.ground.sessions.journal = Journal(tmp_path / "file" / "house.jsonl")

    with pytest.raises(Unwritten):
        town.carries_the_post()
    assert (states(town), accepted(town).total()) == ({"queued": 1}, 0)

    town.ground.sessions.journal = Journal(tmp_path / "house.jsonl")
    town.sleeps(minutes=10)
    town.beats()
    assert (states(town), accepted(town).total()) == ({"accepted": 1}, 1)


def lives_on(town: Town, dice: random.Random, people: list[Person], stopped: dict[str, int], hours: int) -> None:
    """Let a random life go on: people sign up, do things, stop."""
    for hour in range(hours):
        if dice.random() < 0.15:
            people.append(town.signs_up(f"p{len(people)}-{hour}"))
        if people and dice.random() < 0.2:
            one = dice.choice(people)
            if one.email not in stopped:
                ends = dice.choice([*[None] * 4, "unsubscribed", "terminated", "erased"])
                if ends is None:
                    one.does(dice.choice(("source_connected", "report_created", "app_opened")))
                else:
                    STOPS[ends](town, one)
                    stopped[one.email] = len(one.letters)
        town.passes(hours=1)


def restored_at_a_random_age(town: Town, backups: Backups, seed: int) -> None:
    """Nothing is doubled, and no stop forgotten."""
    dice, people, stopped = random.Random(seed), list[Person](), dict[str, int]()
    lives_on(town, dice, people, stopped, 30)
    kept = backups.takes()
    lives_on(town, dice, people, stopped, dice.randrange(1, 49))

    backups.restores(kept).look(town.look())
    if held(town):
        goes_on(town)
    town.passes(days=6)

    assert {one.email: len(one.letters) for one in people if one.email in stopped} == stopped, seed
    assert set(accepted(town).values()) <= {1}, seed


@pytest.mark.parametrize("seed", SEEDS)
def test_restored_at_a_random_age_nothing_is_doubled_and_no_stop_forgotten(
    town: Town, backups: Backups, seed: int
) -> None:
    restored_at_a_random_age(town, backups, seed)


@pytest.mark.campaign
def test_restored_at_as_many_ages_as_there_is_time_for(
    databases: Databases, tmp_path: Path, first_playbook: Compiled, campaign: Campaign
) -> None:
    for seed in campaign.seeds():
        folder = tmp_path / str(seed)
        folder.mkdir()
        with databases.database(founded) as url, playing(url, folder, first_playbook) as town, ExitStack() as lent:
            restored_at_a_random_age(town, Backups(town, databases, folder, lent), 1_000 + seed)
            town.ground.sessions.close()
        shutil.rmtree(folder)


def test_looking_costs_nothing_while_nothing_happens(town: Town, backups: Backups) -> None:
    town.signs_up("ada")
    recovery = backups.opens(town.url)
    recovery.look(town.look())
    with town.ground.sessions.read() as session:
        before = session.rows("SELECT name, value FROM house ORDER BY name")

    assert recovery.look(town.look()) is None

    with town.ground.sessions.read() as session:
        assert session.rows("SELECT name, value FROM house ORDER BY name") == before
