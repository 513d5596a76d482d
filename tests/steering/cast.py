"""Who is steered: Ada, who walks a journey of two letters, and what a test asks about her."""

from nurture.flow import steering
from nurture.flow.ground import Ground, Moment, Seals, Shelf
from nurture.flow.publish import publish
from nurture.flow.steering import Place
from nurture.store import audit
from nurture.store.session import Sessions
from tests.stories.town import KEYS, MONDAY, Person, founded

LEA = "lea@example.com"
DAYS = "id: days\nname: Days\nenter: {on: asked}\nsteps:\n" + "\n".join(
    f"  - {{id: wait-{n}, do: wait, for: 2d}}\n  - {{id: mail-{n}, do: email, email: report-shared}}" for n in (1, 2)
)
TALK = """
id: talk
name: Talk
enter: {on: talks}
steps:
  - {id: call, do: care, task: call-them, owner: mira, due: 1d, wait_for_outcome: 3d, outcomes: {yes: []}}
  - {id: after, do: email, email: report-shared}
"""
FIRST_WIN = """
id: first-win
name: First win
enter: {stage: assessing}
steps:
  - {id: welcome, do: email, email: welcome, urgent: true}
  - id: data-in
    do: wait_for
    what: {milestone: first_source}
    up_to: 20d
    else: [{id: nudge-data, do: email, email: connect-your-data}]
"""
TEXTS = {
    ("journey", "first-win"): FIRST_WIN,
    ("journey", "days"): DAYS,
    ("journey", "talk"): TALK,
    ("task", "call-them"): "id: call-them\nname: Call them\n",
}


def with_these(url: str) -> None:
    """Found a town in which they stand."""
    founded(url)
    sessions = Sessions(url)
    publish(Ground(sessions, Shelf(), Seals(KEYS)), TEXTS, "a test", "", Moment(MONDAY, MONDAY))
    sessions.close()


def hold(ada: Person, because: str = "they are on holiday", by: str = LEA) -> bool:
    return steering.hold(ada.town.ground, ada.id, by, because, ada.town.look())


def release(ada: Person, because: str = "they are back") -> bool:
    return steering.release(ada.town.ground, ada.id, LEA, because, ada.town.look())


def at(step: str, entry: int = 1, journey: str = "days") -> Place:
    return Place(journey, entry, step)


def stands(ada: Person, journey: str = "days") -> tuple[str | None, str]:
    """Where they stand in a journey, or stood at its end, and why."""
    with ada.town.ground.sessions.read() as session:
        ((step, because),) = session.rows(
            "SELECT step, because FROM enrollments WHERE customer_id = :id AND journey = :journey",
            {"id": ada.id, "journey": journey},
        )
    return step, because


def acts(ada: Person) -> list[tuple[str, str]]:
    with ada.town.ground.sessions.read() as session:
        found = [one for one in audit.entries(session) if one.subject == ada.id]
    return [(one.actor, one.act) for one in reversed(found)]


def mails(ada: Person) -> list[str]:
    return [letter for letter in ada.letters if letter.startswith("mail")]
