"""Providers and composers that stop where a test wants them to, and what else the tests of faults have in common."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Semaphore
from time import monotonic
from typing import Any, TypeVar

from nurture.channels.email.letter import Letter
from nurture.channels.email.links import Links
from nurture.channels.email.provider import Provider, Verdict
from nurture.channels.email.sendgrid import SendGrid
from nurture.flow import handover, intake
from nurture.flow.ground import Shelf
from nurture.flow.handover import Post
from nurture.flow.intake import Newcomer, Welcome
from nurture.flow.letters import Composer
from tests.stories.town import KEYS, URL, Town

T = TypeVar("T")
PATIENCE = 30.0  # seconds until a test that waits for something says that it never came


class Hasty:
    """A provider whose deadline is near, so that a test need not wait for the real one."""

    name = "sendgrid"

    def __init__(self, provider: Provider, seconds: float = 0.3) -> None:
        self.provider, self.seconds = provider, seconds

    def send(self, letter: Letter, *, give_up_at: float) -> Verdict:
        return self.provider.send(letter, give_up_at=min(give_up_at, monotonic() + self.seconds))

    def close(self) -> None:
        """Leave the provider to whoever opened it."""


class Paused:
    """A provider that waits with every letter until it is let go: before the first byte, or with the answer in hand."""

    name = "sendgrid"

    def __init__(self, provider: Provider, *, with_the_answer: bool = False) -> None:
        self.provider, self.with_the_answer = provider, with_the_answer
        self._arrived, self._released = Semaphore(0), Event()

    def send(self, letter: Letter, *, give_up_at: float) -> Verdict:
        if self.with_the_answer:
            verdict = self.provider.send(letter, give_up_at=give_up_at)
            self._pause()
            return verdict
        self._pause()
        return self.provider.send(letter, give_up_at=give_up_at)

    def _pause(self) -> None:
        self._arrived.release()
        assert self._released.wait(PATIENCE)

    def holds(self, letters: int) -> None:
        """Wait until it holds so many letters."""
        for _ in range(letters):
            assert self._arrived.acquire(timeout=PATIENCE)

    def lets_go(self) -> None:
        self._released.set()

    def close(self) -> None:
        self._released.set()


class Scripted:
    """A provider that does with each letter what a test says, and reaches nobody."""

    name = "sendgrid"

    def __init__(self, act: Callable[[Letter, float], Verdict]) -> None:
        self.act = act

    def send(self, letter: Letter, *, give_up_at: float) -> Verdict:
        return self.act(letter, give_up_at)

    def close(self) -> None:
        pass


class Interrupted(Composer):
    """A composer during whose work something happens, once for each letter."""

    def __init__(self, meanwhile: Callable[[str], object]) -> None:
        super().__init__(Links(URL, KEYS), URL)
        self.meanwhile = meanwhile

    def letter(self, playbook: Any, message: Any, taken: Any, now: Any) -> Any:
        composed = super().letter(playbook, message, taken, now)
        self.meanwhile(message.customer_id)
        return composed


@contextmanager
def a_post(
    town: Town, provider: Provider | None = None, composer: Composer | None = None, connections: int | None = None
) -> Iterator[Post]:
    """Another way out of the town, closed at the end; to SendGrid, where no provider is given."""
    provider = provider or SendGrid(town.sendgrid.key, town.sendgrid.url)
    post = Post(provider, composer or town.post.composer, "another", connections)
    try:
        yield post
    finally:
        post.close()


def carries(town: Town, post: Post) -> int:
    return handover.hand_over(town.ground, post, town.look)


def signs_up(town: Town, name: str, **said: Any) -> Welcome:
    """Sign somebody up without handing over the welcome that this queues."""
    newcomer = Newcomer(f"u-{name}", f"{name}@customer.example", town.now, "signups", f"s-{name}", **said)
    return intake.sign_up(town.ground, newcomer, town.look())


def publishes(town: Town, texts: Mapping[tuple[str, str], str]) -> None:
    """Publish in this town alone."""
    town.ground = town.ground._replace(shelf=Shelf())
    town.post.composer = Composer(Links(URL, KEYS), URL)
    town.publishes(texts)


def state_of(town: Town, name: str) -> str:
    """The state of somebody's one message."""
    sql = "SELECT m.state FROM messages m JOIN customers c ON c.id = m.customer_id WHERE c.ext_id = :ext_id"
    with town.ground.sessions.read() as session:
        [(state,)] = session.rows(sql, {"ext_id": f"u-{name}"})
    return str(state)


def states(town: Town) -> Counter[str]:
    """How many messages there are in each state."""
    with town.ground.sessions.read() as session:
        return Counter(dict(session.rows("SELECT state, COUNT(*) FROM messages GROUP BY state")))


def accepted(town: Town) -> Counter[str]:
    """How often SendGrid has accepted each letter, by its own ledger."""
    return Counter(line.send_id for line in town.sendgrid.ledger)


def sent_to(town: Town) -> list[str]:
    """To whom SendGrid has accepted letters, by name."""
    return [line.to.partition("@")[0] for line in town.sendgrid.ledger]


def at_once(acts: Sequence[Callable[[], T]], threads: int | None = None) -> list[Future[T]]:
    """Do all this at once and wait for the end of it."""
    with ThreadPoolExecutor(threads or len(acts)) as pool:
        return [pool.submit(act) for act in acts]
