"""The composition root: every part is made here, once, and here alone a clock is read."""

import atexit
import logging
import os
import secrets
import socket
import sys
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO, cast
from urllib.parse import urlsplit

import structlog
from flask import Flask

from nurture.channels import their_clock
from nurture.channels.email import open_provider
from nurture.channels.email.letter import Letter
from nurture.channels.email.links import Links
from nurture.channels.email.provider import Verdict
from nurture.channels.oidc import IdentityProvider, Registered, installed
from nurture.channels.webhook import Webhooks
from nurture.clockwork import Clockwork
from nurture.flow.calling import Switchboard
from nurture.flow.ground import Ground, Moment, Seals, Shelf
from nurture.flow.handover import Post, send_test
from nurture.flow.letters import Composer
from nurture.flow.publish import publish_first
from nurture.flow.timekeeping import Timekeeper
from nurture.meters import Meters
from nurture.parts import Parts
from nurture.settings import BadSetting, Settings, secret_named
from nurture.store import house, migrate, staff
from nurture.store.journal import Journal
from nurture.store.session import Conflict, Sessions

ANCHOR = "clock"
INSTALLATION = "installation"
FIRST_EMAIL = "admin@nurture.local"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Clock:
    """Life time and machine time.  Life may start elsewhere and run faster; it never runs back."""

    def __init__(self, anchor: datetime | None = None, started: datetime | None = None, speed: float = 1.0) -> None:
        """Take nothing for real time, or the real and life moments of the anchor and how much faster life runs."""
        self._anchor, self._started, self.speed = anchor, started, speed

    def machine(self) -> datetime:
        """Real time, for leases, deadlines, signatures and sessions."""
        return datetime.now(UTC)

    def now(self) -> datetime:
        """Life time, for everything about customers."""
        if self._anchor is None or self._started is None:
            return self.machine()
        return self._started + (self.machine() - self._anchor) * self.speed

    def look(self) -> Moment:
        """Look at both clocks at once."""
        machine = self.machine()
        if self._anchor is None or self._started is None:
            return Moment(machine, machine)
        return Moment(self._started + (machine - self._anchor) * self.speed, machine)

    @classmethod
    def of(cls, setting: str, sessions: Sessions) -> "Clock":
        """Read the setting.  The first start anchors an accelerated clock in the database; later ones go on from it."""
        if setting == "real":
            return cls()
        started, _, speed = setting.partition("*")
        asked = f"{datetime.now(UTC).isoformat()} {datetime.fromisoformat(started).isoformat()} {float(speed)}"
        kept = sessions.write(lambda session: house.recall_or(session, ANCHOR, asked))
        anchor, began, rate = kept.split(" ")
        return cls(datetime.fromisoformat(anchor), datetime.fromisoformat(began), float(rate))


def steady() -> float:
    """Seconds of a clock that nobody sets, and that goes on while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def independent_clock(settings: Settings) -> datetime | None:
    """Ask somebody else for the time: the provider, where it is one that tells."""
    return their_clock.told_by(settings.sendgrid_base_url) if settings.mail.startswith("sendgrid:") else None


class Unfailing:
    """A file for the log: a line that a full disk does not take is lost, and nothing else with it."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """Have it written, if there is room."""
        with suppress(OSError):
            self._file.flush()


def set_up_logs(settings: Settings) -> None:
    """Write log lines for people, or as JSON; and never let SendGrid's library write down its key."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a beat that is still busy is no news
    logging.getLogger("python_http_client").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer()
            if settings.log == "json"
            else structlog.dev.ConsoleRenderer(colors=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", Unfailing(sys.stderr))),
    )


def create_parts(settings: Settings, *, clock: Clock | None = None, nudge: Callable[[], None] = lambda: None) -> Parts:
    """Make the parts that doors are given.  Raises BadSetting, or Unavailable where the database is."""
    sessions = Sessions(settings.database_url)
    sessions.journal = _journal(settings, sessions)
    keys = tuple(settings.secret_key.split(",")) if settings.secret_key else (_kept(settings, "secret_key", _key),)
    clock = clock or Clock.of(settings.clock, sessions)
    signing = settings.signup_secret or _kept(settings, "signup_secret", _signing_secret)
    parts = Parts(
        settings=settings,
        ground=Ground(sessions, Shelf(), Seals(keys)),
        links=Links(settings.public_url, keys),
        look=clock.look,
        speed=clock.speed,
        secrets=tuple(signing.split(",")),
        nudge=nudge,
        identity=_identity_provider(settings),
        meters=Meters(),
    )
    return parts._replace(carry=lambda letter: _carried(settings, parts, letter))


def _journal(settings: Settings, sessions: Sessions) -> Journal:
    """Open the journal of this installation: a new database has one of its own, a restored one that which it had."""
    with sessions.read() as session:
        name = house.recall(session, INSTALLATION)
    name = name or sessions.write(lambda session: house.recall_or(session, INSTALLATION, secrets.token_hex(8)))
    return Journal(settings.var_path / "journal" / f"{name}.jsonl")


