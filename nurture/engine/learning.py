"""What the news teaches: rings of moments, milestones, answers, signs of life."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from nurture.engine.decision import Reached
from nurture.engine.deliberation import Deliberation
from nurture.engine.duration import parse_duration
from nurture.engine.playbook import ANY, Ring
from nurture.engine.snapshot import Answered, Cared, Fact, Wishes

FAR = datetime.max.replace(tzinfo=UTC)

SIGNED_UP = "signed_up"
LEAD_CAPTURED = "lead_captured"
ANSWERED = "survey_answered"
UNSUBSCRIBED = "unsubscribed"

CARE_DONE = "care_done"
WISHES = "wishes"
TRIAL_CHANGED = "trial_changed"
STARTED_BY_HAND = "started_by_hand"
UNREACHABLE = "email_unreachable"  # their address takes no letters
REPORTED = "email_reported"  # what else a provider tells of a letter: kept, and of no effect
MAIL = {f"email_{was}": was for was in ("delivered", "clicked", "replied", "bounced")}

MOVED_BY_HAND = "moved_by_hand"
PERSONA_CHOSEN = "persona_chosen"
TRAITS_TOLD = "traits_told"
HELD_BY_HAND, RELEASED_BY_HAND = "held_by_hand", "released_by_hand"
SKIPPED_BY_HAND, SENT_BY_HAND, REMOVED_BY_HAND = "skipped_by_hand", "sent_by_hand", "removed_by_hand"
IMPORTED = "imported"  # somebody who was known before nurture was, and whom nothing is started for

OURS = frozenset(
    {SIGNED_UP, LEAD_CAPTURED, UNSUBSCRIBED, CARE_DONE, WISHES, TRIAL_CHANGED, STARTED_BY_HAND}
    | {UNREACHABLE, REPORTED, MOVED_BY_HAND, PERSONA_CHOSEN, TRAITS_TOLD, IMPORTED, *MAIL}
    | {HELD_BY_HAND, RELEASED_BY_HAND, SKIPPED_BY_HAND, SENT_BY_HAND, REMOVED_BY_HAND}
)
"""Facts that are not the customer using the product: they start things, but are no sign of life."""


def learn(here: Deliberation) -> None:
    """Take in the news, in the order in which it happened."""
    for fact in sorted(here.snapshot.news, key=lambda fact: fact.at):
        if fact.name in TAKEN:
            TAKEN[fact.name](here, fact)
        _count(here, fact)
        _reach(here, fact)
    if here.snapshot.account.shared:
        _tell_colleagues(here)
        _hear_of_colleagues(here)


def sign_of_life(here: Deliberation, fact: Fact) -> bool:
    """Whether this shows the customer using the product, rather than ours or a farewell."""
    return fact.name not in OURS and fact.name not in here.playbook.farewells


def _count(here: Deliberation, fact: Fact) -> None:
    asked = list(here.playbook.rings.get(fact.name, ())) if fact.name != ANY else []
    facts = here.snapshot.facts
    if sign_of_life(here, fact):
        asked.extend(here.playbook.rings.get(ANY, ()))
        here.remember(last_seen=fact.at if facts.last_seen is None else max(facts.last_seen, fact.at))
    matching = [ring for ring in asked if ring.counts(fact.properties)]
    if matching:
        rings = dict(facts.rings)
        for ring in matching:
            rings[ring.key] = newest((*rings.get(ring.key, ()), fact.at), ring)
        here.remember(rings=rings)


def newest(moments: Iterable[Any], ring: Ring) -> tuple[Any, ...]:
    """Keep as many of the newest moments as the ring is deep, newest first."""
    return tuple(sorted(moments, reverse=True)[: ring.depth])


def _reach(here: Deliberation, fact: Fact) -> None:
    for milestone in here.playbook.wins.get(fact.name, ()):
        reached = here.snapshot.facts.milestones
        if milestone.id in reached and fact.at < reached[milestone.id]:  # we hear of the first time only now
            here.remember(milestones={**reached, milestone.id: fact.at})
            here.milestones.append(Reached(milestone.id, fact.at, fact.name))
        elif milestone.id not in reached:
            here.remember(milestones={**reached, milestone.id: fact.at})
            here.milestones.append(Reached(milestone.id, fact.at, fact.name))
            here.note("milestone", fact.name, about=milestone.id)


def _tell_colleagues(here: Deliberation) -> None:
    """Share what they have reached for all of their account, now or before they joined it; the first time counts."""
    known = here.snapshot.account.milestones
    for key, at in here.snapshot.facts.milestones.items():
        if at < known.get(key, FAR) and here.playbook.shared_milestone(key):
            known = {**known, key: at}
            here.share(milestones=known)


def _hear_of_colleagues(here: Deliberation) -> None:
    """Reach what anybody of the account has reached for all of them."""
    for key, at in here.snapshot.account.milestones.items():
        reached = here.snapshot.facts.milestones
        if at < reached.get(key, FAR) and here.playbook.shared_milestone(key):
            here.remember(milestones={**reached, key: at})
            here.milestones = [one for one in here.milestones if one.milestone != key]
            here.milestones.append(Reached(key, at, "reached by a colleague"))
            if key not in reached:
                here.note("milestone", "reached by a colleague", about=key)


def _take_answer(here: Deliberation, fact: Fact) -> None:
    survey = here.playbook.surveys.get(str(fact.properties.get("survey")))
    value = fact.properties.get("value")
    if survey is None or not isinstance(value, int | str) or isinstance(value, bool):
        return
    facts = here.snapshot.facts
    if survey.id in facts.answers and facts.answers[survey.id].at > fact.at:
        return
    here.remember(answers={**facts.answers, survey.id: Answered(fact.at, value)})
    here.note("answered", f"{survey.question} {value}", about=survey.id)
    if survey.sets:
        here.tell({survey.sets: value}, min(fact.at, here.now))


def _take_outcome(here: Deliberation, fact: Fact) -> None:
    """Remember what came of a care task; the first outcome of a task stands."""
    key, task, outcome = (str(fact.properties.get(name, "")) for name in ("key", "task", "outcome"))
    if key and key not in here.snapshot.facts.care:
        here.remember(care={**here.snapshot.facts.care, key: Cared(fact.at, task, outcome)})
        here.note("answered", f"{task}: {outcome}", about=task)


def _take_mail(here: Deliberation, fact: Fact) -> None:
    """Remember when a letter was last delivered, clicked, replied to or bounced."""
    mail, email, was = here.snapshot.facts.mail, str(fact.properties.get("email", "")), MAIL[fact.name]
    if email in here.playbook.emails:
        known = mail.get(email, {})
        here.remember(mail={**mail, email: {**known, was: max(fact.at, known.get(was, fact.at))}})


def _take_wishes(here: Deliberation, fact: Fact) -> None:
    """Remember what a recipient chose; a wish that is not named, or cannot be read, stays as it was."""
    wishes, asked = here.snapshot.facts.wishes, fact.properties
    if "pause_until" in asked:
        until = asked["pause_until"]
        wishes = wishes._replace(pause_until=_moment(until) or wishes.pause_until if until else None)
    if "fewer" in asked:
        wishes = wishes._replace(fewer=bool(asked["fewer"]))
    if isinstance(asked.get("topics_on"), list | tuple):
        wishes = wishes._replace(topics=frozenset(map(str, asked["topics_on"])))
    if wishes != here.snapshot.facts.wishes:
        here.remember(wishes=wishes)
        here.note("wishes", "; ".join(_wishes_in_words(wishes)))


def _take_leave(here: Deliberation, fact: Fact) -> None:
    """Count no letter that was still to go, where they want none at all, or can have none."""
    if fact.name == UNREACHABLE or fact.properties.get("scope") == "all":
        here.forget_waiting()


def _wishes_in_words(wishes: Wishes) -> Iterator[str]:
    yield f"no letters until {wishes.pause_until:%a %d %b %Y %H:%M} UTC" if wishes.pause_until else "no pause"
    yield "fewer mails" if wishes.fewer else "as many mails as we think right"
    if wishes.topics:
        yield f"asks for {', '.join(sorted(wishes.topics))}"


def _take_trial(here: Deliberation, fact: Fact) -> None:
    """Move the trial's end, let the trial rest, or let it go on with as much left as it had."""
    customer, asked = here.customer, fact.properties
    end, paused = customer.trial_ends_at, customer.trial_paused_at
    if asked.get("ends_at"):
        end = _moment(asked["ends_at"]) or end
    if asked.get("extend") and end is not None:
        end += _span(asked["extend"])
    if asked.get("pause") is True and paused is None:
        paused = fact.at
    elif asked.get("pause") is False and paused is not None:
        end, paused = end + (fact.at - paused) if end is not None else None, None
    if (end, paused) != (customer.trial_ends_at, customer.trial_paused_at):
        here.see(trial_ends_at=end, trial_paused_at=paused)
        here.note("trial", _trial_in_words(end, paused))


