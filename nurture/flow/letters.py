"""Letters: a message and a photograph of its customer become the words of one letter.  Nothing is sent here."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from nurture.channels.email.compose import CompiledEmail, Rendered, compile_email
from nurture.channels.email.letter import Letter, headers_for
from nurture.channels.email.links import Links
from nurture.channels.email.words import plain_name
from nurture.engine.document import DAY
from nurture.engine.local import zone_for
from nurture.engine.playbook import Playbook
from nurture.engine.policy import Topic
from nurture.engine.simulate import newcomer
from nurture.engine.snapshot import Customer, Snapshot
from nurture.engine.survey import PAGE, Survey
from nurture.flow.ground import Ground
from nurture.store import messages, photographs
from nurture.store.ids import new_id
from nurture.store.messages import Message
from nurture.store.photographs import Photograph

GERMAN_DAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
GERMAN_MONTHS = (
    *("Januar", "Februar", "M\u00e4rz", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
)


class Composer:
    """Compiles each email once per playbook, and composes letters from it."""

    def __init__(self, links: Links, public_url: str) -> None:
        self.links = links
        self._host = urlsplit(public_url).hostname or "localhost"
        self._compiled: tuple[int, dict[str, CompiledEmail]] = (-1, {})  # replaced as one: several threads compose

    def email(self, playbook: Playbook, key: str) -> CompiledEmail:
        """Give an email compiled for this playbook.  Raises KeyError if the playbook has none such."""
        revision, compiled = self._compiled
        if playbook.revision != revision:
            self._compiled = _, compiled = playbook.revision, {}
        if key not in compiled:
            layout = playbook.layouts["default"]
            compiled[key] = compile_email(playbook.emails[key], layout, playbook.snippets, playbook.surveys)
        return compiled[key]

    def render(self, playbook: Playbook, message: Message, taken: Photograph, now: datetime) -> Rendered:
        """Render a message for its customer.  Raises Unrenderable, or KeyError where the email is gone."""
        customer = taken.snapshot.customer
        words = context(playbook, message, taken, self.links, now)
        return self.email(playbook, message.email).render(customer.persona, customer.locale, words)

    def letter(self, playbook: Playbook, message: Message, taken: Photograph, now: datetime) -> tuple[Letter, Rendered]:
        """Write the whole letter, addressed and with its headers.  Raises as `render` does."""
        rendered = self.render(playbook, message, taken, now)
        customer = taken.snapshot.customer
        topic = playbook.policy.topic(message.topic)
        head = playbook.emails[message.email].head
        sender = playbook.policy.senders[head.sender]
        letter = Letter(
            to_email=customer.email,
            to_name=plain_name(str(customer.traits.get("name") or "")),
            from_email=sender.email,
            from_name=sender.name,
            reply_to=sender.reply_to or sender.email,
            subject=rendered.subject,
            html=rendered.html,
            text=rendered.text,
            headers=headers_for(
                list_host=self._host,
                feedback=(message.journey, message.step, head.sender),
                unsubscribe_url=None if topic.transactional else self._unsubscribe(message),
            ),
            send_id=message.send_id,
            message_id=message.id,
            category=f"{message.journey}.{message.step}",
            date=now,
            postal_address=playbook.policy.postal_address,
            transactional=topic.transactional,
        )
        return letter, rendered

    def _unsubscribe(self, message: Message) -> str:
        return self.links.url("unsubscribe", message.customer_id, message.id)


def context(playbook: Playbook, message: Message, taken: Photograph, links: Links, now: datetime) -> dict[str, Any]:
    """Gather what a template may say, as plain words: the grammar of email documents names them."""
    snapshot = taken.snapshot
    customer, traits = snapshot.customer, snapshot.customer.traits
    head = playbook.emails[message.email].head
    sender, topic = playbook.policy.senders[head.sender], playbook.policy.topic(message.topic)
    return {
        "customer": {
            "first_name": traits.get("first_name") or _first_of(traits.get("name")),
            "name": traits.get("name"),
            "email": customer.email,
            "company": traits.get("company"),
            "role": traits.get("role"),
            "plan": traits.get("plan"),
            "locale": customer.locale or "",
            "driver": traits.get("driver"),
            "traits": traits,
        },
        "account": {"name": taken.account_name},
        "persona": {"id": customer.persona or "", "name": playbook.personas.name(customer.persona)},
        "stage": customer.stage,
        "trial": _trial(playbook, customer, now),
        "milestones": _milestones(playbook, snapshot),
        "drivers": {"stated": traits.get("driver")},
        "sender": {"name": sender.name, "email": sender.email},
        "product": {},
        "links": _links(playbook, message, links),
        "topic": _topic(topic),
        "postal_address": playbook.policy.postal_address,
        "language": "",
        "subject": "",
        "preheader": "",
    }


def _first_of(name: Any) -> str | None:
    return str(name).split()[0] if name and str(name).split() else None


def _topic(topic: Topic) -> dict[str, Any]:
    return {"id": topic.id, "name": topic.name, "transactional": topic.transactional}


def _trial(playbook: Playbook, customer: Customer, now: datetime) -> dict[str, Any]:
    start, end = customer.trial_starts_at, customer.trial_ends_at
    if start is None or end is None:
        return {"ends_on": None, "days_left": None, "day": None}
    local = end.astimezone(zone_for(playbook.policy.window, customer.zone))
    return {
        "ends_on": _day_in_words(local, customer.locale or ""),
        "days_left": max(0, -((now - end) // DAY)),
        "day": (now - start) // DAY + 1,
    }


def _day_in_words(local: datetime, locale: str) -> str:
    if locale.lower().startswith("de"):
        return f"{GERMAN_DAYS[local.weekday()]}, {local.day}. {GERMAN_MONTHS[local.month - 1]}"
    return f"{local:%A} {local.day} {local:%B}"


def _milestones(playbook: Playbook, snapshot: Snapshot) -> dict[str, Any]:
    reached = snapshot.facts.milestones
    done = [{"id": one.id, "name": one.name} for one in playbook.milestones.milestones if one.id in reached]
    ahead = playbook.milestones.next_for(snapshot.customer.persona, reached)
    following = {"id": ahead.id, "name": ahead.name, "url": ahead.url, "label": ahead.label} if ahead else None
    return {"done": done, "next": following, "count": len(reached)}


def _links(playbook: Playbook, message: Message, links: Links) -> dict[str, Any]:
    return {
        "unsubscribe": links.url("unsubscribe", message.customer_id, message.id),
        "preferences": links.url("preferences", message.customer_id, message.id),
        "browser": links.url("browser", message.customer_id, message.id),
        "site": links.site,
        "survey": {key: _survey_links(links, message.customer_id, survey) for key, survey in playbook.surveys.items()},
    }


def _survey_links(links: Links, customer_id: str, survey: Survey) -> Mapping[str, str]:
    page = links.url("survey", customer_id, survey.id)
    return {way: page if way == PAGE else f"{page}?{urlencode({'choice': way})}" for way in survey.ways}


def reread(ground: Ground, links: Links, message_id: str, now: datetime) -> str | None:
    """Render a message's HTML again, for its reader's browser; None where message or customer are no longer known.

    Raises Unrenderable where today's text of the email no longer fits its customer.
    """
    with ground.sessions.read() as session:
        message = messages.of_ids(session, [message_id]).get(message_id)
        if message is None:
            return None
        taken = photographs.photographs(session, [message.customer_id])[message.customer_id]
        playbook = ground.shelf.playbook(session)
    if message.email not in playbook.emails:
        return None
    return Composer(links, "").render(playbook, message, taken, now).html


class Reader(NamedTuple):
    """For whom a letter is tried.

    persona, locale: read as this one would.  customer: whose words; None for an invented newcomer's, half-way through
    a trial.  known: False for the worst case, somebody of whom nothing is known, so that every fallback shows.
    """

    persona: str | None = None
    locale: str | None = None
    customer: Photograph | None = None
    known: bool = True


def specimen(composer: Composer, playbook: Playbook, email: str, to: str, reader: Reader, now: datetime) -> Letter:
    """Write one email as somebody would get it, addressed to `to` instead; its subject says that it is a test.

    Its links are well-formed and mean nobody, so that trying them changes nothing.  Raises as `Composer.render` does.
    """
    taken = portrait(playbook, reader, now)
    customer = taken.snapshot.customer._replace(email=to)
    taken = taken._replace(snapshot=taken.snapshot._replace(customer=customer))
    letter, _ = composer.letter(playbook, specimen_of(playbook, email, now), taken, now)
    return letter._replace(subject=f"[test] {letter.subject}")


def portrait(playbook: Playbook, reader: Reader, now: datetime) -> Photograph:
    """Give whoever a letter is tried on, as if photographed."""
    taken = reader.customer
    if taken is None:
        traits = {"name": "Ada Byron", "company": "Analytical Engines", "role": "developer"}
        invented = newcomer(playbook, reader.persona, now - 7 * DAY, 14 * DAY)
        known = invented.customer._replace(traits=traits)
        taken = Photograph(invented._replace(customer=known), 0, 0, traits["company"])
    customer = taken.snapshot.customer
    customer = customer._replace(persona=reader.persona or customer.persona, locale=reader.locale or customer.locale)
    if not reader.known:
        customer = customer._replace(traits={}, trial_starts_at=None, trial_ends_at=None)
        taken = taken._replace(account_name=None)
    return taken._replace(snapshot=taken.snapshot._replace(customer=customer))


def specimen_of(playbook: Playbook, email: str, now: datetime) -> Message:
    """Make up the message that would bring this email to nobody.  Raises KeyError where there is no such email."""
    topic, message_id = playbook.emails[email].head.topic, new_id("msg", now)
    return Message(
        id=message_id,
        send_id=message_id.removeprefix("msg_").lower(),
        customer_id="cus_simulated",
        journey="test",
        entry=1,
        step=email,
        pass_=1,
        email=email,
        topic=topic,
        urgent=False,
        customer_gen=0,
        account_gen=0,
        state="queued",
        not_before=now,
        expires_at=now + timedelta(hours=1),
        attempt=0,
    )
