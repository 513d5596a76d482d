"""What a step asks for is done here: letters before the one arbiter, tasks, notices, calls, other journeys."""

from datetime import datetime, timedelta

from nurture.engine.arbiter import Proposal, clearance, kept_aside_from, remembered
from nurture.engine.decision import CallOrder, NoticeOrder, Order, TaskOrder
from nurture.engine.deliberation import Deliberation
from nurture.engine.duration import in_words
from nurture.engine.entering import start
from nurture.engine.routing import owner_for
from nurture.engine.snapshot import Enrollment, Touch
from nurture.engine.steps import Call, CareTask, Letter, Notice, Outcome, Start

ALWAYS = timedelta(days=30)  # how long a letter that is never too late may lie before hand-over


def act(here: Deliberation, enrollment: Enrollment, outcome: Outcome, planned: datetime) -> Outcome:
    """Do what an outcome asks for, or say why not; returns the outcome as it then is."""
    effect = outcome.effect
    if isinstance(effect, Letter):
        return _letter(here, enrollment, effect, planned)
    if isinstance(effect, CareTask):
        _ask(here, enrollment, effect, outcome.because)
    elif isinstance(effect, Notice):
        _show(here, enrollment, effect, outcome.because)
    elif isinstance(effect, Call):
        here.calls.append(CallOrder(*_where(enrollment), effect.outbound, effect.send, outcome.because))
        _note(here, "call", enrollment, outcome.because, effect.outbound)
    elif isinstance(effect, Start):
        _note(here, "onward", enrollment, outcome.because)
        start(here, effect.journey, f"{enrollment.journey} starts it at {enrollment.step}")
    return outcome


def _where(enrollment: Enrollment) -> tuple[str, int, str, int]:
    assert enrollment.step is not None
    return enrollment.journey, enrollment.entry, enrollment.step, enrollment.pass_


def _note(here: Deliberation, do: str, enrollment: Enrollment, because: str, about: str | None = None) -> None:
    here.note(do, because, journey=enrollment.journey, step=enrollment.step, about=about)


def _ask(here: Deliberation, enrollment: Enrollment, asked: CareTask, because: str) -> None:
    """Ask a person of ours, ask another one, or ask nobody any more."""
    owner, routed = owner_for(here.playbook, here.snapshot, asked.owner, asked.task, here.now)
    said = because if asked.do == "lapse" else f"{because}; {routed}"
    here.tasks.append(TaskOrder(asked.do, *_where(enrollment), asked.task, owner, said, asked.due_at))
    do = {"open": "task", "escalate": "escalated", "lapse": "onward"}[asked.do]
    _note(here, do, enrollment, said, asked.task)


def _show(here: Deliberation, enrollment: Enrollment, notice: Notice, because: str) -> None:
    """Show a message in the product, unless they are kept aside."""
    if aside := kept_aside_from(here.snapshot, enrollment.journey):
        _note(here, "withheld", enrollment, f"withheld: {aside}")
        return
    here.notices.append(NoticeOrder(*_where(enrollment), *notice, because))
    _note(here, "notice", enrollment, because)


def _letter(here: Deliberation, enrollment: Enrollment, letter: Letter, planned: datetime) -> Outcome:
    """Judge a letter, as the one arbiter over all journeys: born now, held, withheld, or too late."""
    policy, now = here.playbook.policy, here.now
    if letter.email not in here.playbook.emails:  # an older version that they still walk asks for it
        gone = f"skipped: the email {letter.email} was deleted"
        _note(here, "skipped", enrollment, gone, letter.email)
        return Outcome(gone, onward=True, effect=letter)
    topic = here.playbook.emails[letter.email].head.topic
    if hurry := here.hurried.pop((enrollment.journey, enrollment.entry), ""):
        letter, planned = letter._replace(urgent=True), now
    then = letter.late or policy.lateness.then
    late = now - planned > policy.lateness.after and not policy.topic(topic).transactional
    if late and (too_late := _too_late(here, then, planned)):
        _note(here, "skipped", enrollment, too_late, letter.email)
        return Outcome(too_late, onward=True, effect=letter)
    judged = clearance(policy, here.snapshot, Proposal(enrollment.journey, topic, letter.urgent), now)
    if judged.verdict == "held":
        return Outcome(judged.because, due_at=judged.until)
    if judged.verdict == "withheld":
        _note(here, "withheld", enrollment, judged.because, letter.email)
        return Outcome(judged.because, onward=True, effect=letter)
    because = hurry or judged.because
    expires = planned + policy.lateness.after if then == "skip" else now + ALWAYS
    order = Order(
        *(enrollment.journey, enrollment.entry, enrollment.step or ""),
        email=letter.email,
        topic=topic,
        urgent=letter.urgent,
        because=because,
        expires_at=max(expires, now),
        pass_=enrollment.pass_,
    )
    here.orders.append(order)
    _note(here, "letter", enrollment, because, letter.email)
    if late:
        here.remember(caught_up=now)
    if not policy.topic(topic).transactional:
        _touch(here, order.key)
    return Outcome(because, onward=True, effect=letter, planned=planned if late and then == "send" else now)


def _too_late(here: Deliberation, then: str, planned: datetime) -> str:
    """Say why a late letter is not written any more; '' if it still is.

    Whatever was late when a late letter last went out is made good by that one: nobody gets a heap of them.
    """
    said = f"planned for {planned:%a %d %b %H:%M} UTC, {in_words(here.now - planned)} ago"
    caught_up = here.snapshot.facts.caught_up
    if then == "skip":
        return f"skipped as late: {said}"
    if caught_up is not None and planned <= caught_up:
        return f"skipped as late: {said}; one late letter, of {caught_up:%a %d %b %H:%M} UTC, stands for all"
    return ""


def _touch(here: Deliberation, key: str) -> None:
    """Count a letter against the caps, theirs and their account's."""
    policy, touches, account = here.playbook.policy, here.snapshot.facts.touches, here.snapshot.account
    here.remember(touches=(Touch(here.now, key, pending=True), *remembered(policy, touches, here.now)))
    if policy.account_cap is not None:
        kept = remembered(policy, account.touches, here.now)
        here.share(touches=(Touch(here.now, f"{here.customer.id}|{key}", pending=True), *kept))