def _moment(text: Any) -> datetime | None:
    """Read a moment that a fact tells, in UTC where it does not say; None if it cannot be read."""
    try:
        told = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return told if told.tzinfo is not None else told.replace(tzinfo=UTC)


def _span(text: Any) -> timedelta:
    """Read a span that a fact tells; none at all if it cannot be read."""
    try:
        return parse_duration(text)
    except ValueError:
        return timedelta()


def _trial_in_words(end: datetime | None, paused: datetime | None) -> str:
    ends = f"ends {end:%a %d %b %Y %H:%M} UTC" if end is not None else "has no end"
    return f"the trial rests since {paused:%a %d %b %Y %H:%M} UTC" if paused is not None else f"the trial {ends}"


def _take_persona(here: Deliberation, fact: Fact) -> None:
    """Let staff say who somebody is; locked, it stays until they say otherwise."""
    persona, locked = str(fact.properties.get("persona", "")), bool(fact.properties.get("locked"))
    if any(one.id == persona for one in here.playbook.personas.personas):
        because = str(fact.properties.get("because") or "chosen by staff")
        here.see(persona=persona, persona_because=because, persona_locked=locked)
        here.note("persona", because, about=persona)
    elif here.customer.persona_locked and not locked:
        here.see(persona_locked=False)


def _take_traits(here: Deliberation, fact: Fact) -> None:
    """Write down what is said of somebody; None takes a trait away."""
    said = fact.properties.get("traits")
    here.tell(said if isinstance(said, Mapping) else {}, min(fact.at, here.now))


TAKEN = {
    ANSWERED: _take_answer,
    CARE_DONE: _take_outcome,
    WISHES: _take_wishes,
    UNSUBSCRIBED: _take_leave,
    UNREACHABLE: _take_leave,
    TRIAL_CHANGED: _take_trial,
    PERSONA_CHOSEN: _take_persona,
    **dict.fromkeys((TRAITS_TOLD, SIGNED_UP, LEAD_CAPTURED), _take_traits),
    **dict.fromkeys(MAIL, _take_mail),
}
