"""Staff sign in with what they know, stay signed in while they are there, and are out the moment they should be."""

from datetime import datetime, timedelta

import pytest

from nurture.store import audit, staff
from nurture.store.session import Conflict, Sessions
from tests.store.rows import MONDAY

MINUTE = timedelta(minutes=1)
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def password_hash() -> str:
    return staff.hash_password(PASSWORD)


@pytest.fixture
def ada(sessions: Sessions, password_hash: str) -> str:
    return sessions.write(lambda session: staff.add(session, "Ada@Example.com ", "editor", password_hash, MONDAY))


def signed_in(sessions: Sessions, token: str, at: datetime) -> staff.SignedIn | None:
    with sessions.read() as session:
        return staff.staff_for(session, token, at)


def test_a_member_is_found_by_address_in_any_case(sessions: Sessions, ada: str) -> None:
    with sessions.read() as session:
        member = staff.by_email(session, "ADA@example.com")

        assert member is not None
        assert (member.id, member.email, member.role) == (ada, "ada@example.com", "editor")
        assert staff.by_email(session, "bo@example.com") is None
        assert staff.everybody(session) == [member]


@pytest.mark.usefixtures("ada")
def test_only_the_right_password_is_right(sessions: Sessions) -> None:
    with sessions.read() as session:
        member = staff.by_email(session, "ada@example.com")

    assert staff.verify_password(member, PASSWORD)
    assert not staff.verify_password(member, PASSWORD + " ")
    assert not staff.verify_password(None, PASSWORD)


def test_a_short_password_is_refused() -> None:
    with pytest.raises(ValueError, match="12 characters"):
        staff.hash_password("elevenchars")

    assert len(staff.new_password()) == 24


def test_one_address_is_one_member_of_a_known_role(sessions: Sessions, ada: str, password_hash: str) -> None:
    with pytest.raises(Conflict):
        sessions.write(lambda session: staff.add(session, "ada@example.com", "admin", password_hash, MONDAY))
    with pytest.raises(ValueError, match="viewer, editor, publisher, admin"):
        sessions.write(lambda session: staff.add(session, "bo@example.com", "owner", password_hash, MONDAY))

    with sessions.read() as session:
        assert [member.id for member in staff.everybody(session)] == [ada]
        assert [entry.act for entry in audit.entries(session)] == ["add staff"]


def test_a_session_knows_who_it_is(sessions: Sessions, ada: str) -> None:
    opened = sessions.write(lambda session: staff.open_session(session, ada, MONDAY))

    known = signed_in(sessions, opened.token, MONDAY)

    assert known is not None
    assert (known.member.id, known.csrf, known.unnoticed) == (ada, opened.csrf, False)
    assert signed_in(sessions, opened.csrf, MONDAY) is None


def test_a_session_ends_after_half_an_hour_without_use(sessions: Sessions, ada: str) -> None:
    token = sessions.write(lambda session: staff.open_session(session, ada, MONDAY)).token

    assert signed_in(sessions, token, MONDAY + 30 * MINUTE - timedelta(microseconds=1)) is not None
    assert signed_in(sessions, token, MONDAY + 30 * MINUTE) is None


def test_a_session_in_use_goes_on_for_twelve_hours_and_no_longer(sessions: Sessions, ada: str) -> None:
    token = sessions.write(lambda session: staff.open_session(session, ada, MONDAY)).token
    for minutes in range(20, 12 * 60, 20):
        known = signed_in(sessions, token, MONDAY + minutes * MINUTE)
        assert known is not None
        assert known.unnoticed
        sessions.write(lambda session, at=MONDAY + minutes * MINUTE: staff.noticed(session, token, at))  # type: ignore[misc]

    assert signed_in(sessions, token, MONDAY + 12 * 60 * MINUTE - MINUTE) is not None
    assert signed_in(sessions, token, MONDAY + 12 * 60 * MINUTE) is None


def test_a_session_that_fell_idle_is_not_woken_by_a_late_notice(sessions: Sessions, ada: str) -> None:
    token = sessions.write(lambda session: staff.open_session(session, ada, MONDAY)).token

    sessions.write(lambda session: staff.noticed(session, token, MONDAY + 31 * MINUTE))

    assert signed_in(sessions, token, MONDAY + 32 * MINUTE) is None


def test_signing_out_ends_that_session_alone(sessions: Sessions, ada: str) -> None:
    one, other = (sessions.write(lambda session: staff.open_session(session, ada, MONDAY)).token for _ in range(2))

    sessions.write(lambda session: staff.close_session(session, one))

    assert signed_in(sessions, one, MONDAY) is None
    assert signed_in(sessions, other, MONDAY) is not None


def test_disabling_locks_out_at_once(sessions: Sessions, ada: str) -> None:
    token = sessions.write(lambda session: staff.open_session(session, ada, MONDAY)).token

    disabled = [
        sessions.write(lambda session: staff.disable(session, ada, MONDAY + MINUTE, actor="cy")) for _ in range(2)
    ]

    with sessions.read() as session:
        member = staff.by_email(session, "ada@example.com")
        assert disabled == [True, False]
        assert signed_in(sessions, token, MONDAY) is None
        assert not staff.verify_password(member, PASSWORD)
        assert audit.entries(session)[0].act == "disable staff"


def test_a_session_opened_while_being_disabled_opens_nothing(sessions: Sessions, ada: str) -> None:
    sessions.write(lambda session: staff.disable(session, ada, MONDAY))
    token = sessions.write(lambda session: staff.open_session(session, ada, MONDAY)).token

    assert signed_in(sessions, token, MONDAY) is None


def test_old_sessions_are_swept_out_at_the_next_sign_in(sessions: Sessions, ada: str) -> None:
    for at in (MONDAY, MONDAY + timedelta(hours=12)):
        sessions.write(lambda session, at=at: staff.open_session(session, ada, at))  # type: ignore[misc]

    with sessions.read() as session:
        assert session.rows("SELECT COUNT(*) FROM sessions") == [(1,)]


def test_no_token_is_kept_as_it_is(sessions: Sessions, ada: str) -> None:
    token = sessions.write(lambda session: staff.open_session(session, ada, MONDAY)).token
    with sessions.read() as session:
        ((kept,),) = session.rows("SELECT token_hash FROM sessions")

    assert len(kept) == 32
    assert token.encode() not in kept
