"""Rehearse: drafts laid over the published documents, for whoever tries them out.  Nothing is written here."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from jinja2 import TemplateError

from nurture.channels.email.links import Links
from nurture.channels.email.sandbox import TEXT, compiled
from nurture.channels.email.words import tamed
from nurture.engine.decision import Decision, Order
from nurture.engine.draft import sound_part
from nurture.engine.playbook import Playbook, compile_playbook
from nurture.engine.problem import Problem
from nurture.engine.reading import Texts
from nurture.engine.simulate import Transcript
from nurture.engine.snapshot import Snapshot
from nurture.flow.ground import Shelf
from nurture.flow.letters import context
from nurture.store import documents
from nurture.store.messages import Message
from nurture.store.photographs import Photograph
from nurture.store.session import Session

Name = tuple[str, str]
UNRENDERABLE = (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError)


class Draft(NamedTuple):
    """The playbook as it would be, and why a journey was cut short: the problems behind its last sound step."""

    playbook: Playbook
    problems: tuple[Problem, ...] = ()


def laid_over(session: Session, shelf: Shelf, texts: Mapping[Name, str], journey: str | None = None) -> Draft:
    """Compile the published documents with these over them; without any it is the published playbook itself.

    journey: is tried up to its first broken step, if only its own steps are broken.
    Raises Unsound, or NoPlaybook where nothing stands and nothing is given.
    """
    if not texts:
        return Draft(shelf.playbook(session))
    revision, standing = documents.published(session)
    pinned, since = documents.all_versions_in_use(session), documents.standing_since(session, "journey")
    joined: dict[Name, tuple[int, str]] = dict(standing)
    for name, text in texts.items():
        number, before = standing.get(name, (0, ""))
        if text != before:
            joined[name] = (_free(name, number, pinned), text)
            since.pop(name[1] if name[0] == "journey" else "", None)
    return _compiled(revision + 1, joined, journey, pinned, since)


def _free(name: Name, number: int, pinned: Mapping[tuple[str, int], str]) -> int:
    """Give a draft a revision that nobody walks."""
    walked = [revision for key, revision in pinned if name == ("journey", key)]
    return max([number, *walked]) + 1


def _compiled(
    revision: int,
    texts: Texts,
    journey: str | None,
    pinned: Mapping[tuple[str, int], str],
    since: Mapping[str, int],
) -> Draft:
    if journey is not None and ("journey", journey) in texts:
        return Draft(*sound_part(texts, journey, pinned, since, revision))
    return Draft(compile_playbook(revision, texts, pinned, since))


def subjects(links: Links, playbook: Playbook, transcript: Transcript) -> dict[tuple[datetime, str, str | None], str]:
    """Write the subjects of the letters of a transcript: (moment, journey, step) -> subject.

    Of an email, nothing else is compiled.  A subject that cannot be rendered is left out.
    """
    found: dict[tuple[datetime, str, str | None], str] = {}
    for at, decision in transcript.beats:
        for order in decision.orders:
            with suppress(*UNRENDERABLE):
                found[at, order.journey, order.step] = _subject(links, playbook, decision, order, at)
    return found


def _subject(links: Links, playbook: Playbook, decision: Decision, order: Order, at: datetime) -> str:
    customer = decision.customer
    chosen = playbook.emails[order.email].choose(customer.persona, customer.locale)
    photograph = Photograph(Snapshot(customer, decision.facts), 0, 0)
    words = tamed(context(playbook, _message(customer.id, order, at), photograph, links, at))
    words["language"] = chosen.language
    return " ".join(compiled(chosen.head.subject, TEXT)(words).split())


def _message(customer_id: str, order: Order, at: datetime) -> Message:
    return Message(
        id="msg_simulated",
        send_id="simulated",
        customer_id=customer_id,
        journey=order.journey,
        entry=order.entry,
        step=order.step,
        pass_=order.pass_,
        email=order.email,
        topic=order.topic,
        urgent=order.urgent,
        customer_gen=0,
        account_gen=0,
        state="queued",
        not_before=at,
        expires_at=order.expires_at,
        attempt=0,
    )
