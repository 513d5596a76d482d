"""`nurture doctor`: whether this installation is wired up safely."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING

import click

from nurture.cli.finding import Finding, fine, note, unsafe
from nurture.cli.opening import load, sqlite_file, standing
from nurture.cli.speech import as_json, count, day, example, plain

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from nurture.engine.policy import Policy
    from nurture.parts import Parts
    from nurture.settings import Settings
    from nurture.store.house import Fault
    from nurture.store.session import Session

SHORTEST_SECRET = 32  # characters
LATE_SECONDS = 300


@click.command(epilog=example("nurture doctor", "nurture doctor --json"))
@click.option("--json", "json_", is_flag=True, help="Print the findings as JSON.")
@click.option("--resolver", metavar="ADDRESS:PORT", help="Ask this server about DNS, not this machine's own.")
@click.pass_context
def doctor(ctx: click.Context, json_: bool, resolver: str | None) -> None:
    """Say what is wired up unsafely.

    Each finding says what to do. Exit status 1 if anything is unsafe.
    """
    found = [*examined(load(), asked(resolver))]
    wrong = sum(finding.state == "unsafe" for finding in found)
    if json_:
        as_json({"safe": not wrong, "checks": [finding._asdict() for finding in found]})
    else:
        for finding in found:
            colour = {"ok": "green", "note": "yellow", "unsafe": "red"}[finding.state]
            click.echo(click.style(f"{finding.state:<7}", fg=colour) + f" {finding.about:<12} {plain(finding.says)}")
        click.echo(f"\n{count(wrong, 'thing')} to mend." if wrong else "\nNothing is unsafe.")
    ctx.exit(1 if wrong else 0)


def asked(resolver: str | None) -> tuple[str, int] | None:
    """Read the address of a resolver.  Raises BadParameter."""
    if resolver is None:
        return None
    address, _, port = resolver.rpartition(":")
    try:
        return str(ip_address(address.strip("[]"))), int(port)
    except ValueError:
        raise click.BadParameter("write an address and a port: 127.0.0.1:53", param_hint="--resolver") from None


def examined(settings: "Settings", resolver: tuple[str, int] | None = None) -> Iterator[Finding]:
    """Look at everything, from the outside in; what cannot be looked at is unsafe itself."""
    from nurture.store.session import Unavailable

    yield secret("secret key", settings.secret_key, settings.var_path / "secret_key", "NURTURE_SECRET_KEY")
    yield secret("sign-ups", settings.signup_secret, settings.var_path / "signup_secret", "NURTURE_SIGNUP_SECRET")
    yield public_url(settings)
    try:
        stands = standing(settings)
    except Unavailable as error:
        yield unsafe("database", " ".join(str(error).split()))
        return
    schema = database(stands)
    yield schema
    if schema.state == "ok":
        yield from _inside(settings, resolver)


def secret(about: str, given: str, kept: "Path", setting: str) -> Finding:
    """Look at a secret: given in the environment, or made at the first start and readable by its owner alone."""
    if given:
        shortest = min(len(one) for one in given.split(","))
        if shortest < SHORTEST_SECRET:
            return unsafe(about, f"{setting} can be guessed: give at least {SHORTEST_SECRET} random characters")
        return fine(about, f"given by {setting}")
    if not kept.exists():
        return fine(about, f"will be made at the first start, in {kept}")
    others = kept.stat().st_mode & 0o077
    if others:
        return unsafe(about, f"others may read {kept}: chmod 600 {kept}")
    return fine(about, f"kept in {kept}, readable by its owner alone")


def public_url(settings: "Settings") -> Finding:
    """Look at where links lead: by https, and to a place that recipients can reach."""
    from urllib.parse import urlsplit

    from nurture.app import LOOPBACK

    url = urlsplit(settings.public_url)
    if url.hostname in LOOPBACK:
        if leaves(settings):
            return unsafe("public URL", f"letters leave this machine, but their links lead to {settings.public_url}")
        return fine("public URL", f"{settings.public_url}, on this machine alone")
    if url.scheme != "https":
        return unsafe("public URL", f"{settings.public_url} is not https: anybody between could read the links")
    return fine("public URL", settings.public_url)


def leaves(settings: "Settings") -> bool:
    """Whether letters go to a real provider, off this machine."""
    from urllib.parse import urlsplit

    from nurture.app import LOOPBACK

    if settings.mail.startswith("outbox:"):
        return False
    target = settings.sendgrid_base_url if settings.mail.startswith("sendgrid:") else settings.mail
    return urlsplit(target).hostname not in LOOPBACK


def database(stands: str | None) -> Finding:
    """Look at the schema."""
    from nurture.store import migrate

    newest = migrate.head()
    if stands is None:
        return unsafe("database", "there is none yet: run `nurture db upgrade`")
    try:
        migrate.refuse_newer(stands)
    except migrate.Newer as error:
        return unsafe("database", str(error))
    if stands != newest:
        return unsafe("database", f"stands at {stands}, this version needs {newest}: run `nurture db upgrade`")
    return fine("database", f"stands at {stands}, the newest")


def _inside(settings: "Settings", resolver: tuple[str, int] | None) -> Iterator[Finding]:
    from nurture.app import create_parts
    from nurture.channels.email.records import Records
    from nurture.cli import surroundings
    from nurture.settings import BadSetting

    try:
        parts = create_parts(settings)
    except BadSetting as error:
        yield unsafe("settings", str(error))
        return
    try:
        yield provider(settings, parts)
        yield from playbook(settings, parts)
        with parts.ground.sessions.read() as session:
            yield from rhythm(session, parts)
            yield staff(session)
        if leaves(settings):
            yield from surroundings.domains(own_domains(parts), settings.mail.partition(":")[0], Records(resolver))
        file, kept = sqlite_file(settings), parts.ground.sessions.journal
        yield surroundings.disk([settings.var_path, *([file.parent] if file else [])])
        if kept is not None:
            yield surroundings.journal(kept.file, file if leaves(settings) else None)
    finally:
        parts.ground.sessions.close()


def provider(settings: "Settings", parts: "Parts") -> Finding:
    """Look at who carries the post, and who tells what became of it."""
    from nurture.app import create_post
    from nurture.settings import BadSetting
    from nurture.web.hooks.sendgrid import read_keys

    try:
        post = create_post(settings, parts)
    except BadSetting as error:
        return unsafe("mail", str(error))
    post.close()
    try:
        read_keys(settings.sendgrid_webhook_public_key)
    except BadSetting as error:
        return unsafe("mail", str(error))
    if not leaves(settings):
        return note("mail", f"{post.provider.name}: no letter leaves this machine until NURTURE_MAIL names a provider")
    if post.provider.name == "sendgrid" and not settings.sendgrid_webhook_public_key:
        return note("mail", "sendgrid; bounces are not heard until SENDGRID_WEBHOOK_PUBLIC_KEY is set")
    return fine("mail", post.provider.name)


def playbook(settings: "Settings", parts: "Parts") -> Iterator[Finding]:
    """Look at what is published: that it is sound, and nobody invented stands in it once letters really leave."""
    from nurture.flow.publish import check_texts, export_texts

    texts = export_texts(parts.ground)
    if not texts:
        yield unsafe("playbook", "nothing is published yet: run `nurture apply config templates`")
        return
    wrong = [problem for problem in check_texts(texts, binding=False) if problem.must_fix]
    if wrong:
        yield unsafe("playbook", f"{count(len(wrong), 'problem')}, the first: {wrong[0]}")
        return
    yield fine("playbook", f"{count(len(texts), 'document')}, nothing to mend")
    with parts.ground.sessions.read() as session:
        policy = parts.ground.shelf.playbook(session).policy
    domains = _domains(policy)
    invented = [domain for domain in domains if reserved(domain)]
    if invented and leaves(settings):
        yield unsafe("senders", f"{', '.join(invented)} is nobody's domain: name your own in config/policy.yaml")
    else:
        yield fine("senders", ", ".join(domains) + (", invented; fine for the outbox" if invented else ""))
    if leaves(settings) and "example" in policy.postal_address.lower():
        yield unsafe("address", "letters end with an invented postal address: write your own in config/policy.yaml")


def _domains(policy: "Policy") -> list[str]:
    return sorted({sender.email.rpartition("@")[2].lower() for sender in policy.senders.values()})


def own_domains(parts: "Parts") -> list[str]:
    """The domains that letters come from and that can be somebody's; none before the first publish."""
    from nurture.flow.ground import NoPlaybook

    try:
        with parts.ground.sessions.read() as session:
            policy = parts.ground.shelf.playbook(session).policy
    except NoPlaybook:
        return []
    return [domain for domain in _domains(policy) if not reserved(domain)]


