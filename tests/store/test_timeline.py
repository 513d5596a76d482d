"""A timeline tells what happened and what was decided, each thing once; between pages nothing is lost."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from nurture.engine.decision import Note, note_as_json
from nurture.store import audit, timeline
from nurture.store.session import Session, Sessions
from tests.store.rows import DAY, HOUR, MONDAY, customer, decision, event, letter, put

KINDS = frozenset({"event", "stage", "milestone", "message", "held"})  # what everybody is told


def note(do: str, because: str, step: str | None = None, **more: Any) -> dict[str, Any]:
    return note_as_json(Note(do, because, "first-win" if step else None, step, **more))


@pytest.fixture
def ada(sessions: Sessions) -> str:
    """Ada signed up at nine, was written to, held back once, did something, and moved on."""

    def past(session: Session) -> str:
        ada = customer(session, "ada")
        put(
            session,
            "stage_changes",
            customer_id=ada,
            n=1,
            to_stage="assessing",
            at=MONDAY,
            because="signed up",
        )
        decision(
            session,
            ada,
            MONDAY,
            note("moved", "signed up", about="assessing"),
            note("letter", "inside the window", "hello"),
            cause="signed_up",
        )
        letter(session, ada, "hello", MONDAY, state="accepted", because="accepted by the outbox")
        decision(session, ada, MONDAY + DAY, note("held", "held by cap", "tips", until=MONDAY + 2 * DAY))
        event(session, ada, "report_made", MONDAY + DAY + HOUR, rows=3)
        put(
            session,
            "milestones",
            customer_id=ada,
            milestone="first_report",
            at=MONDAY + DAY + HOUR,
            because="did report_made",
        )
        letter(session, ada, "orphan", MONDAY + 2 * DAY, because="its decision is gone")
        return ada

    return sessions.write(past)


def told(sessions: Sessions, customer_id: str, **asked: Any) -> timeline.Told:
    with sessions.read() as session:
        return timeline.timeline(session, customer_id, **asked)


def test_everything_is_told_once_newest_first(sessions: Sessions, ada: str) -> None:
    part = told(sessions, ada)

    assert [(entry.at, entry.kind, entry.what, entry.because) for entry in part.entries] == [
        (MONDAY + 2 * DAY, "message", "orphan", "its decision is gone"),
        (MONDAY + DAY + HOUR, "milestone", "first_report", "did report_made"),
        (MONDAY + DAY + HOUR, "event", "report_made", "told by product"),  # what it led to came after it
        (MONDAY + DAY, "held", "", "held by cap"),
        (MONDAY, "message", "hello", "inside the window"),
        (MONDAY, "stage", "assessing", "signed up"),
    ]
    assert part.before is None


def test_a_letter_is_told_with_why_it_was_decided_and_what_became_of_it(sessions: Sessions, ada: str) -> None:
    (hello,) = [entry for entry in told(sessions, ada).entries if entry.what == "hello"]

    assert (hello.because, hello.cause, hello.journey, hello.step) == (
        "inside the window",
        "signed_up",
        "first-win",
        "hello",
    )
    assert hello.message is not None
    assert (hello.message.state, hello.message.because, hello.message.to) == (
        "accepted",
        "accepted by the outbox",
        "ada@example.com",
    )


def test_what_is_held_says_until_when_and_an_event_what_it_said(sessions: Sessions, ada: str) -> None:
    entries = {entry.kind: entry for entry in told(sessions, ada).entries}

    assert entries["held"].until == MONDAY + 2 * DAY
    assert entries["event"].properties == {"rows": 3}


def test_somebody_elses_timeline_is_their_own(sessions: Sessions, ada: str) -> None:
    bo = sessions.write(lambda session: customer(session, "bo"))

    assert told(sessions, bo) == ([], None)
    assert len(told(sessions, ada).entries) == 6


def test_pages_lose_nothing_and_tell_nothing_twice(sessions: Sessions, ada: str) -> None:
    def busy(session: Session) -> None:
        for day in range(5):
            at = MONDAY + day * DAY
            event(session, ada, "seen", at)
            event(session, ada, "clicked", at)
            decision(session, ada, at + HOUR, note("rest", "waits", "pause"), note("onward", "wait is over", "pause"))
            put(
                session,
                "stage_changes",
                customer_id=ada,
                n=day + 2,
                to_stage=f"s{day}",
                at=at + 2 * HOUR,
                because="moved",
            )
            decision(session, ada, at + 3 * HOUR, note("moved", "moved", about=f"s{day}"))

    sessions.write(busy)
    whole = told(sessions, ada, limit=1000)

    by_limit = {limit: list(page_by_page(sessions, ada, limit)) for limit in range(1, 8)}

    assert len(whole.entries) == 6 + 5 * 5
    assert by_limit == dict.fromkeys(range(1, 8), whole.entries)


def page_by_page(sessions: Sessions, customer_id: str, limit: int) -> Iterator[timeline.Entry]:
    before: datetime | None = None
    for _ in range(100):
        part = told(sessions, customer_id, limit=limit, before=before)
        yield from part.entries
        before = part.before
        if before is None:
            return
    raise AssertionError("the pages never end")


def test_a_customers_messages_come_latest_first(sessions: Sessions, ada: str) -> None:
    with sessions.read() as session:
        found = timeline.messages_of(session, ada)

        assert [one.step for one in found] == ["orphan", "hello"]
        assert (found[1].pass_, found[1].decided_at, found[1].expires_at) == (1, MONDAY, MONDAY + DAY)
        assert timeline.message(session, found[0].id) == timeline.message(session, found[0].send_id) == found[0]
        assert timeline.message(session, "msg_ghost") is None


def test_the_outbox_is_paged_and_narrowed_by_state(sessions: Sessions, ada: str) -> None:
    bo = sessions.write(lambda session: customer(session, "bo"))
    sessions.write(lambda session: letter(session, bo, "hello", MONDAY + 3 * DAY, state="accepted"))

    with sessions.read() as session:
        first, cursor = timeline.outbox(session, limit=2)
        rest, end = timeline.outbox(session, limit=2, cursor=cursor)
        accepted, _ = timeline.outbox(session, state="accepted")

    assert [(one.to, one.step) for one in [*first, *rest]] == [
        ("bo@example.com", "hello"),
        ("ada@example.com", "orphan"),
        ("ada@example.com", "hello"),
    ]
    assert end is None
    assert [one.customer_id for one in accepted] == [bo, ada]


def test_each_try_to_hand_over_is_told(sessions: Sessions, ada: str) -> None:
    with sessions.read() as session:
        (hello,) = [one for one in timeline.messages_of(session, ada) if one.step == "hello"]

    def tries(session: Session) -> None:
        for n, outcome in enumerate(["retry", "accepted"], start=1):
            put(
                session,
                "attempts",
                message_id=hello.id,
                n=n,
                started_at=MONDAY + n * HOUR,
                outcome=outcome,
                http_status=202 if outcome == "accepted" else 429,
            )

    sessions.write(tries)

    with sessions.read() as session:
        assert [one[:5] for one in timeline.attempts_of(session, hello.id)] == [
            (1, MONDAY + HOUR, None, "retry", 429),
            (2, MONDAY + 2 * HOUR, None, "accepted", 202),
        ]


def test_staff_are_told_what_staff_wrote_and_did_and_what_came_of_it(sessions: Sessions, ada: str) -> None:
    def more(session: Session) -> None:
        at, step = MONDAY + HOUR, {"journey": "first-win", "entry": 1, "pass": 1, "customer_id": ada}
        put(session, "notes", id="nte_1", customer_id=ada, author="sam", text="will call", at=at)
        audit.record(session, at + HOUR, "sam", "hold", ada, None, {"because": "on holiday"})
        audit.record(session, at + HOUR, "sam", "hold", "cus_bo", None, {"because": "not theirs"})
        said = {"opened_at": MONDAY, "due_at": at, "because": "b"}
        put(
            session,
            "tasks",
            id="t1",
            task="call",
            state="done",
            outcome="reached",
            closed_at=at,
            note="fine",
            step="a",
            **step,
            **said,
        )
        put(session, "tasks", id="t2", task="call", state="open", step="b", **step, **said)
        put(
            session,
            "notices",
            id="n1",
            title="New",
            body="",
            state="seen",
            because="c",
            at=MONDAY,
            seen_at=at,
            step="d",
            **step,
        )
        call = {"outbound": "crm", "body": "{}", "decided_at": at, "retry_at": at, "because": "HTTP 500"}
        put(session, "calls", id="c1", state="failed", step="e", **step, **call)
        put(session, "suppressions", email_hash="ada@example.com", scope="tips", reason="unsubscribed", at=MONDAY)
        letter(session, ada, "later", MONDAY + 9 * DAY)

    sessions.write(more)
    with sessions.read() as session:
        whole = timeline.life(session, ada, staff=True)
        part = timeline.life(session, ada, before=MONDAY + DAY, staff=True)

    told = [(one.kind, one.what, one.because, one.cause) for one in part.told.entries if one.kind not in KINDS]
    assert told == [
        ("act", "hold", "", "sam"),
        ("note", "", "will call", "sam"),
        ("outcome", "call", "fine", "reached"),
        ("seen", "New", "c", "seen"),
        ("called", "crm", "HTTP 500", "failed"),
    ]
    assert [one.properties for one in part.told.entries if one.kind == "act"] == [{"because": "on holiday"}]
    assert (whole.stages, whole.milestones, whole.unwanted) == (part.stages, part.milestones, part.unwanted)
    assert [(one.to, one.because) for one in part.stages] == [("assessing", "signed up")]
    assert [one.milestone for one in part.milestones] == ["first_report"]
    assert part.unwanted == {"tips": "unsubscribed"}
    assert sorted(one.step for one in part.pending) == ["later", "orphan"]
    with sessions.read() as session:
        assert {one.kind for one in timeline.timeline(session, ada).entries} <= KINDS