def _identity_provider(settings: Settings) -> IdentityProvider | None:
    """Meet the company's own accounts, where a provider is set.  Raises BadSetting where its extra is not installed."""
    if not settings.oidc_issuer:
        return None
    if not installed():
        raise BadSetting("NURTURE_OIDC_ISSUER: Authlib is missing; install nurture with its `oidc` extra")
    back = f"{settings.public_url}/login/oidc/callback"
    return IdentityProvider(
        Registered(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret, back, settings.oidc_name)
    )


def _carried(settings: Settings, parts: Parts, letter: Letter) -> Verdict:
    """Hand over one test letter on a way out of its own, whichever process this is."""
    try:
        post = create_post(settings, parts)
    except BadSetting as error:
        return Verdict("refused", str(error))
    try:
        return send_test(post, letter)
    finally:
        post.close()


def create_post(settings: Settings, parts: Parts) -> Post:
    """Open the way out.  Raises BadSetting where the provider cannot be what the clock or the settings allow."""
    if settings.accelerated and not _on_loopback(settings):
        raise BadSetting("NURTURE_CLOCK may run faster only while mail goes to the outbox or to a provider on loopback")
    try:
        provider = open_provider(
            settings.mail,
            sendgrid_key=settings.sendgrid_api_key or None,
            sendgrid_base_url=settings.sendgrid_base_url,
        )
    except ValueError as error:
        raise BadSetting(f"NURTURE_MAIL: {error}") from None
    count = parts.meters.carried if parts.meters else None
    return Post(provider, Composer(parts.links, settings.public_url), _worker(), count=count)


def create_board(settings: Settings) -> Switchboard:
    """Open the way out for webhooks; a faster life calls nobody but this machine."""
    webhooks = Webhooks(loopback=settings.webhook_loopback == "yes", abroad=not settings.accelerated)
    return Switchboard(webhooks, _worker(), secret_named)


def _worker() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def create_app(
    settings: Settings, *, clock: Clock | None = None, parts: Parts | None = None, engine: bool = False
) -> Flask:
    """Make the doors for HTTP and, where `engine` is asked for, the rhythm that drives the stations behind them.

    parts: made already, by `prepare`.
    """
    from nurture.web import build

    parts = parts or create_parts(settings, clock=clock)
    if not engine:
        return build(parts)
    post, board = create_post(settings, parts), create_board(settings)
    keeper = Timekeeper(parts.ground, socket.gethostname(), steady, lambda: independent_clock(settings))
    clockwork = Clockwork(parts.ground, post, board, parts.look, keeper, parts.speed)
    app = build(parts._replace(nudge=clockwork.nudge))
    clockwork.start()
    atexit.register(clockwork.stop)
    return app


def prepare(settings: Settings, root: Path) -> Parts:
    """Bring SQLite up to date and publish the first-run playbook where none is; then make the parts.

    Raises BadSetting where a PostgreSQL database is of another version: that upgrade is asked for, never surprising.
    """
    if settings.database_url.startswith("sqlite:///"):
        Path(settings.database_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    with closing(Sessions(settings.database_url)) as sessions, sessions.read() as session:
        stands = migrate.revision(session)
    try:
        migrate.refuse_newer(stands)
    except migrate.Newer as error:
        raise BadSetting(str(error)) from None
    current = stands == migrate.head()
    if not current and settings.database_url.startswith("sqlite:"):
        migrate.upgrade(settings.database_url)
    elif not current:
        raise BadSetting("the database is of another version; run `nurture db upgrade`")
    parts = create_parts(settings)
    publish_first(parts.ground, root, parts.look())
    return parts


def first_login(parts: Parts) -> tuple[str, str] | None:
    """Make the first member of staff where there is none: (email, password), told this once; None otherwise."""
    with parts.ground.sessions.read() as session:
        if staff.everybody(session):
            return None
    password = staff.new_password()
    hashed, machine = staff.hash_password(password), parts.look().machine
    try:
        parts.ground.sessions.write(lambda session: staff.add(session, FIRST_EMAIL, "admin", hashed, machine))
    except Conflict:  # another process came first
        return None
    return FIRST_EMAIL, password


def _on_loopback(settings: Settings) -> bool:
    if settings.mail.startswith("outbox:"):
        return True
    target = settings.sendgrid_base_url if settings.mail.startswith("sendgrid:") else settings.mail
    return urlsplit(target).hostname in LOOPBACK


def _kept(settings: Settings, name: str, make: Callable[[], str]) -> str:
    """Read a secret that an earlier start made, or make it now: readable by its owner alone."""
    path = settings.var_path / name
    with suppress(FileNotFoundError):
        return path.read_text(encoding="ascii").strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = make()
    return fresh if _written(path, fresh) else path.read_text(encoding="ascii").strip()


def _written(path: Path, text: str) -> bool:
    """Write a file whole, unless another process did; returns whether it was us."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(unfinished, path)
    except FileExistsError:
        return False
    finally:
        unfinished.unlink()
    return True


def _key() -> str:
    return secrets.token_urlsafe(32)


def _signing_secret() -> str:
    return "whsec_" + b64encode(secrets.token_bytes(24)).decode()
