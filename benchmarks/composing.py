"""P6: what it costs to write a letter's words, beside bare Jinja2 rendering the same templates."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from benchmarks.limits import bare
from benchmarks.meter import median, paired
from benchmarks.population import DUE, KEYS, SIGNED_UP, newcomer, texts
from benchmarks.report import Figure
from nurture.channels.email import compose
from nurture.channels.email.links import Links
from nurture.channels.email.sandbox import HTML, Sandbox
from nurture.channels.email.words import tamed
from nurture.engine.playbook import Playbook, compile_playbook
from nurture.engine.snapshot import Customer, Snapshot
from nurture.flow.letters import Composer, context
from nurture.store.messages import Message
from nurture.store.photographs import Photograph

ROUNDS = 8
REPEAT = 40
URL = "https://nurture.example"
SHARE, PACE = 0.8, 8_000


class Order(NamedTuple):
    """One letter to be written."""

    message: Message
    taken: Photograph


def p6() -> Iterator[Figure]:
    """Personalised HTML and text per second of CPU: every email of the playbook, in each of its variants."""
    playbook = compile_playbook(1, {name: (1, text) for name, text in texts().items()})
    composer = Composer(Links(URL, KEYS), URL)
    sources = _sources(composer, playbook)
    orders = [_order(key, persona) for key in playbook.emails for persona in ("kevin", "wilma")]
    limits = [
        _limit(sources[one.message.email, _variant(composer, playbook, one)], one, composer, playbook) for one in orders
    ]
    for one, limit in zip(orders, limits, strict=True):
        mine = composer.render(playbook, one.message, one.taken, DUE)
        if (mine.html, mine.text) != limit()[2:]:
            raise RuntimeError(f"{one.message.email}: bare Jinja2 renders something else")
    pair = paired(
        range(ROUNDS),
        lambda _: [composer.render(playbook, one.message, one.taken, DUE) for _ in range(REPEAT) for one in orders],
        lambda _: lambda: [limit() for _ in range(REPEAT) for limit in limits],
        tuple,
    )
    count = REPEAT * len(orders)
    ours, least = median(pair.ours), median(pair.limit)
    yield Figure(
        "P6",
        "letters composed per CPU-second",
        count / ours.cpu,
        count / least.cpu,
        pair.ratio,
        f">= {SHARE} of limit, >= {PACE:,}/s",
        pair.ratio >= SHARE and count / ours.cpu >= PACE,
        f"{1e6 * ours.cpu / count:.0f} us each, subject, preheader, HTML and text; limit {1e6 * least.cpu / count:.0f}",
    )


def _sources(composer: Composer, playbook: Playbook) -> dict[tuple[str, str], list[tuple[str, bool]]]:
    """Compile every email, and keep the sources of its four templates: (email, variant) -> (source, escaped)."""
    heard: list[tuple[str, bool]] = []
    room: Any = compose
    compiled = room.compiled

    def listening(source: str, sandbox: Sandbox) -> Callable[[Mapping[str, Any]], str]:
        heard.append((source, sandbox is HTML))
        render: Callable[[Mapping[str, Any]], str] = compiled(source, sandbox)
        return render

    found: dict[tuple[str, str], list[tuple[str, bool]]] = {}
    room.compiled = listening  # a compiled template has forgotten its source; here is where it is still known
    try:
        for key in playbook.emails:
            heard.clear()
            sheets = composer.email(playbook, key).sheets
            variants = list(dict.fromkeys(sheet.variant for sheet in sheets.values()))
            found.update({(key, variant): heard[4 * at : 4 * at + 4] for at, variant in enumerate(variants)})
    finally:
        room.compiled = compiled
    return found


def _variant(composer: Composer, playbook: Playbook, one: Order) -> str:
    return composer.render(playbook, one.message, one.taken, DUE).variant


def _limit(
    sources: list[tuple[str, bool]], one: Order, composer: Composer, playbook: Playbook
) -> Callable[[], tuple[str, ...]]:
    """Render the four parts with words that are there already."""
    words = tamed(context(playbook, one.message, one.taken, composer.links, DUE))
    subject, preheader, html, text = (bare(source, escape=escaped) for source, escaped in sources)
    words.update(language="en", subject=subject(words), preheader=preheader(words))
    return lambda: (subject(words), preheader(words), html(words), text(words))


def _order(email: str, persona: str) -> Order:
    told = newcomer("ada", persona, SIGNED_UP)
    customer = Customer(
        id="cus_00000000000000000000000000",
        account_id="acc_00000000000000000000000000",
        ext_id=told.user_id,
        email=told.email,
        stage="assessing",
        stage_since=SIGNED_UP,
        persona=persona,
        zone=told.zone,
        trial_starts_at=SIGNED_UP,
        trial_ends_at=datetime(2026, 1, 19, 10, tzinfo=UTC),
        traits=told.traits,
    )
    message = Message(
        id="msg_00000000000000000000000000",
        send_id="0" * 40,
        customer_id=customer.id,
        journey="first-win",
        entry=1,
        step="welcome",
        pass_=1,
        email=email,
        topic="tips",
        urgent=False,
        customer_gen=0,
        account_gen=0,
        state="queued",
        not_before=DUE,
        expires_at=DUE,
        attempt=0,
    )
    return Order(message, Photograph(Snapshot(customer), 0, 0, "Example Works"))
