"""A sender in a process of its own, which takes a letter and sits on it: to be frozen, or killed, with it in hand.

`python -m tests.faults.frozen DATABASE_URL MOMENT` says "holding" once a letter is claimed and its bytes might leave.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from nurture.channels.email.letter import Letter
from nurture.channels.email.links import Links
from nurture.channels.email.provider import Verdict
from nurture.flow.ground import Ground, Moment, Seals, Shelf
from nurture.flow.handover import Post, hand_over
from nurture.flow.letters import Composer
from nurture.settings import ROOT
from nurture.store.session import Sessions
from tests.stories.town import KEYS, URL, Town


class Sitting:
    """A provider that never gets round to the first byte."""

    name = "sitting"

    def send(self, letter: Letter, *, give_up_at: float) -> Verdict:
        sys.stdout.write("holding\n")
        sys.stdout.flush()
        sys.stdin.read()
        return Verdict("refused", "told to go home")

    def close(self) -> None:
        pass


@contextmanager
def a_frozen_sender(town: Town) -> Iterator["subprocess.Popen[str]"]:
    """Have another process claim what is queued in the town, and freeze it with a letter in its hands."""
    command = [sys.executable, "-m", "tests.faults.frozen", town.url, town.now.isoformat()]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as sender:
        try:
            assert sender.stdout is not None
            assert sender.stdout.readline() == "holding\n"
            os.kill(sender.pid, signal.SIGSTOP)
            yield sender
        finally:
            sender.kill()


if __name__ == "__main__":
    at = datetime.fromisoformat(sys.argv[2])
    ground = Ground(Sessions(sys.argv[1]), Shelf(), Seals(KEYS))
    hand_over(ground, Post(Sitting(), Composer(Links(URL, KEYS), URL), "frozen", 1), lambda: Moment(at, at))
