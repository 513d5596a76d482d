"""What the journal says: its lines, each of one kind (journal.py)."""

from collections.abc import Mapping
from typing import NamedTuple


class Handed(NamedTuple):
    """A letter was about to be handed over, for the attempt of this number.  at: life time, in microseconds."""

    send_id: str
    attempt: int
    customer_id: str
    journey: str
    entry: int
    step: str
    pass_: int
    topic: str
    at: int


class Suppressed(NamedTuple):
    """An address is written to no more, in one scope.  at: life time, in microseconds."""

    email_hash: str
    scope: str
    reason: str
    at: int


class Lifted(NamedTuple):
    """An address may be written to again, in one scope."""

    email_hash: str
    scope: str


class Moved(NamedTuple):
    """A customer came into another stage.  at: life time, in microseconds."""

    customer_id: str
    to: str
    at: int


class Erased(NamedTuple):
    """A customer was forgotten for good."""

    customer_id: str


class Begun(NamedTuple):
    """The first line of every journal: its own id."""

    id: str


Line = Handed | Suppressed | Lifted | Moved | Erased | Begun
KINDS: Mapping[str, type[Line]] = {
    kind.__name__.lower(): kind for kind in (Handed, Suppressed, Lifted, Moved, Erased, Begun)
}
