"""Several people edit one document: nobody's words are lost, and every edit can be taken back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from nurture.engine.editing import CannotEdit, set_value
from nurture.flow import drafts
from nurture.flow.drafts import NothingLeft, Overtaken, SomebodyElses
from nurture.flow.ground import Ground, Seals, Shelf
from nurture.store import documents
from nurture.store.documents import Missing
from nurture.store.drafts import Draft
from nurture.store.session import Session, Sessions
from tests.store.rows import DAY, MONDAY

NAME = ("journey", "trial")
TEXT = "id: trial\nname: Trial\nsteps:\n  - {id: rest, do: wait, for: 3d}   # why\n"


@pytest.fixture
def ground(sessions: Sessions) -> Ground:
    """A journey is published, and nobody edits it."""

    def publish(text: str) -> None:
        def act(session: Session) -> None:
            n = documents.save(session, *NAME, text, "cli", "", MONDAY)
            documents.publish(session, {NAME: n}, "cli", "", MONDAY)

        sessions.write(act)

    publish(TEXT)
    return Ground(sessions, Shelf(), Seals(["a secret"]))


def later(minutes: int) -> datetime:
    return MONDAY + timedelta(minutes=minutes)


def waits(ground: Ground, span: str, expected: int, actor: str = "ada") -> Draft:
    def edit(text: str) -> tuple[str, str]:
        return set_value(text, ("steps", 0, "for"), span)

    return drafts.edit_draft(ground, *NAME, edit, expected, actor, later(expected))


def now(ground: Ground) -> Draft:
    return drafts.read_draft(ground, *NAME)


def test_the_published_text_is_where_a_draft_begins(ground: Ground) -> None:
    assert now(ground) == Draft(*NAME, TEXT, 1, 1, False, "", "cli", MONDAY, 1, 1)


def test_an_edit_is_the_next_revision_and_what_is_published_stays(ground: Ground) -> None:
    saved = waits(ground, "5d", 1)

    assert saved == Draft(*NAME, TEXT.replace("3d", "5d"), 2, 1, True, "wait 3 days -> 5 days", "ada", later(1), 1, 2)
    assert now(ground) == saved
    with ground.sessions.read() as session:
        assert documents.published(session)[1][NAME] == (1, TEXT)
        assert documents.history(session, *NAME)[0].parent == 1


def test_whoever_saw_an_older_text_is_told_who_changed_what(ground: Ground) -> None:
    waits(ground, "5d", 1, "bo")
    waits(ground, "6d", 2, "bo")

    with pytest.raises(Overtaken, match="bo: wait 5 days -> 6 days; bo: wait 3 days -> 5 days") as told:
        drafts.save_draft(ground, *NAME, "mine", 1, "ada", "", later(9))

    assert told.value.now == now(ground)
    assert now(ground).text == TEXT.replace("3d", "6d")


def test_a_publish_meanwhile_is_a_change_as_well(ground: Ground) -> None:
    def act(session: Session) -> None:
        documents.publish(
            session, {NAME: documents.save(session, *NAME, "other", "bo", "hot", MONDAY)}, "bo", "", MONDAY
        )

    ground.sessions.write(act)

    with pytest.raises(Overtaken, match="bo: hot"):
        waits(ground, "5d", 1)


def test_of_many_who_save_at_once_one_is_first(ground: Ground) -> None:
    def save(number: int) -> Draft:
        return drafts.save_draft(ground, *NAME, f"text {number}", 1, f"actor {number}", "", MONDAY)

    with ThreadPoolExecutor(max_workers=8) as threads:
        asked = [threads.submit(save, number) for number in range(8)]
    refused = [one.exception() for one in asked if one.exception()]

    assert len(refused) == 7
    assert all(isinstance(error, Overtaken) and now(ground).author in str(error) for error in refused)
    assert now(ground).n == 2


def test_a_new_document_is_a_draft_that_nothing_else_knows(ground: Ground) -> None:
    saved = drafts.save_draft(ground, "journey", "new", "id: new\n", None, "ada", "", MONDAY)

    assert (saved.n, saved.published, saved.open) == (1, None, True)
    with pytest.raises(Overtaken, match="ada: a new text"):
        drafts.save_draft(ground, "journey", "new", "id: other\n", None, "bo", "", MONDAY)
    with ground.sessions.read() as session:
        assert documents.published(session)[0] == 1


def test_a_document_that_is_not_there_is_missing(ground: Ground) -> None:
    with pytest.raises(Missing, match="no journey 'ghost'"):
        drafts.read_draft(ground, "journey", "ghost")


def test_the_same_text_is_no_edit(ground: Ground) -> None:
    assert drafts.save_draft(ground, *NAME, TEXT, 1, "ada", "", MONDAY) == now(ground)
    assert now(ground).n == 1


def test_an_edit_that_cannot_be_made_changes_nothing(ground: Ground) -> None:
    def edit(text: str) -> tuple[str, str]:
        return set_value(text, ("steps", 9, "for"), "5d")

    with pytest.raises(CannotEdit):
        drafts.edit_draft(ground, *NAME, edit, 1, "ada", MONDAY)

    assert now(ground).n == 1


def test_edits_are_undone_and_redone_one_by_one_by_another_process(ground: Ground) -> None:
    for n, span in enumerate(("4d", "5d", "6d"), 1):
        waits(ground, span, n)
    restarted = ground._replace(shelf=Shelf())

    undone = [drafts.undo(restarted, *NAME, n, "ada", later(n)) for n in (4, 5, 6)]
    redone = [drafts.redo(restarted, *NAME, n, "ada", later(n)) for n in (7, 8, 9)]

    assert [one.text for one in undone] == [TEXT.replace("3d", span) for span in ("5d", "4d", "3d")]
    assert undone[0].sentence == "undid: wait 5 days -> 6 days"
    assert not undone[-1].open
    assert [one.text for one in redone] == [TEXT.replace("3d", span) for span in ("4d", "5d", "6d")]
    assert redone[-1].sentence == "redid: wait 5 days -> 6 days"
    with pytest.raises(NothingLeft, match="redo"):
        drafts.redo(ground, *NAME, 10, "ada", MONDAY)


def test_what_was_undone_before_a_new_edit_cannot_come_back(ground: Ground) -> None:
    waits(ground, "5d", 1)
    drafts.undo(ground, *NAME, 2, "ada", MONDAY)
    waits(ground, "7d", 3)

    assert drafts.opened(ground, *NAME)[1].redo is None
    assert drafts.undo(ground, *NAME, 4, "ada", MONDAY).text == TEXT
    with pytest.raises(NothingLeft, match="undo"):
        drafts.undo(ground, *NAME, 5, "ada", MONDAY)


def test_a_colleagues_edit_is_undone_only_where_that_is_asked_for(ground: Ground) -> None:
    waits(ground, "5d", 1, "ada")
    waits(ground, "6d", 2, "bo")

    with pytest.raises(SomebodyElses, match="by bo: wait 5 days -> 6 days"):
        drafts.undo(ground, *NAME, 3, "ada", MONDAY)
    assert drafts.undo(ground, *NAME, 3, "ada", MONDAY, anybodys=True).text == TEXT.replace("3d", "5d")
    with pytest.raises(SomebodyElses, match="by ada: undid: wait 5 days -> 6 days"):
        drafts.redo(ground, *NAME, 4, "bo", MONDAY)
    assert drafts.redo(ground, *NAME, 4, "ada", MONDAY).text == TEXT.replace("3d", "6d")


def test_undo_looks_whether_somebody_was_faster(ground: Ground) -> None:
    waits(ground, "5d", 1)
    waits(ground, "6d", 2, "bo")

    with pytest.raises(Overtaken, match="bo"):
        drafts.undo(ground, *NAME, 2, "ada", MONDAY)


def test_a_discarded_draft_can_be_taken_back(ground: Ground) -> None:
    waits(ground, "5d", 1)

    gone = drafts.discard(ground, *NAME, 2, "ada", MONDAY)
    back = drafts.undo(ground, *NAME, 3, "ada", MONDAY)

    assert (gone.text, gone.open) == (TEXT, False)
    assert (back.text, back.sentence) == (TEXT.replace("3d", "5d"), "undid: discarded the draft")
    drafts.discard(ground, *NAME, 4, "ada", MONDAY)
    with pytest.raises(NothingLeft):
        drafts.discard(ground, *NAME, 5, "ada", MONDAY)


def test_two_hundred_edits_can_be_undone(ground: Ground) -> None:
    for n in range(1, 206):
        drafts.save_draft(ground, *NAME, f"text {n}", n, "ada", f"edit {n}", MONDAY)

    for n in range(206, 406):
        drafts.undo(ground, *NAME, n, "ada", MONDAY)

    assert now(ground).text == "text 5"
    with pytest.raises(NothingLeft):
        drafts.undo(ground, *NAME, 406, "ada", MONDAY)


def test_a_published_draft_is_no_draft_any_more_and_can_still_be_undone(ground: Ground) -> None:
    waits(ground, "5d", 1)
    ground.sessions.write(lambda session: documents.publish(session, {NAME: 2}, "ada", "", MONDAY + DAY))

    with ground.sessions.read() as session:
        assert session.rows("SELECT draft FROM documents") == [(None,)]
    assert not now(ground).open
    back = drafts.undo(ground, *NAME, 2, "ada", MONDAY)
    assert (back.text, back.published, back.open) == (TEXT, 2, True)


@pytest.mark.parametrize("edited", [True, False])
def test_a_draft_without_a_change_does_not_speak_against_what_is_published_next(ground: Ground, edited: bool) -> None:
    waits(ground, "5d", 1)
    if not edited:
        drafts.discard(ground, *NAME, 2, "ada", MONDAY)

    def act(session: Session) -> None:
        documents.publish(
            session, {NAME: documents.save(session, *NAME, "other", "cli", "", MONDAY)}, "cli", "", MONDAY
        )

    ground.sessions.write(act)

    assert (now(ground).text, now(ground).open) == ((TEXT.replace("3d", "5d"), True) if edited else ("other", False))
