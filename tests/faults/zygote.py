"""A process that has imported the house already and forks a whole service whenever it is told: for being killed often.

`python -m tests.faults.zygote SOCKET` serves on a socket that it was given, so that callers wait and are not refused.
It is told by lines: each forks a service, and says its pid once that serves.
"""

import os
import signal
import socket
import sys

from werkzeug.serving import make_server

from nurture.app import create_board, create_post, prepare, set_up_logs, steady
from nurture.clockwork import Clockwork
from nurture.flow.ground import Shelf
from nurture.flow.letters import Composer
from nurture.flow.timekeeping import Timekeeper
from nurture.settings import ROOT, Settings
from nurture.web import build


def serve(listening: int, shelf: Shelf, composer: Composer) -> None:
    """Be a service: doors, engine and all, until killed.  What was compiled before the fork is not compiled again."""
    settings = Settings.load()
    set_up_logs(settings)
    parts = prepare(settings, ROOT)
    parts = parts._replace(ground=parts.ground._replace(shelf=shelf))
    post, board = create_post(settings, parts), create_board(settings)
    post.composer = composer
    keeper = Timekeeper(parts.ground, "mortal", steady)
    clockwork = Clockwork(parts.ground, post, board, parts.look, keeper, parts.speed)
    app = build(parts._replace(nudge=clockwork.nudge))
    clockwork.start()
    server = make_server("127.0.0.1", 0, app, threaded=True, fd=listening)
    sys.stdout.write(f"{os.getpid()}\n")
    sys.stdout.flush()
    server.serve_forever()


def warmed_up() -> tuple[Shelf, Composer]:
    """Import whatever a service imports when it is first needed, compile what is published, and let go again."""
    settings = Settings.load()
    parts = prepare(settings, ROOT)
    build(parts).test_client().get("/readyz")
    post = create_post(settings, parts)
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
    for email in playbook.emails:
        post.composer.email(playbook, email)
    post.close()
    parts.ground.sessions.close()
    return parts.ground.shelf, post.composer


def main() -> None:
    """Fork when told to, and bury who was killed meanwhile."""
    listening, child = int(sys.argv[1]), 0
    shelf, composer = warmed_up()
    socket.socket(fileno=os.dup(listening)).listen(128)
    for _ in sys.stdin:
        if child:
            os.waitpid(child, 0)
        child = os.fork()
        if not child:
            try:
                serve(listening, shelf, composer)
            finally:
                os._exit(1)
    if child:
        os.kill(child, signal.SIGKILL)


if __name__ == "__main__":
    main()
