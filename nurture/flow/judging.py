"""Judging: what speaks against handing a letter over now, and what its end leaves the past with.  No session here."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta

from nurture.engine.arbiter import Proposal, clearance
from nurture.engine.playbook import Playbook
from nurture.engine.policy import Policy
from nurture.engine.snapshot import Facts, Snapshot, Touch
from nurture.flow.ground import Moment
from nurture.store.accounts import Past
from nurture.store.messages import Ending, Message
from nurture.store.photographs import Photograph
from nurture.store.valve import Lately

SET_ASIDE = timedelta(minutes=1)  # until it is asked again whether a customer can be decided
HOUR = timedelta(hours=1)
RESTS = timedelta(minutes=15)  # of life time, until it is asked again whether a journey rests
HELD = timedelta(days=1)  # of life time, until it is asked again whether staff hold a customer; a release asks at once


class OnTheirWay:
    """Letters being handed over at this moment: a cap counts them, whatever has become of their journeys."""

    def __init__(self, playbook: Playbook, messages: Iterable[tuple[str, Message]], now: datetime) -> None:
        """Take the messages, each with its account's id."""
        self.playbook, self.now = playbook, now
        self._out: dict[str, list[tuple[str, str]]] = {}  # account -> customer and message key
        for account_id, message in messages:
            self.add(account_id, message)

    def add(self, account_id: str, message: Message) -> None:
        """Count one more; a transactional one is not counted."""
        if not self.playbook.policy.transactional(message.topic):
            self._out.setdefault(account_id, []).append((message.customer_id, message.key))

    def beside(self, snapshot: Snapshot) -> Snapshot:
        """Give a photograph whose touches, theirs and their account's, are the letters that have gone or are leaving.

        What is only queued holds nothing back here: two letters that wait would wait for each other.
        """
        customer, out = snapshot.customer, self._out.get(snapshot.customer.account_id, ())
        own = [Touch(self.now, key) for whose, key in out if whose == customer.id]
        facts = snapshot.facts._replace(touches=_gone(snapshot.facts.touches, own))
        theirs = [Touch(self.now, f"{whose}|{key}") for whose, key in out]
        account = snapshot.account._replace(touches=_gone(snapshot.account.touches, theirs))
        return snapshot._replace(facts=facts, account=account)


def _gone(touches: Iterable[Touch], leaving: Iterable[Touch]) -> tuple[Touch, ...]:
    """Those that have gone and those that are leaving, each letter once."""
    gone = (touch for touch in touches if not touch.pending)
    return _newest_first({touch.key: touch for touch in (*gone, *leaving)}.values())


def _newest_first(touches: Iterable[Touch]) -> tuple[Touch, ...]:
    return tuple(sorted(touches, key=lambda touch: touch.at, reverse=True))


def objection(playbook: Playbook, message: Message, taken: Photograph, out: OnTheirWay, at: Moment) -> Ending | None:
    """Say what speaks against handing this message over now; None if nothing does."""
    snapshot, customer, now = taken.snapshot, taken.snapshot.customer, at.now
    if message.customer_gen != customer.gen:
        return Ending(message, "cancelled", f"cancelled: decided before the stage became {customer.stage}")
    if message.account_gen != taken.account_gen:
        return Ending(message, "cancelled", "cancelled: decided before a colleague adopted")
    if playbook.lifecycle.final(customer.stage):
        return Ending(message, "cancelled", f"cancelled: the stage is {customer.stage}")
    if taken.failures:  # what they last told us may be a stop
        return Ending(message, "queued", "waits: its customer is set aside", retry_at=at.machine + SET_ASIDE)
    if customer.held_at is not None:
        return Ending(message, "queued", customer.hold, not_before=now + HELD)
    if holder := _holder(playbook, message, snapshot):
        expires = max(message.expires_at, now + RESTS + playbook.policy.lateness.after)
        because = f"{message.journey} rests while they walk {holder}"
        return Ending(message, "queued", because, not_before=now + RESTS, expires_at=expires)
    if now > message.expires_at:
        return Ending(message, "cancelled", f"skipped as late: should have gone by {message.expires_at:%a %d %b %H:%M}")
    proposal = Proposal(message.journey, message.topic, message.urgent, message.key)
    judged = clearance(playbook.policy, out.beside(snapshot), proposal, now)
    if judged.verdict == "go":
        return None
    if judged.until is None:
        return Ending(message, "cancelled", judged.because)
    expires = max(message.expires_at, judged.until + playbook.policy.lateness.after)
    return Ending(message, "queued", judged.because, not_before=judged.until, expires_at=expires)


