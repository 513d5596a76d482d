"""The checklist: every question in order; from the past where it was asked, by the present where nobody asked."""

from typing import Any, NamedTuple

from nurture.engine.arbiter import Proposal, clearance
from nurture.engine.explain.never import as_of_now
from nurture.engine.explain.past import PastWalk
from nurture.engine.explain.reasons import (
    AGAIN,
    ASIDE,
    ASKED,
    CONSENT,
    ENTRY,
    EXIT,
    HELD,
    HOURS,
    JOURNEY,
    LATENESS,
    LIMIT,
    OF_A_JOURNEY,
    OF_A_LETTER,
    PERSONA,
    RENDERING,
    RESTS,
    SENDER,
    STAGE,
    STEP,
    SUPPRESSION,
    TURN,
    Fix,
    fix_for,
    meant,
)
from nurture.engine.explain.trail import day, follow
from nurture.engine.explain.verdict import Case, Verdict
from nurture.engine.steps import AnyStep
from nurture.engine.steps.email import Email
from nurture.engine.steps.survey import Survey


class Check(NamedTuple):
    """One question.

    asks: one of ASKED.  holds: True it passes, False it fails, None it was not asked.  because: why, as a sentence.
    live: answered as of now, because nobody had asked it.  fix: what could be done where it fails.
    """

    asks: str
    holds: bool | None
    because: str
    live: bool = False
    fix: Fix | None = None

    @property
    def answer(self) -> str:
        """`pass`, `fail` or `not asked`."""
        return {True: "pass", False: "fail", None: "not asked"}[self.holds]

    def as_json(self) -> dict[str, Any]:
        """The check as a program reads it."""
        fix = self.fix._asdict() if self.fix is not None else None
        return {"asks": self.asks, "answer": self.answer, "because": self.because, "live": self.live, "fix": fix}


NEVER_ASKED = {
    **{kind: OF_A_LETTER | {ASIDE, SENDER} for kind in ("wait", "wait_for", "wait_until", "split", "experiment")},
    **{kind: OF_A_LETTER | {ASIDE, SENDER} for kind in ("set", "move", "start", "repeat", "end")},
    **{kind: OF_A_LETTER | {ASIDE} for kind in ("care", "webhook")},
    "message": OF_A_LETTER,
}
"""By the type of a step: the questions that are not asked of it."""

UNDER_WAY = frozenset({"queued", "handing", "calling", "open"})
"""States of a deed of which nobody knows yet what comes of it."""

PASSED = {
    LIMIT: "no cap was full",
    LATENESS: "it was not too late",
    SUPPRESSION: "the address could be written to",
    CONSENT: "they had asked for nothing else",
    ASIDE: "they were not kept aside",
    EXIT: "they had not left by then",
    HELD: "nobody of ours held them",
    RESTS: "no other journey made it rest",
    RENDERING: "it could be written",
}


def checklist(case: Case, verdict: Verdict) -> tuple[Check, ...]:
    """Answer every question that concerns the step, or the journey as a whole."""
    subject = _subject(case)
    unasked = NEVER_ASKED.get(subject.do if subject is not None else "", frozenset[str]())
    wanted = [asks for asks in ASKED if case.step is not None or asks in OF_A_JOURNEY]
    live = _live(case, verdict, subject)
    checks = [_check(asks, case, verdict, live) for asks in wanted]
    kind = f"a {subject.do} step" if subject is not None else "such a step"
    return tuple(
        Check(check.asks, None, f"not asked of {kind}") if check.asks in unasked and check.holds is not False else check
        for check in checks
    )


def _check(asks: str, case: Case, verdict: Verdict, live: dict[str, Check]) -> Check:
    email = verdict.deed.about if verdict.deed is not None else None
    if asks == verdict.no:
        return Check(asks, False, verdict.because, fix=fix_for(asks, case.journey, email))
    turn = TURN.index(asks)
    if verdict.reached and turn <= TURN.index(verdict.reached):
        return _passed(asks, case, verdict)
    if asks in live:
        found = live[asks]
        return found if found.holds else found._replace(fix=fix_for(asks, case.journey, email))
    if verdict.no is not None:
        return Check(asks, None, f"not asked: the answer lay in {verdict.no}")
    return Check(asks, None, "not asked before they come to it")


