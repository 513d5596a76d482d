"""Reports: what happens in the product, about one customer or about everybody in an account, takes effect."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from nurture.engine.snapshot import Fact
from nurture.flow.ground import Ground, Moment
from nurture.flow.settle import settle, together, wait_for_outcomes
from nurture.store import accounts, inbox, messages, photographs
from nurture.store.inbox import Told
from nurture.store.session import Session
from nurture.store.suppressions import email_key


class Report(NamedTuple):
    """One event as a machine reports it, about a customer named by the product's id or by address.

    account_id: the product's own; where no customer is named, the event is about everybody in the account.
    """

    name: str
    at: datetime
    user_id: str | None = None
    email: str | None = None
    id: str = ""
    properties: Mapping[str, Any] = {}
    account_id: str | None = None

    @property
    def reference(self) -> str:
        """How it says whom it is about: `id:`, `email:` or `account:...`.  Raises ValueError on a malformed address."""
        if self.user_id is None and self.email is None and self.account_id is not None:
            return f"account:{self.account_id}"
        return f"id:{self.user_id}" if self.user_id else f"email:{email_key(self.email or '')}"


class Receipt(NamedTuple):
    """What became of reported events: counts, and the index and reason of each that was refused."""

    accepted: int
    duplicates: int
    held: int
    rejected: tuple[tuple[int, str], ...]


def take_events(ground: Ground, reports: Sequence[Report], source: str, at: Moment) -> Receipt:
    """Take in events: each once, those of customers not yet known are held; all take effect in one transaction."""
    rejected: list[tuple[int, str]] = []
    sound: list[_Sound] = []
    for n, report in enumerate(reports):
        try:
            sound.append(_Sound(n, report, report.reference))
        except ValueError as error:
            rejected.append((n, str(error)))
    if not sound:
        return Receipt(0, 0, 0, tuple(rejected))

    taken = ground.sessions.write(lambda session: _take(session, ground, sound, source, at))
    wait_for_outcomes(ground, taken.outdated)
    duplicates = len(sound) - taken.accepted - taken.held - len(taken.rejected)
    return Receipt(taken.accepted, duplicates, taken.held, tuple(sorted([*rejected, *taken.rejected])))


class _Sound(NamedTuple):
    n: int
    report: Report
    reference: str


class _Taken(NamedTuple):
    accepted: int
    held: int
    rejected: list[tuple[int, str]]
    outdated: list[str]  # letters to those whom this stops and to their colleagues, already on their way


def _known(session: Session, references: Iterable[str]) -> dict[str, list[str]]:
    """Find who these references mean, by the references themselves: one customer, or everybody in an account."""
    named: dict[str, list[str]] = {"id": [], "email": [], "account": []}
    for kind, name in (reference.split(":", 1) for reference in references):
        named[kind].append(name)
    found = {key: [one.id] for key, one in inbox.known_to(session, named["id"], named["email"]).items()}
    if named["account"]:
        found |= {f"account:{key}": people for key, people in accounts.known_to(session, named["account"]).items()}
    return found


def _take(session: Session, ground: Ground, sound: Sequence[_Sound], source: str, at: Moment) -> _Taken:
    references = {one.reference for one in sound}
    known = _known(session, references)
    unknown = {reference for reference in references - known.keys() if not reference.startswith("account:")}
    if unknown:
        inbox.line_up(session, unknown, shared=True)
        known |= _known(session, unknown)
    photographs.lock(session, [customer_id for people in known.values() for customer_id in people])
    playbook = ground.shelf.playbook(session)
    accepted, held, news, again = set[int](), 0, list[tuple[int, str, Fact]](), set[str]()
    rejected: list[tuple[int, str]] = []
    for n, report, reference in sound:
        people = known.get(reference, [])
        told = Told(source, report.id, report.name, min(report.at, at.now), report.properties)
        if not people and reference.startswith("account:"):
            rejected.append(
                (n, f"nobody is known in the account {report.account_id!r}; send its people's sign-ups first")
            )
        elif not _keep(session, told, people, reference, at.now):
            again.update(people)
        elif not people:
            held += 1
        else:
            accepted.add(n)
            news += [(n, customer_id, told.fact) for customer_id in people if playbook.hears(report.name)]
    causes = together([(customer_id, fact) for _, customer_id, fact in news])
    decisions = settle(session, ground, causes, at, locked=True) if news else {}
    aside = {customer_id for customer_id in causes if customer_id not in decisions}  # in effect when they are decided
    late = {n for n, customer_id, _ in news if customer_id in aside}
    # A stop that is delivered again waits again: its first answer may have been a 503.
    stopped = again.union(aside, (key for key, decision in decisions.items() if decision.turned))
    outdated = messages.outdated(session, stopped) if stopped else []
    return _Taken(len(accepted - late), held + len(late), rejected, outdated)


def _keep(session: Session, told: Told, people: Sequence[str], reference: str, now: datetime) -> bool:
    """Write down what we were told, for each whom it is about.  False if we knew it already, about whomever."""
    if not people:
        return inbox.keep(session, told, None, reference, now)
    if not inbox.keep(session, told, people[0], None, now):
        return False
    for one in people[1:]:
        inbox.keep(session, told._replace(ext_id=told.ext_id and f"{told.ext_id}|{one}"), one, None, now)
    return True
