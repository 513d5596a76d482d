"""Customers by the thousand: two real ones, taken in by the real doors, then cloned by bulk SQL.

Half are Kevins and half Wilmas, each with 20 traits, walking two journeys; those who will become due have 40 events.
The due ones lie scattered among those who wait.
"""

from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.places import Place
from nurture.flow.folder import read_folder
from nurture.flow.ground import Ground, Moment, Seals, Shelf
from nurture.flow.intake import Newcomer, Report, sign_up, take_events
from nurture.flow.publish import publish
from nurture.flow.tick import tick
from nurture.settings import ROOT
from nurture.store import migrate
from nurture.store.schema import accounts, customers, enrollments, events
from nurture.store.session import Sessions

KEYS = ("a secret for the benchmarks alone",)
SIGNED_UP = datetime(2026, 1, 5, 10, tzinfo=UTC)  # a Monday; two days later the second letter is due
DUE = SIGNED_UP + timedelta(days=2)
MINUTE = 60_000_000  # in microseconds: each round is due a minute after the one before
MONTH = 30 * 1440 * MINUTE
USES = ("api_called", "report_opened", "source_listed", "page_viewed")
EVENTS = 40


class Population(NamedTuple):
    """Who lives in a database.  rounds: batches of customers becoming due.  due: how many in each."""

    rounds: int
    due: int
    waiting: int = 0

    @property
    def all(self) -> int:
        """Everybody."""
        return self.rounds * self.due + self.waiting

    @property
    def every(self) -> int:
        """One in so many becomes due."""
        return self.all // (self.rounds * self.due)


def moment(number: int) -> Moment:
    """When a round is due."""
    at = DUE + timedelta(minutes=number)
    return Moment(at, at)


def texts() -> dict[tuple[str, str], str]:
    """The workload's documents, in the layout that the first run ships."""
    shipped = {name: text for name, text in read_folder(ROOT).items() if name[0] == "layout"}
    return {**shipped, **read_folder(Path(__file__).parent / "playbook")}


def ground_of(url: str) -> Ground:
    """Stand on a database, as a process that has just started."""
    return Ground(Sessions(url), Shelf(), Seals(KEYS))


def found(place: Place) -> str:
    """Make a database with the workload's playbook published; returns its URL."""
    url = place.found()
    migrate.upgrade(url)
    ground = ground_of(url)
    start = SIGNED_UP - timedelta(days=7)
    publish(ground, texts(), "benchmarks", "", Moment(start, start))
    ground.sessions.close()
    return url


def newcomer(name: str, role: str, at: datetime) -> Newcomer:
    """Somebody who signs up, of whom we are told 20 traits."""
    told = {"name": f"{name.title()} Example", "company": "Example Works", "role": role, "plan": "trial"}
    more = {f"trait_{number}": f"value {number}" for number in range(16)}
    return Newcomer(
        f"u-{name}",
        f"{name}@customer.example",
        at,
        "signups",
        f"s-{name}",
        zone="Europe/London",
        traits={**told, **more},
    )


def settled_town(place: Place, population: Population) -> str:
    """Make a database with this population in it; returns its URL."""
    url = found(place)
    ground = ground_of(url)
    for name, role in (("ada", "developer"), ("bo", "sales")):
        sign_up(ground, newcomer(name, role, SIGNED_UP), Moment(SIGNED_UP, SIGNED_UP))
    later = SIGNED_UP + timedelta(days=1)
    take_events(
        ground, [_use(name, number) for name in ("ada", "bo") for number in range(EVENTS)], "events", _at(later)
    )
    before = DUE - timedelta(minutes=1)
    while tick(ground, _at(before)):
        pass
    ground.sessions.close()
    with closing(place.connect(url)) as raw:
        _clone(place, raw, population)
    return url


def _at(now: datetime) -> Moment:
    return Moment(now, now)


def _use(name: str, number: int) -> Report:
    at = SIGNED_UP + timedelta(minutes=30 * number)
    return Report(USES[number % len(USES)], at, f"u-{name}", id=f"e-{name}-{number}", properties={"page": number})


