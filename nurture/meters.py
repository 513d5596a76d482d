"""Meters: what this process counts for an operator's monitoring; nothing in it tells of a person.

Takes: what was answered, and what became of letters.
Gives: the text that Prometheus reads (its exposition format 0.0.4).
May touch: nothing.
Never: an address, an id of anybody, a label whose values somebody outside can choose.
"""

from typing import NamedTuple

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest

__all__ = ["CONTENT_TYPE_LATEST", "Lateness", "Meters"]

UNCLEAR = float("nan")


class Lateness(NamedTuple):
    """How the whole installation stands, as the database says; seconds, None where the database could not be asked."""

    ready: bool
    oldest_due: float | None
    oldest_queued: float | None
    held: bool
    clock_fault: bool = False


class Meters:
    """Counts since this process began, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._answers = Counter("nurture_answers", "Requests answered.", ["door", "status"], registry=self._registry)
        self._letters = Counter(
            "nurture_letters",
            "Calls to the mail provider, by what became of them.",
            ["outcome"],
            registry=self._registry,
        )
        self._ready = self._gauge("nurture_ready", "1 where the database can be reached and is of this version.")
        self._due = self._gauge(
            "nurture_oldest_due_seconds", "How long the oldest customer who is due has waited to be decided."
        )
        self._queued = self._gauge(
            "nurture_oldest_queued_seconds", "How long the oldest letter that may go has waited for its hand-over."
        )
        self._held = self._gauge("nurture_sending_held", "1 while all sending is held.")
        self._clock = self._gauge("nurture_clock_fault", "1 while a clock cannot be trusted and time stands still.")

    def answered(self, door: str, status: int) -> None:
        """Count an answer.  door: the name of a route, so one of a fixed number."""
        self._answers.labels(door, str(status)).inc()

    def carried(self, outcome: str) -> None:
        """Count what became of one call to the provider: accepted, unknown, refused, retry, breaker."""
        self._letters.labels(outcome).inc()

    def text(self, lateness: Lateness) -> bytes:
        """Write everything down as it stands now."""
        self._ready.set(lateness.ready)
        self._due.set(UNCLEAR if lateness.oldest_due is None else lateness.oldest_due)
        self._queued.set(UNCLEAR if lateness.oldest_queued is None else lateness.oldest_queued)
        self._held.set(lateness.held)
        self._clock.set(lateness.clock_fault)
        return generate_latest(self._registry)

    def _gauge(self, name: str, told: str) -> Gauge:
        return Gauge(name, told, registry=self._registry)
