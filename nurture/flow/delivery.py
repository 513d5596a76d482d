"""Delivery: what a provider tells of letters it was given, in effect before it is answered.

Delivery events come in batches, in any order, again and again.  What is written down is known by what it says; what
stops the post is known by the suppression it makes: told again, neither has an effect.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal, NamedTuple

from nurture.engine.learning import REPORTED, UNREACHABLE, UNSUBSCRIBED
from nurture.flow.ground import Ground, Moment
from nurture.flow.settle import settle_photographed, together, wait_for_outcomes
from nurture.store import delivery, inbox, messages, photographs, reputations, suppressions
from nurture.store.delivery import Sent
from nurture.store.inbox import Told
from nurture.store.session import Session

STOP_SECONDS = 2.0  # how long a provider is kept waiting for letters on their way; it will ask again
AT_ONCE = 1_000  # delivery events in one transaction
TOO_SOON = timedelta(seconds=5)  # after the hand-over: a scanner's click, not a reader's
TOGETHER = timedelta(seconds=2)  # in which nobody clicks three links
UNTOLD_FOR = timedelta(hours=26)  # a day of the provider's tries, and some more

Was = Literal["taken", "delivered", "clicked", "bounced", "complained", "unsubscribed", "other"]

FACTS: Mapping[Was, str] = {
    "delivered": "email_delivered",
    "clicked": "email_clicked",
    "bounced": "email_bounced",
    "complained": REPORTED,
    "unsubscribed": REPORTED,
    "other": REPORTED,
}
"""What is written down of a letter; that it was `taken` shows in the letter itself."""

STOPS: Mapping[Was, tuple[str, str]] = {
    "bounced": (UNREACHABLE, "their address takes no letters"),
    "complained": (UNSUBSCRIBED, "they reported a letter as spam"),
    "unsubscribed": (UNSUBSCRIBED, "they unsubscribed at the provider"),
}
"""What ends all mail to an address: the fact, and why."""


class DeliveryEvent(NamedTuple):
    """One thing that a provider tells of one letter.

    id: the same whenever it is told again.  send_id: what it was given of the letter; address: whom it went to; '' for
    either that it does not tell.  at: life time.  said: in the provider's words.  link: which was clicked.
    """

    id: str
    was: Was
    at: datetime
    send_id: str = ""
    address: str = ""
    said: str = ""
    link: str = ""


def take_delivery(ground: Ground, source: str, events: Sequence[DeliveryEvent], at: Moment) -> None:
    """Let delivery events take effect.  Raises StillSending where they stop a letter that is on its way."""
    for first in range(0, len(events), AT_ONCE):
        some = events[first : first + AT_ONCE]
        leaving = ground.sessions.write(partial(_take, ground=ground, source=source, events=some, at=at))
        wait_for_outcomes(ground, leaving, STOP_SECONDS)


def give_up(ground: Ground, at: Moment) -> int:
    """Call letters lost of which nobody has told for more than a day whether they were taken; returns how many."""
    return ground.sessions.write(lambda session: delivery.give_up(session, at.machine, UNTOLD_FOR))


def _take(session: Session, ground: Ground, source: str, events: Sequence[DeliveryEvent], at: Moment) -> Sequence[str]:
    """Stop what is to be stopped, write down, settle; gives the letters on their way to whom it stops."""
    letters = delivery.letters(session, {one.send_id for one in events if one.send_id})
    stops = dict(_stops(ground, events, letters))
    reached = delivery.people_at(session, stops)
    stopped = sorted({customer_id for people in reached.values() for customer_id in people})
    photographs.lock(session, sorted({*stopped, *(letter.customer_id for letter in letters.values())}))

    proofs = {letters[one.send_id].id: _proof(source, one) for one in events if one.send_id in letters}
    delivery.taken_after_all(session, proofs)
    closed = _close(session, source, stops, reached, at)
    told = _news(session, source, events, letters, at)
    said = [(one.properties["journey"], one.properties["was"]) for _, one in told]
    reputations.count(session, said, at.now)
    told += [(customer_id, _stop(source, was, at.now)) for customer_id, was in closed.items()]
    if told:
        _settle(session, ground, told, closed, at)
    return messages.handing(session, stopped)


def _close(
    session: Session, source: str, stops: Mapping[str, Was], reached: Mapping[str, Sequence[str]], at: Moment
) -> dict[str, Was]:
    """Write no more to these addresses; gives those customers for whom that is news, and because of what."""
    reasons = {seal: f"{source}: {STOPS[was][1]}" for seal, was in stops.items()}
    news = suppressions.suppress_all(session, reasons, at.now)
    closed = {customer_id: stops[seal] for seal in news for customer_id in reached.get(seal, ())}
    for was in set(closed.values()):
        those = [customer_id for customer_id, other in closed.items() if other == was]
        messages.cancel(session, those, None, f"cancelled: {STOPS[was][1]}")
    return closed


def _settle(
    session: Session, ground: Ground, told: Sequence[tuple[str, Told]], closed: Iterable[str], at: Moment
) -> None:
    """Write down what is news, and let it take effect; of whoever was erased meanwhile there is nothing to write."""
    taken = photographs.photographs(session, sorted({customer_id for customer_id, _ in told}))
    inbox.keep_all(session, [(customer_id, one) for customer_id, one in told if customer_id in taken], at.now)
    causes = together([(customer_id, one.fact) for customer_id, one in told if one.name != REPORTED])
    fresh = {customer_id: taken[customer_id] for customer_id in causes if customer_id in taken}
    fresh |= {customer_id: fresh[customer_id].closed() for customer_id in closed if customer_id in fresh}
    settle_photographed(session, ground, fresh, {customer_id: causes[customer_id] for customer_id in fresh}, at)


def _stops(ground: Ground, events: Iterable[DeliveryEvent], letters: Mapping[str, Sent]) -> Iterator[tuple[str, Was]]:
    """Say which addresses get no more letters, by their seals: as told, else the one that the letter's reader has."""
    for one in events:
        if one.was in STOPS:
            letter = letters.get(one.send_id)
            try:
                yield ground.seals.email_hash(one.address), one.was
            except ValueError:
                if letter is not None:
                    yield letter.email_hash, one.was


