"""In whatever order we hear of somebody, and however often: they stand where the facts put them.

The facts are heard on one Sunday, all within the same minute of life, and have moments of their own. Source: I6.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from nurture.flow import by_hand, feedback, trial
from nurture.flow.ground import Ground, Moment, Seals, Shelf
from nurture.flow.intake import Newcomer, Report, capture_lead, sign_up, take_events
from nurture.store import customers, photographs
from nurture.store.session import Sessions
from tests.campaign import Campaign
from tests.conftest import Databases
from tests.sqlite import SqliteFiles
from tests.stories.town import KEYS, MONDAY, founded

NOW = MONDAY + timedelta(days=6, hours=3)  # a Sunday: what is to be written waits for the morning
AT = Moment(NOW, NOW)
PERMUTATIONS = {"sqlite": 25, "postgresql": 6}
SIGN_UP, LEAD = 60, 90  # hours ago
EVENTS = [
    *("source_connected", "report_created", "report_shared", "report_scheduled", "api_called"),
    *("ticket_opened", "ticket_solved", "subscription_started", "trial_cancelled", "account_closed"),
]
TURNS = {"subscription_started", "trial_cancelled", "account_closed"}


class Tiding(NamedTuple):
    """One thing that somebody's past tells.  ago: hours before now; 0 where it is heard as it happens."""

    what: str
    ago: float = 0.0
    name: str = ""
    said: Mapping[str, Any] = {}

    @property
    def at(self) -> datetime:
        return NOW - timedelta(hours=self.ago)


class NotYet(Exception):
    """Nobody is known by this name yet; whoever tells will tell again."""


