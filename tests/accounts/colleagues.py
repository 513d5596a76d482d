"""A town of colleagues: a small playbook of journeys that an account's people walk together, and how they join it."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from nurture.channels.email.links import Links
from nurture.flow import intake, tick
from nurture.flow.folder import read_folder
from nurture.flow.ground import Ground, Moment, Seals, Shelf
from nurture.flow.intake import Newcomer, Report
from nurture.flow.letters import Composer
from nurture.flow.publish import publish
from nurture.settings import ROOT
from nurture.store import migrate
from nurture.store.session import Sessions
from tests.engine.builders import MILESTONES, journey, policy, texts
from tests.stories.town import KEYS, MONDAY, URL, Person, Town

CAPPED = policy() + "account_cap: {per: 1d, at_most: 1}\n"
WINS = MILESTONES.replace("on: project_created,", "on: project_created, account: true,")
NUDGE = journey(
    "[{id: hour, do: wait, for: 1h}, {id: nudge, do: email, email: nudge, late: send}, {id: rest, do: wait, for: 5d}]",
    key="nudges",
    more="goal: {milestone: first_project, within: 14d}\nstays: assessing",
)
ABOARD = journey("[{id: aboard, do: email, email: aboard, late: send}]", "{stage: adopted}", "adopted")
LARGE = journey(
    "[{id: large, do: email, email: receipt-large, late: send}]",
    "{stage: assessing, when: {account_trait: seats, gte: 10}}",
    "large",
)


def playbook(rules: str = CAPPED) -> Mapping[tuple[str, str], str]:
    """Its documents.  rules: the policy; by itself one letter a day to an account."""
    found = {name: text for name, (_, text) in texts(NUDGE, ABOARD, LARGE, milestones=WINS, policy=rules).items()}
    return found | {name: text for name, text in read_folder(ROOT).items() if name[0] == "layout"}


def founded(url: str) -> None:
    """Bring a database to the newest schema, with the colleagues' playbook published."""
    migrate.upgrade(url)
    sessions = Sessions(url)
    publish(Ground(sessions, Shelf(), Seals(KEYS)), playbook(), "a test", "", Moment(MONDAY, MONDAY))
    sessions.close()


def joins(town: Town, name: str, account: str | None = "a-1", *, again: str = "", **account_traits: Any) -> Person:
    """Sign somebody up in an account, without handing over what this queues.  again: names a repeated delivery."""
    newcomer = Newcomer(
        f"u-{name}",
        f"{name}@customer.example",
        town.now,
        "signups",
        f"s-{name}{again}",
        account_id=account,
        account_traits=account_traits,
    )
    welcome = intake.sign_up(town.ground, newcomer, town.look())
    return Person(town, welcome.customer_id, newcomer.email, newcomer.user_id)


def publishes(town: Town, rules: str) -> None:
    """Publish another policy in this town alone."""
    town.ground = town.ground._replace(shelf=Shelf())
    town.post.composer = Composer(Links(URL, KEYS), URL)
    town.publishes({("policy", "policy"): rules})


def waits(town: Town, **span: float) -> None:
    """Let time pass and settle who is due, without handing anything over."""
    town.sleeps(**span)
    while tick.tick(town.ground, town.look()):
        pass


def does(town: Town, event: str, *people: Person, **more: Any) -> intake.Receipt:
    """Report an event of somebody, or of all, without handing anything over."""
    told = [Report(event, town.now, one.user_id, **more) for one in people]
    return intake.take_events(town.ground, told, "events", town.look())


def rows(town: Town, sql: str, **params: Any) -> list[tuple[Any, ...]]:
    with town.ground.sessions.read() as session:
        return session.rows(sql, params)


def stages(town: Town) -> Counter[str]:
    """How many people there are in each stage."""
    return Counter(dict(rows(town, "SELECT stage, COUNT(*) FROM customers GROUP BY stage")))


def ended(town: Town, email: str) -> Counter[str]:
    """How many letters with this email there are in each state."""
    sql = "SELECT state, COUNT(*) FROM messages WHERE email = :email GROUP BY state"
    return Counter(dict(rows(town, sql, email=email)))


def went(town: Town) -> list[str]:
    """What went to whom, by SendGrid's own ledger: `ann nudge`."""
    return [f"{line.to.partition('@')[0]} {line.categories[0].partition('.')[2]}" for line in town.sendgrid.ledger]
