"""Demo: an invented product's customers, and what each of them does, from a seed; the same seed invents the same lives.

Nothing is written here: whoever wants a town full of people plays these acts through the real stations.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

FIRST_NAMES = (
    *("Ada", "Ben", "Carla", "Deniz", "Elin", "Farid", "Greta", "Hana", "Ivo", "Jana", "Kofi", "Lena", "Mateo"),
    *("Nora", "Omar", "Petra", "Quentin", "Rosa", "Sami", "Tilda", "Uma", "Victor", "Wanda", "Yusuf", "Zoe"),
)
LAST_NAMES = (
    *("Abel", "Berg", "Costa", "Dahl", "Eriksen", "Fabre", "Gallo", "Hoang", "Ito", "Jansen", "Kaya", "Lopez"),
    *("Meyer", "Novak", "Okafor", "Pinto", "Quist", "Rossi", "Sato", "Tran", "Ullman", "Vega", "Weiss", "Young"),
)
FIRMS = ("Harvest", "Lantern", "Quarry", "Beacon", "Orchard", "Ferry", "Mill", "Garden", "Bridge", "Foundry", "Sail")
TRADES = ("Foods", "Logistics", "Clinics", "Books", "Energy", "Studios", "Travel", "Works", "Retail", "Analytics")
ZONES = (
    *("Europe/London", "Europe/Berlin", "Europe/Paris", "America/New_York", "America/Chicago", "America/Los_Angeles"),
    *("Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney", "America/Sao_Paulo"),
)
BUILDERS = ("developer", "analyst", "engineer", "admin")
READERS = ("marketing", "operations", "founder", "sales", "finance")
DRIVERS = ("save_time", "report_to_boss", "replace_tool")
WINS = ("source_connected", "report_created", "report_shared", "report_scheduled", "teammate_joined")
KINDS = {"builder": 30, "slow": 20, "silent": 19, "troubled": 16, "quitter": 8, "fader": 7}
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Act(NamedTuple):
    """Something one of them does.

    do: `lead`, `sign_up`, `event`, `answer` (what: the survey) or `unsubscribe` (what: the scope).
    """

    at: datetime
    who: "Person"
    do: str
    what: str = ""
    properties: Mapping[str, Any] = {}


class Person(NamedTuple):
    """Somebody invented.  kind: how they will behave, a key of KINDS; traits as a sign-up tells them."""

    n: int
    kind: str
    name: str
    company: str
    account_id: str | None
    zone: str
    locale: str
    traits: Mapping[str, Any]

    @property
    def user_id(self) -> str:
        """The product's id."""
        return f"demo-{self.n:04}"

    @property
    def email(self) -> str:
        """An address at which nobody is."""
        return f"{self.name.lower().replace(' ', '.')}.{self.n}@customer.example"


def acts(seed: int, customers: int, start: datetime, end: datetime) -> list[Act]:
    """Invent so many customers who sign up between `start` and `end`, and list what all of them do, in order."""
    chance = Random(f"nurture demo {seed}")  # noqa: S311 - an invented town, not a secret
    people: list[Person] = []
    found: list[Act] = []
    for n in range(customers):
        people.append(_person(chance, n, people))
        own = Random(f"nurture demo {seed} {n}")  # noqa: S311
        found += _life(own, people[-1], _working_hour(chance, start, end), end)
    return sorted((act for act in found if act.at < end), key=lambda act: (act.at, act.who.n))


def _person(chance: Random, n: int, others: list[Person]) -> Person:
    kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
    name = f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}"
    builder = chance.random() < 0.4
    traits: dict[str, Any] = {"role": chance.choice(BUILDERS if builder else READERS)}
    if chance.random() < 0.3:
        traits["driver"] = chance.choice(DRIVERS)
    if chance.random() < 0.1:
        traits["owner"] = "mira"
    joins = [one for one in others[-60:] if one.account_id is not None]
    if joins and chance.random() < 0.3:
        colleague = chance.choice(joins)
        company, account, zone = colleague.company, colleague.account_id, colleague.zone
    else:
        company = f"{chance.choice(FIRMS)} {chance.choice(TRADES)}"
        account = f"account-{n:04}" if chance.random() < 0.5 else None
        zone = chance.choice(ZONES)
    locale = "de-DE" if zone == "Europe/Berlin" else "en-GB"
    return Person(n, kind, name, company, account, zone, locale, traits)


def _working_hour(chance: Random, start: datetime, end: datetime) -> datetime:
    """Choose a moment, most of them on a working day between 7 and 19 UTC."""
    at = start + chance.random() * (end - start)
    if chance.random() < 0.9:
        at = at.replace(hour=chance.randrange(7, 19))
        at -= max(0, at.weekday() - 4) * DAY
    return max(start, at.replace(second=0, microsecond=0, tzinfo=UTC))


