"""A crowd: a hundred people at each of three steps of one small journey, and the words to write others in."""

from collections import Counter
from datetime import timedelta

from nurture.flow.ground import Ground, Moment, Seals, Shelf
from nurture.flow.intake import Newcomer, sign_up
from nurture.flow.publish import go_on, publish
from nurture.flow.tick import catch_up, tick
from nurture.settings import ROOT
from nurture.store import migrate
from nurture.store.session import Sessions
from tests.engine.builders import journey, texts
from tests.stories.town import KEYS, MONDAY

NAME = ("journey", "path")
CROWD = 100
MINUTES = timedelta(minutes=1)


def path(*written: str, more: str = "", enter: str = "{stage: assessing}") -> str:
    """The journey everybody walks: `a:30d` is a wait of thirty days, `@one` a letter; else a step as it is written."""
    return journey(f"[{', '.join(map(_step, written))}]", more=more, enter=enter)


def _step(word: str) -> str:
    if word.startswith("{"):
        return word
    key, _, span = word.partition(":")
    if key.startswith("@"):
        return f"{{id: {key[1:]}, do: email, email: {key[1:]}}}"
    return f"{{id: {key}, do: wait, for: {span}}}"


LAYOUT = (ROOT / "templates/emails/_layout/default.mjml").read_text(encoding="utf-8")
V1 = path("a:30d", "b:30d", "c:30d")
V2 = path("a:30d", "new:1d", "c:20d", "d:1d")


def whole(*journeys: str) -> dict[tuple[str, str], str]:
    """A small playbook around a journey."""
    return {name: text for name, (_, text) in texts(*journeys).items()} | {("layout", "default"): LAYOUT}


def settle_all(ground: Ground, at: Moment) -> None:
    while tick(ground, at) or go_on(ground, at) or catch_up(ground, at):
        pass


def crowded(url: str) -> None:
    """A hundred people at each of three steps, since three different days."""
    migrate.upgrade(url)
    ground = Ground(Sessions(url), Shelf(), Seals(KEYS))
    publish(ground, whole(V1), "ada", "", Moment(MONDAY, MONDAY))
    for days, step in ((0, "c"), (31, "b"), (62, "a")):
        now = MONDAY + timedelta(days=days)
        settle_all(ground, Moment(now, now))
        for n in range(CROWD):
            newcomer = Newcomer(f"{step}{n}", f"{step}{n}@customer.example", now, "signups", f"{step}{n}")
            sign_up(ground, newcomer, Moment(now, now))
    ground.sessions.close()


NOW = MONDAY + timedelta(days=62, hours=1)
AT = Moment(NOW, NOW)


def stand(ground: Ground) -> Counter[tuple[int, str | None]]:
    """How many stand at which step of which version; whose journey has ended stands at None."""
    with ground.sessions.read() as session:
        rows = session.rows("SELECT revision, step, COUNT(*) FROM enrollments GROUP BY revision, step")
    return Counter({(revision, step): count for revision, step, count in rows})