class Listener:
    """The house, as it hears of one person."""

    def __init__(self, ground: Ground, name: str) -> None:
        self.ground, self.name, self.email = ground, name, f"{name}@customer.example"
        self.acts = {
            "signed up": self.signed_up,
            "asked": self.asked,
            "did": self.did,
            "has": self.has,
            "is": self.is_,
            "got longer": self.got_longer,
            "left": self.left,
            "answered": self.answered,
        }

    def hears(self, tidings: Sequence[Tiding]) -> None:
        """Take in all of it in this order; what cannot be taken in yet is told again afterwards."""
        refused = list(tidings)
        while refused:
            once, refused = refused, []
            for one in once:
                try:
                    self.acts[one.what](one)
                except (NotYet, trial.Unfit):
                    refused.append(one)

    @property
    def id(self) -> str:
        with self.ground.sessions.read() as session:
            found = customers.find(session, f"email:{self.email}")
        if found is None:
            raise NotYet
        return found.id

    def _delivery(self, one: Tiding) -> str:
        return f"{self.name} {one.what} {one.ago} {one.name}"

    def signed_up(self, one: Tiding) -> None:
        user_id = f"u-{self.name}"
        sign_up(self.ground, Newcomer(user_id, self.email, one.at, "signups", self._delivery(one), traits=one.said), AT)

    def asked(self, one: Tiding) -> None:
        capture_lead(self.ground, Newcomer(None, self.email, one.at, "leads", self._delivery(one), traits=one.said), AT)

    def did(self, one: Tiding) -> None:
        user_id, email = (None, self.email) if int(one.ago) % 2 else (f"u-{self.name}", None)
        take_events(self.ground, [Report(one.name, one.at, user_id, email, self._delivery(one))], "events", AT)

    def has(self, one: Tiding) -> None:
        by_hand.tell_traits(self.ground, self.id, one.said, "crm", AT, as_of=one.at)

    def is_(self, one: Tiding) -> None:
        by_hand.choose_persona(self.ground, self.id, one.name, "", "lea@example.com", AT)

    def got_longer(self, one: Tiding) -> None:
        trial.change(self.ground, self.id, trial.Change(extend="7d"), "crm", AT, self._delivery(one))

    def left(self, one: Tiding) -> None:
        assert feedback.unsubscribe(self.ground, self.id, one.name, "by link", AT)

    def answered(self, one: Tiding) -> None:
        assert feedback.answer(self.ground, self.id, one.name, one.said["is"], AT)

    @property
    def stands(self) -> Mapping[str, Any]:
        """Where they stand: whatever follows from the facts alone."""
        return self._state()[0]

    @property
    def walks(self) -> Mapping[str, Any]:
        """What they walk, and when they are next looked at."""
        return self._state()[1]

    def _state(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        with self.ground.sessions.read() as session:
            [taken] = photographs.photographs(session, [self.id]).values()
            row = customers.find(session, self.id)
        assert row is not None
        (customer, facts), walking = taken.snapshot[:2], taken.snapshot.enrollments
        return {
            "stage": (customer.stage, customer.stage_since),
            "persona": (customer.persona, customer.persona_because, customer.persona_locked),
            "traits": customer.traits,
            "trial": (customer.trial_starts_at, customer.trial_ends_at, customer.trial_paused_at),
            "milestones": facts.milestones,
            "rings": (facts.rings, facts.last_seen),
            "answers": facts.answers,
            "suppressed": taken.snapshot.suppressed,
        }, {
            "walking": sorted((one.journey, one.shape, one.step, one.due_at) for one in walking),
            "due": row.due_at,
        }


@st.composite
def pasts(draw: st.DrawFn) -> list[Tiding]:
    """What somebody's past tells; every moment in it is its own."""
    told = [Tiding("signed up", SIGN_UP, said={"company": "Fox & Sons", "role": "director"})]
    told += [Tiding("asked", LEAD, said={"role": "developer", "plan": "small"})] * draw(st.booleans())
    hours = st.integers(1, SIGN_UP - 2)
    for n, name in enumerate(draw(st.lists(st.sampled_from(EVENTS), max_size=6))):
        told.append(Tiding("did", draw(hours) + n / 10, name))
    roles = st.sampled_from(["developer", "director", None])
    traits = st.fixed_dictionaries({"role": roles}, optional={"seats": st.integers(1, 3), "driver": st.none()})
    for n, said in enumerate(draw(st.lists(traits, max_size=3))):
        told.append(Tiding("has", draw(hours) + n / 10, "", said))
    told += [Tiding("got longer", name=name) for name in draw(st.sampled_from(["", "1", "12"]))]
    told += [Tiding("left", name=topic) for topic in sorted(draw(st.sets(st.sampled_from(["tips", "trial", "all"]))))]
    told += [Tiding("answered", name="driver", said={"is": "replace_tool"})] * draw(st.booleans())
    told += [Tiding("answered", name="would_you_recommend", said={"is": "8"})] * draw(st.booleans())
    told += [Tiding("is", name="kevin")] * draw(st.booleans())
    return told


def shuffled(past: Sequence[Tiding], chance: Random) -> list[Tiding]:
    """The same, half of it twice, in another order."""
    again = [*past, *chance.sample(past, len(past) // 2)]
    chance.shuffle(again)
    return again


numbers = count()


def compare(ground: Ground, examples: int, *, derandomize: bool) -> None:
    """Hear of the same past in its own order and in another one, for so many pasts."""

    @settings(
        max_examples=examples,
        derandomize=derandomize,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(pasts(), st.randoms(use_true_random=False))
    def in_any_order(past: list[Tiding], chance: Random) -> None:
        in_order, otherwise = (Listener(ground, f"p{next(numbers)}") for _ in range(2))

        in_order.hears(sorted(past, key=lambda one: one.at))
        otherwise.hears(shuffled(past, chance))

        assert otherwise.stands == in_order.stands
        # Journeys are entered and left by what is known at the time: who passes through a stage unheard enters none.
        if len({one.name for one in past} & TURNS) < 2:
            assert otherwise.walks == in_order.walks

    in_any_order()


@pytest.fixture
def ground(databases: Databases) -> Iterator[Ground]:
    with databases.database(founded) as url:
        opened = Ground(Sessions(url), Shelf(), Seals(KEYS))
        yield opened
        opened.sessions.close()


def test_somebody_stands_where_the_facts_put_them_in_whatever_order_we_hear(ground: Ground) -> None:
    with ground.sessions.read() as session:
        examples = PERMUTATIONS[session.dialect]

    compare(ground, examples, derandomize=True)


@pytest.mark.campaign
def test_somebody_stands_where_the_facts_put_them_for_as_long_as_asked(
    sqlite_files: SqliteFiles, campaign: Campaign
) -> None:
    for _ in campaign.seeds():
        with sqlite_files.database(founded) as url:
            ground = Ground(Sessions(url), Shelf(), Seals(KEYS))
            compare(ground, 500, derandomize=False)
            campaign.counted["pasts"] += 500
            ground.sessions.close()


def test_a_trait_is_what_was_told_of_the_latest_moment(ground: Ground) -> None:
    ada = Listener(ground, "ada")
    ada.hears([Tiding("signed up", 60, said={"role": "director", "seats": 5})])

    ada.hears([Tiding("has", 2, said={"seats": 9}), Tiding("has", 9, said={"seats": 7, "role": None})])
    ada.hears([Tiding("has", 70, said={"seats": 1, "role": "clerk", "plan": "gold"})])
    ada.hears([Tiding("has", 5, said={"role": "owner"}), Tiding("has", 8, said={"role": "clerk"})])

    assert ada.stands["traits"] == {"seats": 9, "role": "owner", "plan": "gold"}


def test_who_signs_up_again_is_known_better_and_begins_no_other_trial(ground: Ground) -> None:
    ada = Listener(ground, "ada")
    ada.hears([Tiding("signed up", 60, said={"role": "director"}), Tiding("did", 20, "account_closed")])
    before = ada.stands

    ada.hears([Tiding("signed up", 60, "as a nightly copy tells it", {"role": "clerk", "plan": "gold"})])

    assert ada.stands == {**before, "traits": {"role": "clerk", "plan": "gold"}}
    assert before["stage"][0] == "terminated"