SOON = "i % :every = 0 AND i / :every <= :due"
LATER = f"(CASE WHEN {SOON} THEN i / :every % :rounds * {MINUTE} ELSE {MONTH} + i * 7919 % 86400 * 1000000 END)"
NUMBER = "CAST(1000000000 + i AS text)"
CUSTOMER, ACCOUNT = f"'cus_0000000000000000' || {NUMBER}", f"'acc_0000000000000000' || {NUMBER}"
SEED = "s.ext_id = CASE WHEN i / :every / :rounds % 2 = 0 THEN 'u-ada' ELSE 'u-bo' END"
COPIES = (
    (accounts, {"id": ACCOUNT, "ext_id": "NULL"}, f"accounts t JOIN customers s ON s.account_id = t.id WHERE {SEED}"),
    (
        customers,
        {
            "id": CUSTOMER,
            "account_id": ACCOUNT,
            "ext_id": "'u-' || i",
            "email": "'c' || i || '@customer.example'",
            "email_key": "'c' || i || '@customer.example'",
            "email_hash": f"'000000000000000000000000000000' || {NUMBER}",
            "due_at": f"t.due_at + {LATER}",
        },
        f"customers t JOIN customers s ON s.id = t.id WHERE {SEED}",
    ),
    (
        enrollments,
        {"customer_id": CUSTOMER, "since": f"t.since + {LATER}", "due_at": f"t.due_at + {LATER}"},
        f"enrollments t JOIN customers s ON s.id = t.customer_id WHERE {SEED}",
    ),
    (
        events,
        {"id": f"'evt_' || {NUMBER} || t.ext_id", "customer_id": CUSTOMER, "ext_id": "i || t.ext_id"},
        f"events t JOIN customers s ON s.id = t.customer_id WHERE {SEED} AND {SOON} AND t.source = 'events'",
    ),
)
NUMBERS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :all) ",
    "postgresql": "WITH n(i) AS (SELECT i::bigint FROM generate_series(1, :all) AS i) ",
}


def _clone(place: Place, raw: Any, population: Population) -> None:
    """Clone the seeds with bulk SQL, indexes aside meanwhile, and put the seeds themselves to rest."""
    bound = {"all": population.all, "every": population.every, "rounds": population.rounds}
    bound["due"] = population.rounds * population.due
    seeds = [row[0] for row in raw.execute("SELECT id FROM customers").fetchall()]
    later = _indexes(place, raw)
    for name, _ in later:
        raw.execute(f"DROP INDEX {name}")
    if place.dialect == "sqlite":
        raw.execute("PRAGMA synchronous=OFF")
        raw.execute("BEGIN")
    for table, changed, source in COPIES:
        columns = [column.name for column in table.columns]
        picked = ", ".join(changed.get(name, f't."{name}"') for name in columns)
        named = ", ".join(f'"{name}"' for name in columns)
        chosen = f"{NUMBERS[place.dialect]}SELECT {picked} FROM n CROSS JOIN {source}"  # noqa: S608
        sql = f"INSERT INTO {table.name} ({named}) {chosen}"
        raw.execute(*_spoken(place, sql, bound))
    for seed in seeds:
        raw.execute(*_spoken(place, "UPDATE customers SET due_at = NULL WHERE id = :id", {"id": seed}))
    for _, statement in later:
        raw.execute(statement)
    raw.execute("COMMIT")
    if place.dialect == "postgresql":
        raw.autocommit = True
    raw.execute("ANALYZE" if place.dialect == "sqlite" else "VACUUM ANALYZE")
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)" if place.dialect == "sqlite" else "CHECKPOINT")


def _indexes(place: Place, raw: Any) -> list[tuple[str, str]]:
    asked = {
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        " AND tbl_name = 'customers'",
        "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'customers'"
        " AND indexname LIKE 'ix_%' AND schemaname = 'public'",
    }
    return list(raw.execute(asked[place.dialect]).fetchall())


def _spoken(place: Place, sql: str, bound: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    if place.dialect == "sqlite":
        return sql, bound
    sql = sql.replace("%", "%%")
    for name, value in bound.items():
        sql = sql.replace(f":{name}", f"%({name})s" + ("::bigint" if isinstance(value, int) else ""))
    return sql, bound
