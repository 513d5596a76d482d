"""What every station stands on: the database, the compiled playbook, and the seals under our secret."""

import hmac
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from threading import Lock
from typing import NamedTuple

from nurture.engine.playbook import Playbook, compile_playbook
from nurture.store import documents, versions
from nurture.store.session import Session, Sessions
from nurture.store.suppressions import email_key


class Moment(NamedTuple):
    """One look at both clocks.  now: life time, for everything about customers.  machine: real time, for leases."""

    now: datetime
    machine: datetime


class NoPlaybook(Exception):
    """Nothing has been published yet: there is nothing to decide by."""


class Shelf:
    """The compiled playbook, kept per process and compiled anew when a publish made a newer one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._playbook: Playbook | None = None

    def playbook(self, session: Session) -> Playbook:
        """Give the playbook that stands in this transaction.  Raises NoPlaybook before the first publish."""
        revision = documents.revision_number(session)
        held = self._playbook
        if held is not None and held.revision == revision:
            return held
        with self._lock:
            if self._playbook is None or self._playbook.revision != revision:
                self._playbook = read_playbook(session)
            return self._playbook

    def whole(self, session: Session, pins: set[tuple[str, int]]) -> Playbook:
        """Give the playbook with every pinned version that is asked for, loading those it does not hold yet."""
        playbook = self.playbook(session)
        if pins <= playbook.pinned.keys():
            return playbook
        with self._lock:
            self._playbook = read_playbook(session)
            return self._playbook


def read_playbook(session: Session) -> Playbook:
    """Read and compile what is published, and every version somebody still walks."""
    revision, texts = documents.published(session)
    if not texts:
        raise NoPlaybook("nothing is published yet; run `nurture apply config templates`")
    return compile_playbook(
        revision,
        texts,
        documents.all_versions_in_use(session),
        documents.standing_since(session, "journey"),
        versions.numbers(session, "journey"),
    )


class Seals:
    """Keyed hashes that a restored database makes again: of messages, and of addresses we must not write to."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Take the secrets, newest first.  The oldest one seals, so that a rotation changes no seal."""
        self._key = sha256(b"nurture seals " + keys[-1].encode()).digest()

    def send_id(self, natural_key: str) -> str:
        """Seal a message's natural key."""
        return self._seal("message", natural_key)

    def email_hash(self, address: str) -> str:
        """Seal an address, however it is written.  Raises ValueError if it is not one."""
        return self._seal("address", email_key(address))

    def half_signed_in(self, staff_id: str, until: datetime) -> str:
        """Seal that a password was right, for as long as the second factor may take."""
        return self._seal("half", f"{staff_id}|{until.isoformat()}")

    def _seal(self, kind: str, text: str) -> str:
        return hmac.new(self._key, f"{kind}|{text}".encode(), sha256).hexdigest()[:40]


class Ground(NamedTuple):
    """The handful that a station is given."""

    sessions: Sessions
    shelf: Shelf
    seals: Seals
