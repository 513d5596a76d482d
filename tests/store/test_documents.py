"""What was saved stays as it was written, what is published is live all at once, and everybody can see who did it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from nurture.store import audit, documents
from nurture.store.session import Conflict, Session, Sessions
from tests.store.rows import DAY, MONDAY, customer, enrollment


def saved(sessions: Sessions, text: str, key: str = "first-win", kind: str = "journey") -> int:
    return sessions.write(lambda session: documents.save(session, kind, key, text, "ada", "a note", MONDAY))


def published(sessions: Sessions, *chosen: tuple[str, str, int]) -> int:
    names = {(kind, key): n for kind, key, n in chosen}
    return sessions.write(lambda session: documents.publish(session, names, "ada", "go", MONDAY + DAY))


def test_a_text_comes_back_byte_for_byte(sessions: Sessions) -> None:
    text = "title: Où?\r\n\tsteps: []  # 100 %\n\n"

    n = saved(sessions, text)

    with sessions.read() as session:
        (revision,) = documents.history(session, "journey", "first-win")
        assert documents.text_of(session, "journey", "first-win", n) == text
        assert (revision.n, revision.author, revision.note, revision.saved_at) == (1, "ada", "a note", MONDAY)
        assert revision.playbook is None


def test_the_same_text_as_the_latest_is_no_new_revision(sessions: Sessions) -> None:
    numbers = [saved(sessions, text) for text in ("one", "one", "two", "two", "one")]

    assert numbers == [1, 1, 2, 2, 3]


def test_nothing_is_published_at_first(sessions: Sessions) -> None:
    saved(sessions, "one")
    with sessions.read() as session:
        assert documents.revision_number(session) == 0
        assert documents.published(session) == (0, {})


def test_what_is_published_together_is_one_playbook(sessions: Sessions) -> None:
    saved(sessions, "journey one")
    saved(sessions, "journey two")
    saved(sessions, "policy one", "policy", "policy")

    revision = published(sessions, ("journey", "first-win", 2), ("policy", "policy", 1))

    with sessions.read() as session:
        assert revision == 1
        assert documents.revision_number(session) == 1
        assert documents.published(session) == (
            1,
            {("journey", "first-win"): (2, "journey two"), ("policy", "policy"): (1, "policy one")},
        )
        assert [one.playbook for one in documents.history(session, "journey", "first-win")] == [1, None]


def test_publishing_what_is_live_already_changes_nothing(sessions: Sessions) -> None:
    saved(sessions, "one")

    revisions = [published(sessions, ("journey", "first-win", 1)) for _ in range(2)]

    with sessions.read() as session:
        assert revisions == [1, 1]
        assert len(audit.entries(session)) == 1


def test_an_older_revision_may_be_published_again_and_remembers_its_first_time(sessions: Sessions) -> None:
    for text in ("one", "two"):
        saved(sessions, text)

    revisions = [published(sessions, ("journey", "first-win", n)) for n in (1, 2, 1)]

    with sessions.read() as session:
        assert revisions == [1, 2, 3]
        assert documents.published(session)[1] == {("journey", "first-win"): (1, "one")}
        assert [one.playbook for one in documents.history(session, "journey", "first-win")] == [2, 1]


def test_what_was_never_saved_cannot_be_published_nor_anything_with_it(sessions: Sessions) -> None:
    saved(sessions, "one")

    with pytest.raises(documents.Missing, match="'ghost' has no revision 1"):
        published(sessions, ("journey", "first-win", 1), ("journey", "ghost", 1))

    with sessions.read() as session:
        assert documents.published(session) == (0, {})


def test_two_who_publish_at_once_make_two_playbooks_or_one_is_told(sessions: Sessions) -> None:
    for number in range(8):
        saved(sessions, "text", f"journey-{number}")

    with ThreadPoolExecutor(max_workers=8) as threads:
        told = [threads.submit(published, sessions, ("journey", f"journey-{number}", 1)) for number in range(8)]
    refused = [one.exception() for one in told if one.exception()]
    made = sorted(one.result() for one in told if not one.exception())

    with sessions.read() as session:
        assert made == list(range(1, len(made) + 1))
        assert all(isinstance(error, Conflict) and "look at what they did" in str(error) for error in refused)
        assert len(documents.published(session)[1]) == len(made) == documents.revision_number(session)


def test_an_archived_document_leaves_the_playbook_and_keeps_its_past(sessions: Sessions) -> None:
    saved(sessions, "one")
    published(sessions, ("journey", "first-win", 1))

    revision = sessions.write(
        lambda session: documents.archive(session, "journey", "first-win", "ada", "old", MONDAY + DAY)
    )

    with sessions.read() as session:
        assert documents.published(session) == (revision, {}) == (2, {})
        assert documents.catalogue(session) == [documents.Document("journey", "first-win", None, 1)]
        assert documents.text_of(session, "journey", "first-win", 1) == "one"


def test_what_is_not_live_cannot_be_archived(sessions: Sessions) -> None:
    with pytest.raises(documents.Missing, match="not published"):
        sessions.write(lambda session: documents.archive(session, "journey", "ghost", "ada", "", MONDAY))


def test_each_publish_and_archive_is_audited(sessions: Sessions) -> None:
    for text in ("one", "two"):
        saved(sessions, text)
    published(sessions, ("journey", "first-win", 1))
    published(sessions, ("journey", "first-win", 2))
    sessions.write(lambda session: documents.archive(session, "journey", "first-win", "cy", "", MONDAY + 2 * DAY))

    with sessions.read() as session:
        told = {(one.actor, one.act, one.subject): (one.before, one.after) for one in audit.entries(session)}
    assert told == {
        ("ada", "publish", "playbook 1"): ({"journey/first-win": None}, {"journey/first-win": 1}),
        ("ada", "publish", "playbook 2"): ({"journey/first-win": 1}, {"journey/first-win": 2}),
        ("cy", "archive", "playbook 3"): ({"journey/first-win": 2}, {}),
    }


def test_the_versions_in_use_are_those_somebody_walks(sessions: Sessions) -> None:
    for text in ("one", "two", "three"):
        saved(sessions, text)
        saved(sessions, f"short {text}", "short-win")

    def people(session: Session) -> None:
        for name in ("ada", "bo", "cy"):
            customer(session, name)
        enrollment(session, "cus_ada", "first-win", revision=1)
        enrollment(session, "cus_bo", "first-win", revision=3, variant="short-win")
        enrollment(session, "cus_cy", "first-win", revision=2, state="left", step=None, due_at=None, ended_at=MONDAY)

    sessions.write(people)

    with sessions.read() as session:
        assert documents.all_versions_in_use(session) == {
            ("first-win", 1): "one",
            ("first-win", 3): "three",
            ("short-win", 3): "short three",
        }


def test_a_catalogue_is_of_one_kind_or_of_all(sessions: Sessions) -> None:
    saved(sessions, "one")
    saved(sessions, "text", "policy", "policy")
    with sessions.read() as session:
        assert [one.key for one in documents.catalogue(session)] == ["first-win", "policy"]
        assert [one.key for one in documents.catalogue(session, "policy")] == ["policy"]
