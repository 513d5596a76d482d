"""The gate: where writers of one process stand in line, first come first served, and share a commit.

Whoever finds nobody leading leads: runs, in one transaction, every act that waits and every one that comes
meanwhile, up to a bound, commits once, wakes them all, and hands on to the first still waiting. So an fsync is
shared, no thread exists for it alone, and nobody leads for longer than one group.
"""

from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from threading import Lock, get_ident
from time import monotonic
from typing import Any, Protocol

from nurture.store.transaction import Unavailable

GROUP_ACTS = 64
GROUP_SECONDS = 0.02


class Spoiled(Exception):
    """The transaction of a whole group is gone, not only the work of one act."""


class Group(Protocol):
    """One transaction at a time, shared by several acts."""

    def begin(self) -> None:
        """Open the transaction."""

    def run(self, act: Callable[[], Any]) -> Any:
        """Run an act so that its failure undoes its own work alone, or raises Spoiled."""

    def commit(self) -> None:
        """Make it durable."""

    def rollback(self) -> None:
        """Undo it all; a transaction that is already gone is no error."""


class Turn:
    """One caller's place in the line, and what came of it."""

    __slots__ = ("act", "context", "error", "leads", "over", "result", "woken")

    def __init__(self, act: Callable[[], Any]) -> None:
        self.act = act
        self.context: Context = copy_context()  # the leader's thread runs it, the caller's context is what it sees
        self.woken = Lock()
        self.woken.acquire()
        self.leads = False
        self.over = False
        self.result: Any = None
        self.error: BaseException | None = None

    def end(self) -> None:
        """Let the caller go on."""
        self.over = True
        self.woken.release()


class Gate:
    """The line before one `Group`."""

    def __init__(self, group: Group, *, seconds: float = GROUP_SECONDS) -> None:
        """Take the group.  seconds: how long one group takes in those who come meanwhile."""
        self._group, self._seconds = group, seconds
        self._mutex = Lock()
        self._waiting: deque[Turn] = deque()
        self._led = False  # false only while nobody waits
        self._leader: int | None = None

    @property
    def waiting(self) -> int:
        """How many stand in line just now."""
        return len(self._waiting)

    def pass_through(self, act: Callable[[], Any]) -> Any:
        """Run the act in its turn and return what it returned, after the commit.

        Raises what the act raised, Unavailable if the group could not be committed (then nothing of it is kept,
        unless the disk lied), and RuntimeError when called from inside an act.
        """
        if self._leader == get_ident():
            raise RuntimeError("a write inside a write: do it in the same act")
        turn = Turn(act)
        try:
            self._join(turn)
            if not turn.leads:
                turn.woken.acquire()
            if turn.leads:
                self._lead()
        finally:
            self._leave(turn)
        if turn.error is not None:
            raise turn.error
        return turn.result

    def _join(self, turn: Turn) -> None:
        with self._mutex:
            turn.leads, self._led = not self._led, True
            self._waiting.append(turn)

    def _leave(self, turn: Turn) -> None:
        """Step out of the line, also when interrupted in it, and never take the lead along."""
        with self._mutex:
            if not turn.over and turn in self._waiting:
                self._waiting.remove(turn)
            if not turn.leads:
                return
            self._led = bool(self._waiting)
            if self._led:
                following = self._waiting[0]
                following.leads = True
                following.woken.release()

    def _next(self) -> Turn | None:
        with self._mutex:
            return self._waiting.popleft() if self._waiting else None

    def _lead(self) -> None:
        """Run one group to its end; whatever interrupts it, nobody in it is left waiting."""
        group: list[Turn] = []
        self._leader = get_ident()
        try:
            self._begin(group)
            self._gather(group)
            self._group.commit()
        except BaseException as error:
            self._fail(group, error)
            if not isinstance(error, Exception):
                raise
        finally:
            self._leader = None
            for turn in group:
                turn.end()

    def _begin(self, group: list[Turn]) -> None:
        """Open the transaction; where that fails, all who wait hear of it at once instead of each in turn."""
        try:
            self._group.begin()
        except Exception:
            while turn := self._next():
                group.append(turn)
            raise

    def _gather(self, group: list[Turn]) -> None:
        """Run the acts of those who wait, and of those who come while it runs, within the bounds."""
        until = monotonic() + self._seconds
        while len(group) < GROUP_ACTS and (not group or monotonic() < until):
            turn = self._next()
            if turn is None:
                return
            group.append(turn)
            try:
                turn.result = turn.context.run(self._group.run, turn.act)
            except Spoiled:
                raise
            except Exception as error:  # noqa: BLE001  it is its caller's, who gets it raised
                turn.error = error

    def _fail(self, group: list[Turn], error: BaseException) -> None:
        """Undo the group and tell each of its callers; who failed alone keeps the own reason."""
        self._group.rollback()
        cause = error.__cause__ if isinstance(error, Spoiled) else getattr(error, "orig", error)
        for turn in group:
            if turn.error is None:
                turn.error = Unavailable(f"not written: {str(cause) or 'interrupted'}")
                turn.error.__cause__ = error