class Valve:
    """The policy's limits over everything: asked of each letter of a claim in turn, it counts those that may go."""

    def __init__(self, policy: Policy, lately: Lately | None, now: datetime) -> None:
        """Take what went out lately; None where nothing is limited."""
        self._policy, self._lately, self._now = policy, lately, now
        self._let, self._held = 0, 0

    def against(self, message: Message) -> Ending | None:
        """Say what speaks against one more letter, or count it; what is transactional minds the hour alone."""
        if self._lately is None:
            return None
        full = [self._hour(self._lately)]
        if not self._policy.transactional(message.topic):
            full.append(self._day(self._lately))
        closed = [one for one in full if one is not None]
        if not closed:
            self._let += 1
            return None
        self._held += 1
        until, because = max(closed)
        expires = max(message.expires_at, until + self._policy.lateness.after)
        return Ending(message, "queued", because, not_before=until, expires_at=expires)

    def _hour(self, lately: Lately) -> tuple[datetime, str] | None:
        """Until when the hour is full: letter by letter it has room again as those before grow older."""
        most = self._policy.per_hour
        if most is None or len(lately.hour) + self._let < most:
            return None
        place = max(most - 1 - self._held, 0)  # from the newest: those of this claim, then those before it
        gone = self._now if place < self._let else lately.hour[place - self._let]
        return gone + HOUR, f"held by the hourly limit: at most {most} over everything"

    def _day(self, lately: Lately) -> tuple[datetime, str] | None:
        """Until when the day is full, while a ramp is walked."""
        ramp, today = self._policy.ramp, self._now.astimezone(UTC).date()
        if ramp is None:
            return None
        most = ramp.room((today - lately.began).days)
        if lately.today + self._let < most:
            return None
        midnight = datetime.combine(today, time(), UTC) + timedelta(days=1)
        return midnight, f"held by the ramp: at most {most} today, while the domain is new"


def _holder(playbook: Playbook, message: Message, snapshot: Snapshot) -> str | None:
    """Name the journey that makes the letter's own rest; what is transactional goes whoever rests.

    It may have been entered after the letter was decided, and the letter's own journey may be over by now.
    """
    if playbook.policy.transactional(message.topic):
        return None
    holders = (one for one in snapshot.enrollments if not one.held)
    walked = ((one.journey, playbook.version(one.shape, one.revision).journey) for one in holders)
    return next((key for key, journey in walked if key != message.journey and journey.rests(message.journey)), None)


class Ledger:
    """What the pasts of customers and of their accounts come down to once some of their messages have ended.

    facts: of those whose letters have ended.  accounts: those that share something else now.
    freed: customers, and freed_accounts: accounts, a letter of whom does not go out after all.
    """

    def __init__(self, playbook: Playbook, known: Mapping[str, Past], endings: Iterable[Ending]) -> None:
        """Take what was known, and what has become of the messages."""
        self.facts: dict[str, Facts] = {}
        self.freed: set[str] = set()
        self.freed_accounts: set[str] = set()
        self._known = known
        self._shared = {past.account_id: past.account for past in known.values() if past.account.shared}
        self._capped = playbook.policy.account_cap is not None
        for ending in endings:
            if ending.state != "queued" and not playbook.policy.transactional(ending.message.topic):
                self._enter(ending)
        before = {past.account_id: past.account for past in known.values()}
        self.accounts = {key: now for key, now in self._shared.items() if now != before[key]}
        self.freed_accounts &= self.accounts.keys()

    def _enter(self, ending: Ending) -> None:
        customer_id, key = ending.message.customer_id, ending.message.key
        past = self._known[customer_id]
        facts = self.facts.get(customer_id, past.facts)
        self.facts[customer_id] = facts._replace(touches=touched(facts.touches, key, ending.handed_at))
        if ending.handed_at is None:
            self.freed.add(customer_id)
        if self._capped and (account := self._shared.get(past.account_id)):
            touches = touched(account.touches, f"{customer_id}|{key}", ending.handed_at)
            self._shared[past.account_id] = account._replace(touches=touches)
            if ending.handed_at is None:
                self.freed_accounts.add(past.account_id)


def touched(touches: Iterable[Touch], key: str, handed_at: datetime | None) -> tuple[Touch, ...]:
    """What a message leaves behind once it has ended: a touch at its hand-over, or none."""
    kept = [touch for touch in touches if touch.key != key]
    return tuple(kept) if handed_at is None else _newest_first([*kept, Touch(handed_at, key)])
