"""Staff count what they published, v1, v2, v3, however many drafts lie between; on both databases."""

from nurture.store import documents, drafts, versions
from nurture.store.drafts import Made
from nurture.store.session import Session, Sessions
from tests.store.rows import MONDAY

NAME = ("segment", "loyal")
OTHER = ("segment", "new")


def written(session: Session, *texts: str) -> int:
    """Save texts as drafts, one after another, and give the revision of the last one."""
    for text in texts:
        found = drafts.standing(session, *NAME)
        n = drafts.put(session, *NAME, Made(text, "ada", "", found.n if found else None), MONDAY)
    return n


def released(session: Session, n: int) -> None:
    documents.publish(session, {NAME: n}, "ada", "", MONDAY)


def called(session: Session) -> tuple[int | None, int]:
    """What staff call the live text, and the one that is being edited."""
    found = drafts.standing(session, *NAME)
    assert found is not None
    return found.version, found.becomes


def test_versions_count_what_was_published_and_no_draft(sessions: Sessions) -> None:
    def act(session: Session) -> list[tuple[int | None, int]]:
        seen = []
        for texts in (("a", "b", "c"), ("d", "e")):
            n = written(session, *texts)
            seen.append(called(session))
            released(session, n)
            seen.append(called(session))
        documents.publish(session, {OTHER: documents.save(session, *OTHER, "x", "ada", "", MONDAY)}, "ada", "", MONDAY)
        return seen

    assert sessions.write(act) == [(None, 1), (1, 1), (1, 2), (2, 2)]
    with sessions.read() as session:
        assert [(one.n, one.number) for one in versions.versions(session, *NAME)] == [(5, 2), (3, 1)]
        assert versions.numbers(session, "segment") == {("loyal", 3): 1, ("loyal", 5): 2, ("new", 1): 1}
        assert versions.numbers(session, "segment", ["new"]) == {("new", 1): 1}


def test_a_text_that_goes_live_again_keeps_its_number(sessions: Sessions) -> None:
    def act(session: Session) -> list[tuple[int | None, int]]:
        first, second = (documents.save(session, *NAME, text, "ada", "", MONDAY) for text in ("a", "b"))
        released(session, first)
        released(session, second)
        released(session, first)  # as an undo does, which makes a draft of the other one
        drafts.take_up(session, *NAME, second)
        seen = [called(session)]
        released(session, second)
        seen.append(called(session))
        written(session, "c")
        return [*seen, called(session)]

    assert sessions.write(act) == [(1, 2), (2, 2), (2, 3)]
