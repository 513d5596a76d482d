"""`nurture serve`: console, API and engine in one working process, and the supervisor that watches it.

The supervisor imports no more of the house than its settings. The worker ends itself with its supervisor: a killed
parent would otherwise leave a child that goes on serving.
"""

import errno
import fcntl
import multiprocessing
import os
import signal
import socket
import sys
from io import TextIOWrapper
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, NoReturn

import click

from nurture.cli.speech import Refusal
from nurture.settings import ROOT, BadSetting, Settings

if TYPE_CHECKING:
    from flask import Flask

    from nurture.parts import Parts

LOCK_WAIT_SECONDS = 5.0
THREADS = 8
STOP_SECONDS = 15

_locks: list[TextIOWrapper] = []  # held open, and so locked, until the worker ends


@click.command()
@click.option("--host", help="Where to listen; NURTURE_HOST, or 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65535), help="0 picks a free port and prints it; NURTURE_PORT, or 8000.")
@click.option("--no-engine", is_flag=True, help="Serve console and API only; another process runs the engine.")
def serve(host: str | None, port: int | None, no_engine: bool) -> None:
    """Serve the console, the API and the engine.

    Example: nurture serve --port 8080
    """
    try:
        settings = Settings.load()
    except BadSetting as error:
        raise Refusal(str(error)) from None
    host = host or settings.host
    port = _free_port(host, settings.port if port is None else port)
    os.environ["NURTURE_HOST"], os.environ["NURTURE_PORT"] = host, str(port)
    _supervise(host, port, "doors_alone" if no_engine else "everything")


def _supervise(host: str, port: int, factory: str) -> NoReturn:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    server = Server(
        f"nurture.cli.serve:{factory}",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=1,
        blocking_threads=THREADS,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.error,
        working_dir=ROOT,
    )
    server.serve()
    sys.exit(0)


def _free_port(host: str, port: int) -> int:
    """Make sure of the port, or pick a free one for 0; whoever listens there already is told of, not joined."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            taken = "; is nurture running already? Choose another with --port"
            hint = taken if error.errno == errno.EADDRINUSE else ""
            raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror}{hint}") from None
        free: int = probe.getsockname()[1]
    return free


def everything() -> "Flask":
    """Make the whole service in the worker process.  Whatever stands against it is said, and ends the worker."""
    return _made(engine=True)


def doors_alone() -> "Flask":
    """Make console and API in the worker process."""
    return _made(engine=False)


def _made(*, engine: bool) -> "Flask":
    _end_with_the_supervisor()
    from nurture.app import create_app, prepare, set_up_logs
    from nurture.flow.ground import NoPlaybook
    from nurture.store.session import Unavailable

    try:
        settings = Settings.load()
        set_up_logs(settings)
        if engine:
            _hold_alone(settings)
        parts = prepare(settings, ROOT)
        app = create_app(settings, parts=parts, engine=engine)
    except (BadSetting, NoPlaybook, Unavailable, OSError) as error:
        _give_up(str(error))
    _greet(settings, parts)
    return app


def _give_up(because: str) -> NoReturn:
    click.echo(f"nurture cannot start: {because}", err=True)
    os._exit(1)


def _end_with_the_supervisor() -> None:
    """Watch the parent through the pipe it holds open: it closes with the parent, however that ends."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGKILL)  # at once, as the supervisor went: nothing half-done is worth keeping

    Thread(target=watch, name="supervisor", daemon=True).start()


def _hold_alone(settings: Settings) -> None:
    """Lock the SQLite file's neighbour: one engine works on one file.  Raises BadSetting where another holds it."""
    if not settings.database_url.startswith("sqlite:///"):
        return
    path = Path(settings.database_url.removeprefix("sqlite:///") + ".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+", encoding="ascii")
    for _ in range(int(LOCK_WAIT_SECONDS * 10)):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            Event().wait(0.1)
    else:
        file.seek(0)
        raise BadSetting(f"{path.with_suffix('')} is in use by process {file.read().strip() or 'unknown'}")
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    _locks.append(file)


def _greet(settings: Settings, parts: "Parts") -> None:
    from nurture.app import first_login

    click.echo(f"nurture is at {settings.public_url}")
    if (login := first_login(parts)) is not None:
        email, password = login
        click.echo(f"first login: {email}  password: {password}  (shown once)")