def reserved(domain: str) -> bool:
    """Whether this domain can never be anybody's.  Source: RFC 2606."""
    labels = domain.lower().split(".")
    return labels[-1] in ("example", "test", "invalid", "localhost") or (
        labels[-2:-1] == ["example"] and labels[-1] in ("com", "net", "org")
    )


def rhythm(session: "Session", parts: "Parts") -> Iterator[Finding]:
    """Look at whether anybody keeps the clock: how long the oldest due customer and queued message have waited."""
    from nurture.app import independent_clock
    from nurture.store import house
    from nurture.store.claims import oldest_due
    from nurture.store.messages import oldest_queued

    at = parts.look()
    if house.recall(session, house.HOLD) is not None:
        yield note("sending", "all of it is held; `nurture resume` lets it go on")
    yield clock(house.clock(session)[0], at.machine, independent_clock(parts.settings))
    waits = [
        ("customers", oldest_due(session, at.now), at.now),
        ("messages", oldest_queued(session, at.machine), at.machine),
    ]
    for about, oldest, now in waits:
        if oldest is None or (now - oldest).total_seconds() < LATE_SECONDS:
            yield fine(about, "none has waited long")
        else:
            yield note(about, f"the oldest has waited since {day(oldest)} UTC; is `nurture serve` running?")


def clock(fault: "Fault | None", machine: "datetime", told: "datetime | None") -> Finding:
    """Look at this machine's time: whether it was trusted by those who run, and what an independent clock says."""
    from nurture.flow.timekeeping import DRIFT

    if fault is not None:
        return unsafe("clock", f"{fault.because}: nothing goes out. Set it right, then `nurture resume`")
    if told is None:
        return fine("clock", f"{machine:%Y-%m-%d %H:%M} UTC; nobody else was asked")
    apart = abs(told - machine)
    if apart > DRIFT:
        return unsafe(
            "clock", f"{machine:%Y-%m-%d %H:%M} UTC here, {told:%Y-%m-%d %H:%M} UTC at the provider: set it right"
        )
    return fine("clock", f"{machine:%Y-%m-%d %H:%M} UTC, as the provider's")


def staff(session: "Session") -> Finding:
    """Look at whether anybody could mend things in the console."""
    from nurture.store.staff import everybody

    admins = [one for one in everybody(session) if one.role == "admin" and one.disabled_at is None]
    if not admins:
        return note("staff", "nobody is an admin: `nurture staff add EMAIL --role admin`")
    return fine("staff", count(len(admins), "admin"))