def _passed(asks: str, case: Case, verdict: Verdict) -> Check:
    """Tell of a question that was answered with yes."""
    walk = case.past.walk
    since = f" on {day(verdict.at)}" if verdict.at is not None else ""
    if walk is None and asks in OF_A_JOURNEY:
        return Check(asks, True, f"nothing against it when it was asked{since}")
    if walk is not None and asks in (JOURNEY, ENTRY, STAGE, PERSONA, AGAIN):
        return Check(asks, True, _entered(asks, walk))
    if asks == STEP:
        return _way(case)
    if asks == EXIT and verdict.outcome == "finished":
        return Check(asks, True, verdict.because)
    deed = verdict.deed
    if asks == RENDERING and deed is not None and deed.told:
        return Check(asks, True, f"written in the text {deed.told}")
    if asks == SENDER:
        return Check(asks, None if deed is not None and deed.state in UNDER_WAY else True, _sent(verdict))
    if asks == RENDERING and deed is not None and deed.state == "queued":
        return Check(asks, None, "not asked before its hand-over")
    if asks == HOURS:
        return Check(asks, True, _decided(case, verdict) or f"it was allowed{since}")
    return Check(asks, True, f"{PASSED[asks]}{since}")


def _entered(asks: str, walk: PastWalk) -> str:
    return {
        JOURNEY: f"version {walk.number} of {walk.shape}, which they walk or walked",
        ENTRY: f"entered on {day(walk.entered_at)}: {walk.entered_because}",
        STAGE: f"the stage allowed it on {day(walk.entered_at)}",
        PERSONA: f"walked as {walk.variant}, the variant for them" if walk.variant else "walked in its own shape",
        AGAIN: "entered for the first time" if walk.entry == 1 else f"entered for the {walk.entry}. time",
    }[asks]


def _way(case: Case) -> Check:
    """Tell by which way they came, or would come, to the step."""
    walk, version = case.past.walk, case.version()
    if walk is None or version is None or case.step is None or case.step not in version.places:
        return Check(STEP, True, "nothing was against it")
    trail = follow(version, case.past.notes, walk, case.step)
    return Check(STEP, True, trail.because if trail.holds and trail.because else "nothing was against it")


def _sent(verdict: Verdict) -> str:
    deed = verdict.deed
    if deed is None:
        return "nothing more was asked"
    return "not done yet" if deed.state in UNDER_WAY else f"{deed.state}: {verdict.because}"


def _decided(case: Case, verdict: Verdict) -> str:
    """What the arbiter said when the letter was decided."""
    deed = verdict.deed
    if deed is None:
        return ""
    letters = (note for note in case.past.notes if note.step == case.step and note.do == "letter")
    return next((note.because for note in letters if note.at == deed.at), "")


def _live(case: Case, verdict: Verdict, subject: AnyStep | None) -> dict[str, Check]:
    """Answer as of now what nobody has asked; nothing where a decision has answered."""
    if verdict.no is not None or verdict.deed is not None:
        return {}
    answered = {} if verdict.reached else as_of_now(case)
    live = {asks: Check(asks, one.holds, one.because, live=True) for asks, one in answered.items()}
    held = case.snapshot.customer.hold
    live[HELD] = Check(HELD, not held, held or "nobody of ours holds them now", live=True)
    live |= _mail(case, subject)
    if subject is not None and subject.off:
        live[STEP] = Check(STEP, False, "it is switched off", live=True)
    return live


def _mail(case: Case, subject: AnyStep | None) -> dict[str, Check]:
    """Whether they may be written to at all, as of now."""
    if not isinstance(subject, Email | Survey):
        return {}
    email = case.playbook.emails.get(subject.asks_by if isinstance(subject, Survey) else subject.email)
    if email is None:
        return {}
    walk = case.past.walk
    proposal = Proposal(walk.journey if walk else case.journey, email.head.topic, subject.urgent)
    judged = clearance(case.playbook.policy, case.snapshot, proposal, case.now)
    no = meant(judged.because) if judged.verdict != "go" else None
    said = {SUPPRESSION: "the address may be written to", CONSENT: "nothing is against it", ASIDE: "not kept aside"}
    return {
        asks: Check(asks, asks != no, judged.because if asks == no else f"{words} now", live=True)
        for asks, words in said.items()
    }


def _subject(case: Case) -> AnyStep | None:
    """The step itself, in the version in which they came to it, or else the newest that has it."""
    version = case.version()
    place = version.places.get(case.step) if version is not None and case.step is not None else None
    return place.step if place is not None else None
