"""A key opens what it was made for, until it is revoked, and nobody can read it here."""

import pytest

from nurture.store import audit, keys
from nurture.store.session import Sessions
from tests.store.rows import DAY, MONDAY


def test_a_key_is_known_by_its_secret(sessions: Sessions) -> None:
    secret = sessions.write(lambda session: keys.add(session, "backend", ["read", "ingest"], MONDAY))
    with sessions.read() as session:
        key = keys.scopes_for(session, secret)

        assert key is not None
        assert (key.name, key.scopes, key.created_at) == ("backend", frozenset({"ingest", "read"}), MONDAY)
        assert (secret[:4], key.hint) == ("ntk_", secret[-4:])
        assert keys.all_keys(session) == [key]


def test_another_secret_opens_nothing(sessions: Sessions) -> None:
    sessions.write(lambda session: keys.add(session, "backend", ["read"], MONDAY))
    with sessions.read() as session:
        opened = [keys.scopes_for(session, wrong) for wrong in ("", "ntk_", "ntk_" + "A" * 43, "Bearer")]

    assert opened == [None] * 4


def test_a_revoked_key_opens_nothing(sessions: Sessions) -> None:
    secret = sessions.write(lambda session: keys.add(session, "backend", ["read"], MONDAY))
    with sessions.read() as session:
        (key,) = keys.all_keys(session)

    revoked = [sessions.write(lambda session: keys.revoke(session, key.id, MONDAY + DAY)) for _ in range(2)]

    with sessions.read() as session:
        assert revoked == [True, False]
        assert keys.scopes_for(session, secret) is None
        assert keys.all_keys(session)[0].revoked_at == MONDAY + DAY


def test_a_key_has_known_scopes(sessions: Sessions) -> None:
    for scopes in ([], ["everything"], ["read", "everything"]):
        with pytest.raises(ValueError, match="some of ingest, read, write, admin"):
            sessions.write(lambda session, scopes=scopes: keys.add(session, "backend", scopes, MONDAY))  # type: ignore[misc]


def test_making_and_revoking_is_audited_without_the_secret(sessions: Sessions) -> None:
    secret = sessions.write(lambda session: keys.add(session, "backend", ["read"], MONDAY, actor="cy"))
    with sessions.read() as session:
        (key,) = keys.all_keys(session)
    sessions.write(lambda session: keys.revoke(session, key.id, MONDAY + DAY, actor="cy"))

    with sessions.read() as session:
        entries = audit.entries(session)
        assert [(entry.actor, entry.act, entry.subject) for entry in entries] == [
            ("cy", "revoke key", key.id),
            ("cy", "add key", key.id),
        ]
        assert secret not in str(entries)
