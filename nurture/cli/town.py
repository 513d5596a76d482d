"""A town for `nurture demo`: invented people's acts, played through the real stations by a clock moved by hand."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from nurture import app
from nurture.channels.email.letter import Letter
from nurture.channels.email.provider import Provider, Verdict
from nurture.flow import care, feedback, handover, intake, tick
from nurture.flow.demo import Act
from nurture.flow.ground import Moment
from nurture.flow.handover import Post
from nurture.flow.intake import Newcomer, Report
from nurture.flow.publish import publish
from nurture.settings import Settings
from nurture.store import migrate, tasks

HOUR = timedelta(hours=1)
LATELY = timedelta(days=2)
BUSY = timedelta(days=3)  # before the end nobody finds the time for tasks, so that there are some to look at
OURS = "demo@nurture.local"  # who of ours is said to have done a task


class Lately:
    """Hands the last days' letters to a provider; the older ones were read long ago, and are only written down."""

    def __init__(self, provider: Provider, since: datetime) -> None:
        self.name = provider.name
        self._provider, self._since = provider, since

    def send(self, letter: Letter, *, give_up_at: float) -> Verdict:
        if letter.date < self._since:
            return Verdict("accepted", "written long ago", provider_id=letter.send_id)
        return self._provider.send(letter, give_up_at=give_up_at)

    def close(self) -> None:
        self._provider.close()


class Town:
    """One installation whose life time is moved by hand, from `start` to `end`."""

    def __init__(self, settings: Settings, start: datetime, end: datetime) -> None:
        """Open an empty SQLite database; the clock stands at `start`."""
        migrate.upgrade(settings.database_url)
        self.now, self.end = start, end
        self.parts = app.create_parts(settings)
        self.ground = self.parts.ground
        self.ground.sessions.journal = None  # nobody restores half a town
        real = app.create_post(settings, self.parts)
        self.post = Post(Lately(real.provider, end - LATELY), real.composer, "demo")
        self._ids: dict[str, str] = {}
        self._letters = 0

    def look(self) -> Moment:
        """Life time and machine time are one here."""
        return Moment(self.now, self.now)

    def founds(self, texts: Mapping[tuple[str, str], str]) -> None:
        """Publish the playbook, before anybody comes."""
        publish(self.ground, texts, "nurture", "the demo's playbook", self.look())

    def lives(self, acts: Sequence[Act], seed: int, progress: Callable[[int, int], None]) -> int:
        """Play all acts, hour by hour, with everything that becomes due between them.  Returns the letters written."""
        start, hours, ahead = self.now, (self.end - self.now) // HOUR, 0
        for hour in range(1, hours + 2):
            until = min(start + hour * HOUR, self.end)
            while ahead < len(acts) and acts[ahead].at <= until:
                self.now = max(self.now, acts[ahead].at)
                self._plays(acts[ahead])
                ahead += 1
            self.now = until
            if until.hour == 14 and until < self.end - BUSY:
                self._does_tasks(seed)
            while tick.tick(self.ground, self.look()):
                pass
            self._carries_the_post()
            progress(hour, hours + 1)
        return self._letters

    def _plays(self, act: Act) -> None:
        person, at = act.who, self.look()
        match act.do:
            case "lead" | "sign_up":
                self._comes(act)
            case "event":
                report = Report(act.what, act.at, person.user_id, properties=act.properties)
                intake.take_events(self.ground, [report], "demo", at)
            case "answer":
                feedback.answer(self.ground, self._ids[person.user_id], act.what, act.properties["value"], at)
            case "unsubscribe":
                feedback.unsubscribe(self.ground, self._ids[person.user_id], act.what, "unsubscribed by link", at)

    def _comes(self, act: Act) -> None:
        person = act.who
        newcomer = Newcomer(
            user_id=person.user_id if act.do == "sign_up" else None,
            email=person.email,
            at=act.at,
            source="demo",
            ext_id=f"{act.do}-{person.n}",
            zone=person.zone,
            locale=person.locale,
            account_id=person.account_id,
            account_name=person.company if person.account_id else None,
            traits={"name": person.name, "company": person.company, **person.traits},
        )
        comes = intake.sign_up if act.do == "sign_up" else intake.capture_lead
        self._ids[person.user_id] = comes(self.ground, newcomer, self.look()).customer_id
        self._carries_the_post()

    def _carries_the_post(self) -> None:
        self._letters += handover.hand_over(self.ground, self.post, self.look)

    def _does_tasks(self, seed: int) -> None:
        """Do about half of what is open, once a day; the rest stays for tomorrow, or lapses."""
        with self.ground.sessions.read() as session:
            open_tasks = tasks.open_tasks(session, self.now, limit=1000)
            playbook = self.ground.shelf.playbook(session)
        for task in open_tasks:
            chance = Random(f"{seed} {task.email} {task.step} {self.now:%Y-%m-%d}")  # noqa: S311 - an invented town
            if chance.random() < 0.45:
                outcome = chance.choice(care.outcomes_of(playbook, task))
                care.complete(self.ground, task.id, outcome, "", OURS, self.look())

    def close(self) -> None:
        """Let go of the post and the database."""
        self.post.close()
        self.ground.sessions.close()
