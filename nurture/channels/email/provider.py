"""Who carries the post: one question with five answers."""

from collections.abc import Callable
from time import monotonic
from typing import Literal, NamedTuple, Protocol

from nurture.channels.email.letter import Letter

Outcome = Literal["accepted", "refused", "unknown", "retry", "breaker"]
Monotonic = Callable[[], float]

TOO_LATE = "the deadline passed before the first byte"


class Verdict(NamedTuple):
    """What became of one letter.

    accepted: the provider has it.  refused: it never will; the same bytes are not tried again.
    unknown: bytes left and no complete answer came; never sent again.  retry: provably not accepted, try later.
    breaker: provably not accepted, and nobody else's letter would be either.
    because: a sentence for staff, without secrets.  provider_id: the provider's own name for the letter.
    http_status: as received.  retry_after: seconds of machine time.
    """

    outcome: Outcome
    because: str
    provider_id: str | None = None
    http_status: int | None = None
    retry_after: float | None = None


class Provider(Protocol):
    """Somebody who carries letters, one at a time, from any thread."""

    @property
    def name(self) -> str:
        """A word for the message's record: sendgrid, smtp or outbox."""
        ...

    def send(self, letter: Letter, *, give_up_at: float) -> Verdict:
        """Hand one letter over; never raises.

        give_up_at: `time.monotonic()` seconds, one deadline for all of it, asked directly before the first byte of
        the letter leaves: once it has passed, nothing is handed over.
        """
        ...

    def close(self) -> None:
        """Let go of connections; the provider may be used again."""
        ...


def too_late(give_up_at: float) -> bool:
    """Whether this moment of the monotonic clock has passed."""
    return monotonic() >= give_up_at


def late() -> Verdict:
    """Say that nothing left because it was too late."""
    return Verdict("retry", TOO_LATE)
