"""Colleagues: what the people of one account share passes from one decision to the next, and who has not heard yet."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from nurture.engine.decision import Decision
from nurture.engine.snapshot import Account, Adopted, Customer, Snapshot

Word = tuple[Mapping[str, datetime], Adopted | None]
"""What concerns everybody of an account: milestones that count for all, and an adoption."""


def word_of(account: Account) -> Word:
    """Pick out what everybody of an account must hear of; touches concern whoever is written to next."""
    return account.milestones, account.adopted


class Colleagues:
    """What several accounts share while their people are decided about, one after the other."""

    def __init__(self, voided: frozenset[str] = frozenset()) -> None:
        """Begin.  voided: accounts with an adoption that these people are about to hear of."""
        self._voided = voided
        self._before: dict[str, Account] = {}
        self._now: dict[str, Account] = {}
        self._heard: dict[str, Word] = {}

    def seen_by(self, snapshot: Snapshot) -> Snapshot:
        """Give their photograph as it is after what was decided about their colleagues."""
        account = self._now.get(snapshot.customer.account_id)
        return snapshot if account is None else snapshot._replace(account=account)

    def learn_from(self, snapshot: Snapshot, decision: Decision) -> None:
        """Keep what a decision leaves their account with.  snapshot: what was decided on."""
        if snapshot.account.shared:
            key, customer_id = snapshot.customer.account_id, snapshot.customer.id
            self._before.setdefault(key, snapshot.account)
            self._now[key] = decision.account or snapshot.account
            self._heard[customer_id] = word_of(self._now[key])

    @property
    def changed(self) -> dict[str, Account]:
        """The accounts that do not share what they did before, as they are now."""
        return {key: now for key, now in self._now.items() if now != self._before[key]}

    @property
    def spoken(self) -> frozenset[str]:
        """The accounts of which everybody has something to hear."""
        return frozenset(key for key, now in self.changed.items() if word_of(now) != word_of(self._before[key]))

    @property
    def adopted(self) -> frozenset[str]:
        """The accounts somebody of which has adopted: what was decided before is void for all its people."""
        return frozenset(key for key, now in self.changed.items() if now.adopted != self._before[key].adopted)

    @property
    def voided(self) -> frozenset[str]:
        """The accounts in which an adoption voids what was decided before it: just made, or just heard of."""
        return self._voided | self.adopted

    @property
    def freed(self) -> frozenset[str]:
        """The accounts a letter of which does not go out after all: somebody else may hear something now."""
        return frozenset(key for key, now in self.changed.items() if _waiting(self._before[key]) - _waiting(now))

    def heard(self, customer: Customer) -> bool:
        """Whether their own decision was made knowing all that concerns everybody."""
        return not self.unheard(customer.account_id, [customer.id])

    def unheard(self, account_id: str, people: Iterable[str]) -> list[str]:
        """Those of an account's people who have something to hear."""
        word = word_of(self._now[account_id])
        return [one for one in people if self._heard.get(one) != word]


def _waiting(account: Account) -> frozenset[str]:
    return frozenset(touch.key for touch in account.touches if touch.pending)


def as_one(first: Decision, second: Decision) -> Decision:
    """Tell two decisions about the same customer, one right after the other, as one."""
    walks = {(one.journey, one.entry): one for one in (*first.enrollments, *second.enrollments)}
    return second._replace(
        enrollments=tuple(walks.values()),
        orders=first.orders + second.orders,
        stage_changes=first.stage_changes + second.stage_changes,
        milestones=first.milestones + second.milestones,
        notes=first.notes + second.notes,
        turned=first.turned or second.turned,
        tasks=first.tasks + second.tasks,
        notices=first.notices + second.notices,
        calls=first.calls + second.calls,
    )
