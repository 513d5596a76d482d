"""Clockwork: the rhythm.  A few fixed beats; what is due stands in the tables, so a lost beat costs a second.

APScheduler carries the beats and nothing else: no job knows a customer. A nudge makes the next beat come at once.
"""

from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from nurture.errands import KINDS
from nurture.flow import calling, delivery, errands, handover, publish, sealing, tick
from nurture.flow.calling import Switchboard
from nurture.flow.ground import Ground, Moment, NoPlaybook
from nurture.flow.handover import Post
from nurture.flow.recovery import Recovery
from nurture.flow.timekeeping import Timekeeper
from nurture.store.session import Unavailable

log = structlog.get_logger()

BEAT_SECONDS = 1.0  # machine time
SHORTEST_BEAT_SECONDS = 0.05  # where life runs thousands of times faster
SWEEP_SECONDS = 5.0
GIVE_UP_SECONDS = 600.0  # what nobody tells of for a day is lost some minutes later
BATCHES_A_BEAT = 200  # so that one beat ends, and the next one sees a stop
PAUSE_SECONDS = 600.0  # what providers tell of a journey's letters comes in over hours
SEAL_SECONDS = 30.0  # until then an act could be rewritten and nobody would see it


class Clockwork:
    """The beats of one process: settle what is due, hand over and call what is queued, sweep what was left behind."""

    def __init__(
        self,
        ground: Ground,
        post: Post,
        board: Switchboard,
        look: Callable[[], Moment],
        keeper: Timekeeper,
        speed: float = 1.0,
    ) -> None:
        """Take the stations' ground, the ways out, the clocks and who watches them.

        speed: of life time; a faster life beats faster.
        """
        self._beat_seconds = min(BEAT_SECONDS, max(SHORTEST_BEAT_SECONDS, 60 * BEAT_SECONDS / speed))
        self._ground, self._post, self._board, self._look = ground, post, board, look
        self._recovery, self._keeper = Recovery(ground), keeper
        post.trusts = keeper.trusts
        self._nudged, self._rung = Event(), Event()
        board.when_free = self._rung.set
        self._stopping = Event()
        self._scheduler = BackgroundScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        self._carrier = Thread(target=self._carry, name="hand-over", daemon=True)
        self._caller = Thread(target=self._call, name="calling", daemon=True)

    def start(self) -> None:
        """Begin to beat; a database that was set back is told what it forgot before that."""
        self._recovery.look(self._look())
        self._keeper.look(self._look())
        _calmly(self._sweep)()  # whoever ran before may have left something behind
        self._every(self._beat_seconds, self._tick)
        self._every(SWEEP_SECONDS, self._sweep)
        self._every(GIVE_UP_SECONDS, self._give_up)
        self._every(PAUSE_SECONDS, self._pause)
        self._every(SEAL_SECONDS, self._seal)
        self._every(self._beat_seconds, self._run_errands)
        self._scheduler.start()
        self._carrier.start()
        self._caller.start()

    def stop(self) -> None:
        """Finish what is being done, and beat no more."""
        self._stopping.set()
        self._nudged.set()
        self._rung.set()
        self._scheduler.shutdown(wait=True)
        self._carrier.join(timeout=handover.DEADLINE_SECONDS + 2)
        self._caller.join(timeout=BEAT_SECONDS)
        self._post.close()
        self._board.close()

    def nudge(self) -> None:
        """Have what is queued handed over at once; webhooks keep to the beat."""
        self._nudged.set()

    def _every(self, seconds: float, beat: Callable[[], Any]) -> None:
        self._scheduler.add_job(_calmly(beat), "interval", seconds=seconds, id=beat.__name__)

    def _tick(self) -> None:
        for _ in range(BATCHES_A_BEAT):
            if self._stopping.is_set() or not self._keeper.look(self._look()):
                return
            ground, look = self._ground, self._look
            settled = tick.tick(ground, look()) or publish.go_on(ground, look()) or tick.catch_up(ground, look())
            if not settled:
                return
            self._nudged.set()

    def _sweep(self) -> None:
        self._recovery.look(self._look())
        if not self._trusted():
            return
        while handover.sweep(self._ground, self._look()) or calling.sweep(self._ground, self._look()):
            pass

    def _give_up(self) -> None:
        if self._trusted():
            delivery.give_up(self._ground, self._look())

    def _pause(self) -> None:
        publish.pause_by_reputation(self._ground, self._look())

    def _seal(self) -> None:
        while sealing.seal(self._ground):
            pass

    def _run_errands(self) -> None:
        """Do what staff asked for that takes long, a batch at a time, as long as there is any."""
        while not self._stopping.is_set() and errands.run(self._ground, KINDS, self._look()):
            self._nudged.set()

    def _carry(self) -> None:
        carry = _calmly(lambda: handover.hand_over(self._ground, self._post, self._look))
        while not self._stopping.is_set():
            self._nudged.wait(self._beat_seconds)
            self._nudged.clear()
            carry()

    def _call(self) -> None:
        call = _calmly(lambda: calling.make_calls(self._ground, self._board, self._look))
        while not self._stopping.is_set():
            self._rung.wait(self._beat_seconds)
            self._rung.clear()
            if self._trusted():
                call()

    def _trusted(self) -> bool:
        """Whether what rests on time may go on, as the last tick found and the clock has gone since."""
        return self._keeper.trusts(self._look().machine)


def _calmly(beat: Callable[[], Any]) -> Callable[[], None]:
    """A beat that fails says so and leaves the next one to come."""

    def beaten() -> None:
        try:
            beat()
        except (Unavailable, NoPlaybook) as error:
            log.warning("a beat was missed", because=str(error))
        except Exception:
            log.exception("a beat failed")

    return beaten
