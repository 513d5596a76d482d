"""The cage: what staff wrote and nobody has published is compiled and tried in another process, within limits.

A job goes in as a pickle, since the child may trust us; its answer is JSON of one known shape, since we may not trust
the child.  A child is started when it is needed, serves many jobs, and is killed where one takes too long.  There is
no way around it: where no child can be started, nothing is looked through, and staff are told so.
"""

import atexit
import os
import pickle
import sys
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from threading import BoundedSemaphore, Lock, Timer
from typing import IO, NamedTuple

from pydantic import TypeAdapter, ValidationError

import nurture
from nurture.channels.email.compose import Rendered, Unrenderable, Words
from nurture.channels.email.kept import Kept
from nurture.engine.email import EmailText
from nurture.engine.problem import Problem
from nurture.engine.proofreading import Finding
from nurture.engine.survey import Survey

WALL = 3.0  # seconds of one job
START = 30.0  # seconds until a new child says that it is ready, on a machine that is very busy
PATIENCE = 15.0  # seconds to wait for a child while others are at work
CHILDREN = 2  # one bomb at a time leaves the other for everybody else
LARGEST = 16_000_000  # octets of one answer: a letter's two parts at their largest, escaped
CHILD = "nurture.channels.email.caged"


class Shared(NamedTuple):
    """What is written into every email.  layout: MJML.  snippets: Markdown by key."""

    layout: str
    snippets: Mapping[str, str]
    surveys: Mapping[str, Survey]


class Judge(NamedTuple):
    """A job: compile every variant of an email, render each for two invented readers, and look the letters over."""

    email: EmailText
    shared: Shared


class Write(NamedTuple):
    """A job: render what one kind of reader reads.  words: shaped as `words.NAMES`, plain values only."""

    email: EmailText
    shared: Shared
    persona: str | None
    locale: str | None
    words: Words


class Answer(NamedTuple):
    """What a child answers.  rendered: of a Write that went well; why: of one that did not.

    broken: the name of an error that nobody foresaw.  passed: False where there was no answer: nothing else in this
    program should touch the text.
    """

    problems: tuple[Problem, ...] = ()
    advice: tuple[Finding, ...] = ()
    rendered: Rendered | None = None
    why: str = ""
    broken: str = ""
    passed: bool = True

    @property
    def told(self) -> tuple[Problem, ...]:
        """Problems and advice as one."""
        return (*self.problems, *(one.problem for one in self.advice))


ANSWER = TypeAdapter(Answer)


class NotLookedThrough(Exception):
    """A text was not looked through: it takes too much, or there is no child.  The message is a sentence for staff."""


class Cage:
    """A few children that look through texts; safe among threads, and in a process that was forked from another."""

    def __init__(self, command: tuple[str, ...] = (sys.executable, "-m", CHILD), *, wall: float = WALL) -> None:
        """Start nothing yet.  command: the child's.  wall: seconds of one job."""
        self._command, self._wall = command, wall
        self._lock = Lock()
        self._room = BoundedSemaphore(CHILDREN)
        self._idle: list[_Child] = []
        self._owner = os.getpid()

    def ask(self, job: Judge | Write) -> Answer:
        """Have one job done.  Raises NotLookedThrough."""
        if self._owner != os.getpid():  # forked: the children are our parent's
            self.__init__(self._command, wall=self._wall)  # type: ignore[misc]
        if not self._room.acquire(timeout=PATIENCE):
            raise NotLookedThrough("other texts are being looked through just now; try again in a moment")
        try:
            return self._asked(pickle.dumps(job))
        finally:
            self._room.release()

    def close(self) -> None:
        """Let every child go; the next job starts another."""
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.end()

    def _asked(self, job: bytes) -> Answer:
        child = self._taken()
        answer = child.ask(job, self._wall)
        if answer is None:
            child.end()
            raise NotLookedThrough("this text takes too long or too much memory to look through")
        if answer.broken:
            child.end()
            raise NotLookedThrough(f"this text cannot be looked through ({answer.broken})")
        with self._lock:
            self._idle.append(child)
        return answer

    def _taken(self) -> "_Child":
        """Take a child that waits and is alive, or start one."""
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.alive:
                    return child
                child.end()
        return _Child(self._command)


class _Child:
    """One child, which does one job at a time."""

    def __init__(self, command: tuple[str, ...]) -> None:
        """Start it, with nothing of ours: no environment, no open file, and its folder is where our code lies."""
        here = Path(nurture.__file__).parent.parent
        try:
            self._run = Popen(  # noqa: S603 - our own interpreter, and our own module
                command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={}, cwd=here, start_new_session=True
            )
        except OSError as error:
            raise NotLookedThrough(f"texts cannot be looked through on this server: {error.strerror}") from error
        if self.ask(b"", START) is None:
            self.end()
            raise NotLookedThrough("texts cannot be looked through on this server: its reader did not start")

    @property
    def alive(self) -> bool:
        return self._run.poll() is None

    def ask(self, job: bytes, wall: float) -> Answer | None:
        """Do one job, b"" for none; None where the child ends over it, or says what is no answer."""
        assert self._run.stdin is not None
        assert self._run.stdout is not None
        watch = Timer(wall, self._run.kill)
        watch.daemon = True
        watch.start()
        try:
            send(self._run.stdin, job)
            return ANSWER.validate_json(receive(self._run.stdout))
        except (OSError, EOFError, ValidationError):
            return None
        finally:
            watch.cancel()

    def end(self) -> None:
        """Kill it, and bury it."""
        self._run.kill()
        for pipe in (self._run.stdin, self._run.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
        self._run.wait()


def send(pipe: IO[bytes], said: bytes) -> None:
    """Write one message: its length, then its octets."""
    pipe.write(len(said).to_bytes(4) + said)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes:
    """Read one message.  Raises EOFError where the other side has ended, or says more than anybody may."""
    length = int.from_bytes(_exactly(pipe, 4))
    if length > LARGEST:
        raise EOFError
    return _exactly(pipe, length)


def _exactly(pipe: IO[bytes], count: int) -> bytes:
    said = pipe.read(count)
    if len(said) < count:
        raise EOFError
    return said


CAGE = Cage()
atexit.register(CAGE.close)
_KEPT = Kept(256)


def looked_through(email: EmailText, shared: Shared) -> Answer:
    """Tell what is wrong, or looks wrong, in any variant of an email; that it takes too much is a problem too."""
    job = Judge(email, shared)
    try:
        answer: Answer = _KEPT.once(sha256(pickle.dumps(job)).digest(), lambda: CAGE.ask(job))
    except NotLookedThrough as error:
        file = f"templates/emails/{email.key}/email.md"
        return Answer((Problem(file, 0, "", str(error), "make it shorter or simpler, or try again"),), passed=False)
    return answer


def written(job: Write) -> Answer:
    """Render an email for one reader.  Raises Unrenderable, unless its problems say why there is no letter."""
    try:
        answer = CAGE.ask(job)
    except NotLookedThrough as error:
        raise Unrenderable(str(error)) from error
    if answer.why:
        raise Unrenderable(answer.why)
    return answer