def _life(chance: Random, person: Person, at: datetime, end: datetime) -> Iterator[Act]:
    """Tell one life, from the first time we hear of them."""
    if chance.random() < 0.15:
        yield Act(at, person, "lead")
        if chance.random() < 0.4:
            return
        at = at + chance.uniform(2, 20) * DAY
    yield Act(at, person, "sign_up")
    if "driver" not in person.traits and chance.random() < 0.3:
        yield Act(at + chance.uniform(0.5, 30) * HOUR, person, "answer", "driver", {"value": chance.choice(DRIVERS)})
    if chance.random() < 0.04:
        scope = chance.choice(("all", "tips"))
        yield Act(at + chance.uniform(1, 12) * DAY, person, "unsubscribe", scope)
    yield from LIVES[person.kind](chance, person, at, end)


def _event(person: Person, at: datetime, name: str, **properties: Any) -> Act:
    return Act(at, person, "event", name, properties)


def _wins(chance: Random, person: Person, at: datetime, last: int, days: float) -> Iterator[Act]:
    """Reach so many milestones, one after the other, within about so many days."""
    for name in WINS[:last]:
        at += chance.uniform(0.1, 2 * days / last) * DAY
        yield _event(person, at, name)


def _habit(chance: Random, person: Person, at: datetime, until: datetime) -> Iterator[Act]:
    """Use it every few days."""
    while (at := at + chance.uniform(1, 6) * DAY) < until:
        yield _event(person, at, "report_viewed")


def _builder(chance: Random, person: Person, at: datetime, end: datetime) -> Iterator[Act]:
    yield from _wins(chance, person, at, 5 if chance.random() < 0.7 else 4, 8)
    if chance.random() < 0.7:
        yield _event(person, at + chance.uniform(7, 13) * DAY, "subscription_started", plan="team")
    yield from _habit(chance, person, at + 5 * DAY, end)
    if person.traits["role"] in READERS and chance.random() < 0.15:
        begins = at + chance.uniform(3, 9) * DAY
        for n in range(12):
            yield _event(person, begins + n * HOUR, "api_called")
    if chance.random() < 0.5:
        score = chance.choice((7, 8, 9, 9, 10, 10))
        yield Act(at + chance.uniform(20, 32) * DAY, person, "answer", "would_you_recommend", {"value": str(score)})


def _slow(chance: Random, person: Person, at: datetime, end: datetime) -> Iterator[Act]:
    yield from _wins(chance, person, at + DAY, chance.choice((1, 2, 2, 3)), 9)
    if chance.random() < 0.4:
        yield Act(at + 6 * DAY, person, "answer", "how_is_it_going", {"value": str(chance.randrange(3, 9))})
    if chance.random() < 0.25:
        paid = at + chance.uniform(11, 16) * DAY
        yield _event(person, paid, "subscription_started", plan="solo")
        yield from _habit(chance, person, paid, end)


def _silent(chance: Random, person: Person, at: datetime, _end: datetime) -> Iterator[Act]:
    if chance.random() < 0.4:
        yield _event(person, at + chance.uniform(0.1, 20) * HOUR, "source_connected")
    if chance.random() < 0.2:
        yield _event(person, at + chance.uniform(7, 13) * DAY, "report_viewed")


def _troubled(chance: Random, person: Person, at: datetime, end: datetime) -> Iterator[Act]:
    yield from _wins(chance, person, at, 2, 3)
    asks = at + chance.uniform(1, 10) * DAY
    yield _event(person, asks, "ticket_opened", subject="The figures differ")
    if chance.random() < 0.7:
        solved = asks + chance.uniform(0.2, 6) * DAY
        yield _event(person, solved, "ticket_solved")
        if chance.random() < 0.6:
            yield _event(person, solved + 2 * DAY, "subscription_started", plan="team")
            yield from _habit(chance, person, solved, end)


def _quitter(chance: Random, person: Person, at: datetime, _end: datetime) -> Iterator[Act]:
    yield from _wins(chance, person, at, 1, 2)
    yield _event(person, at + chance.uniform(2, 12) * DAY, "trial_cancelled", reason="too early for us")


def _fader(chance: Random, person: Person, at: datetime, _end: datetime) -> Iterator[Act]:
    yield from _wins(chance, person, at, 4, 6)
    yield _event(person, at + 9 * DAY, "subscription_started", plan="solo")
    stops = at + chance.uniform(14, 30) * DAY
    yield from _habit(chance, person, at + 9 * DAY, stops)
    if chance.random() < 0.5:
        asks = stops + chance.uniform(22, 30) * DAY
        yield _event(person, asks, "ticket_opened", subject="Nobody opens it any more")


LIVES = {
    "builder": _builder,
    "slow": _slow,
    "silent": _silent,
    "troubled": _troubled,
    "quitter": _quitter,
    "fader": _fader,
}