def _proof(source: str, one: DeliveryEvent) -> str:
    return f"accepted: {source} told of it later ({one.was})"


def _news(
    session: Session, source: str, events: Sequence[DeliveryEvent], letters: Mapping[str, Sent], at: Moment
) -> list[tuple[str, Told]]:
    """Say what is to be written down of whom: of letters of ours, and what was not told before."""
    machines = _machines(events, letters)
    ours = {one.id: one for one in events if one.send_id in letters and one.was in FACTS}
    before = delivery.known(session, source, ours)
    found = []
    for one in ours.values():
        if one.id not in before:
            letter, name = letters[one.send_id], REPORTED if one.id in machines else FACTS[one.was]
            properties = {**_about(letter), "was": one.was, "said": one.said, "machine": one.id in machines}
            found.append((letter.customer_id, Told(source, one.id, name, min(one.at, at.now), properties)))
    return found


def _about(letter: Sent) -> dict[str, Any]:
    return {"email": letter.email, "journey": letter.journey, "step": letter.step, "message": letter.id}


def _stop(source: str, was: Was, now: datetime) -> Told:
    """The fact that ends all mail to somebody, known by the suppression that stands beside it."""
    name, because = STOPS[was]
    return Told(source, "", name, now, {"scope": suppressions.ALL, "how": because})


def _machines(events: Iterable[DeliveryEvent], letters: Mapping[str, Sent]) -> set[str]:
    """Which clicks are a mail scanner's: sooner than anybody reads, or on three links at once."""
    clicks: dict[str, list[DeliveryEvent]] = {}
    for one in events:
        if one.was == "clicked" and one.send_id in letters:
            clicks.setdefault(one.send_id, []).append(one)
    found = set()
    for send_id, those in clicks.items():
        handed_at = letters[send_id].handed_at
        for one in those:
            near = {other.link for other in those if abs(other.at - one.at) <= TOGETHER}
            if len(near) >= 3 or (handed_at is not None and one.at - handed_at < TOO_SOON):
                found.add(one.id)
    return found
