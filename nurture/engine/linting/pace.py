"""Pace: how much one journey writes to somebody at most, and whether there is time for what it plans."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

from nurture.engine.document import DAY
from nurture.engine.duration import in_words
from nurture.engine.journey import Journey
from nurture.engine.linting.book import Book, Spot, bases, email_of
from nurture.engine.linting.world import World, open_paths
from nurture.engine.problem import Problem
from nurture.engine.steps import AnyStep

WEEK = timedelta(days=7)
TRIAL = timedelta(days=14)
LETTERS_A_WEEK = 3  # where the policy has no cap over a week
KEPT = 24  # lives that are followed at once, the most talkative ones
HOUR = timedelta(hours=1)
NO_TIME = timedelta()


class Life(NamedTuple):
    """How one customer could walk.  clock: since they entered.

    sent: when each letter of the last seven days was planned, and by which step.  over: the journey has ended for
    them.  full: these letters are more than anybody may get.
    """

    clock: timedelta = NO_TIME
    sent: tuple[tuple[timedelta, str], ...] = ()
    over: bool = False
    full: bool = False

    def later(self, span: timedelta) -> "Life":
        """The same one, so much later."""
        return self._replace(clock=self.clock + span)

    def writes(self, step: str, most: int) -> "Life":
        """The same one, a letter later; a span is half-open, as a cap's is."""
        lately = tuple(one for one in self.sent if self.clock < one[0] + WEEK)
        return self._replace(sent=(*lately, (self.clock, step)), full=len(lately) >= most)


class Way(NamedTuple):
    """A way through a step: what is waited before it at least and at most, and its steps."""

    least: timedelta
    most: timedelta
    steps: Sequence[AnyStep]


class Pace(NamedTuple):
    """What waits count from.  trial: how long it is, None where the journey does not begin with it.

    counted: the emails that caps count.  most: how many of them a week.
    """

    trial: timedelta | None
    counted: frozenset[str]
    most: int
    worlds: tuple[World, ...]


def too_many_letters(book: Book) -> Iterator[Problem]:
    """Find the journeys that alone would write more to somebody in a week than the policy lets anybody get."""
    policy = book.playbook.policy
    most = min((cap.at_most for cap in policy.caps if cap.per == WEEK), default=LETTERS_A_WEEK)
    counted = frozenset(
        key for key, email in book.playbook.emails.items() if not policy.transactional(email.head.topic)
    )
    for _, journey in book.journeys:
        spots = {step.id: spot for spot, step in book.steps(journey)}
        found: dict[tuple[tuple[timedelta, str], ...], list[str]] = {}
        for persona in book.playbook.personas.personas:
            worlds = tuple(world for world in book.worlds(journey.stages) if world.persona == persona.id)
            trial = _trial(book, journey) if _begins_with_the_trial(book, journey) else None
            lives = _walk(journey.steps, [Life()], Pace(trial, counted, most, worlds))
            for life in [life for life in lives if life.full][:1]:
                found.setdefault(life.sent, []).append(persona.id)
        for letters, personas in found.items():
            span = letters[-1][0] - letters[0][0]
            said = f"{' and '.join(personas)} may get {len(letters)} letters within {in_words(span)}"
            said += f" ({', '.join(step for _, step in letters)}); {most} a week is the most"
            yield book.doubtful(
                spots[letters[-1][1]], said, "the caps will hold some back: leave one out, or wait longer"
            )


def _begins_with_the_trial(book: Book, journey: Journey) -> bool:
    stages = journey.enter.stage if journey.enter is not None and journey.enter.on is None else None
    return book.playbook.lifecycle.starts.signup in (stages or ())


def _trial(book: Book, journey: Journey) -> timedelta:
    """How long a trial of those who walk it is: as long as its scenarios say, or else 14 days."""
    days = [one.trial_days for one in book.playbook.scenarios.values() if one.journey in bases(book, journey.id)]
    return max(days) * DAY if days else TRIAL


def _walk(steps: Sequence[AnyStep], lives: list[Life], pace: Pace) -> list[Life]:
    """Walk a sequence in every way in which it could be walked; where there are too many, the most talkative ones.

    It is over with the first letter too many.
    """
    for step in steps:
        if any(life.full for life in lives):
            break
        if not step.off:
            over = [life for life in lives if life.over]
            lives = _kept([*over, *_step(step, [life for life in lives if not life.over], pace)])
    return lives


def _kept(lives: list[Life]) -> list[Life]:
    different = list(dict.fromkeys(lives))
    return sorted(different, key=lambda life: -len(life.sent))[:KEPT] if len(different) > KEPT else different


def _step(step: AnyStep, lives: list[Life], pace: Pace) -> list[Life]:
    """Say how one step could go: what is waited for may come at once, or at the last moment."""
    if email := email_of(step):
        return [one.writes(step.id, pace.most) for one in lives] if email in pace.counted else lives
    if step.do == "end":
        return [one._replace(over=True) for one in lives]
    if step.do == "wait":
        return [one.later(step.span) for one in lives]
    if step.do == "wait_until":
        return [one._replace(clock=max(one.clock, _planned(step, pace))) for one in lives]
    ways = _ways(step, pace.worlds)
    for _ in range((step.times if step.do == "repeat" else 1) if ways else 0):
        if any(one.full for one in lives):
            break
        walking, over = [one for one in lives if not one.over], [one for one in lives if one.over]
        for way in ways:
            begin = _kept([one.later(span) for one in walking for span in (way.least, way.most)])
            over += _walk(way.steps, begin, pace)
        lives = _kept(over)
    return lives


def _ways(step: AnyStep, worlds: Sequence[World]) -> list[Way]:
    """The ways through a step that holds others; none for a step that does not."""
    if step.do == "wait_for":
        return [Way(NO_TIME, step.up_to, step.then), Way(step.up_to, step.up_to, step.else_)]
    if step.do == "care":
        patience = step.patience or NO_TIME
        done = [Way(NO_TIME, patience, way) for way in (*step.outcomes.values(), ())]
        return [*done, Way(patience, patience, step.else_)]
    if step.do == "split":
        return [Way(NO_TIME, NO_TIME, step.paths[n].steps) for n in sorted(open_paths(step.paths, worlds))]
    if step.do == "repeat":
        return [Way(NO_TIME, NO_TIME, way) for way in ((step.steps, ()) if step.until is not None else (step.steps,))]
    return [Way(NO_TIME, NO_TIME, way) for way in step.sequences().values()]


def _planned(step: AnyStep, pace: Pace) -> timedelta:
    """When a wait is over, counted from the entry; at once, where that cannot be known."""
    if step.do != "wait_until" or step.trial is None or pace.trial is None:
        return NO_TIME
    return step.offset if step.trial == "start" else pace.trial + step.offset


def past_the_trial(book: Book) -> Iterator[Problem]:
    """Find the waits for a moment of the trial that is over by the time anybody comes to them."""
    for _, journey in book.journeys:
        if not _begins_with_the_trial(book, journey):
            continue
        pace = Pace(_trial(book, journey), frozenset(), 0, book.worlds(journey.stages))
        spots = {step.id: spot for spot, step in book.steps(journey)}
        yield from _late(book, journey.steps, NO_TIME, pace, spots, [])


def _late(
    book: Book, steps: Sequence[AnyStep], clock: timedelta, pace: Pace, spots: dict[str, Spot], ends: list[timedelta]
) -> Iterator[Problem]:
    """Walk the quickest way.  ends: gets when whoever walks on comes to the end of this sequence."""
    for step in steps:
        if step.off:
            continue
        if step.do == "end":
            return
        if step.do == "wait_until":
            planned = _planned(step, pace)
            if step.trial == "end" and pace.trial is not None and clock > planned:
                said = f"comes too late in a trial of {in_words(pace.trial)}: nobody is here before {in_words(clock)}"
                yield book.doubtful(spots[step.id], f"{said} after the entry", "wait less before it")
            clock = max(clock, planned)
        elif step.do == "wait":
            clock += step.span
        elif ways := _ways(step, pace.worlds):
            joined: list[timedelta] = []
            for way in ways:
                yield from _late(book, way.steps, clock + way.least, pace, spots, joined)
            if not joined:
                return
            clock = min(joined)
    ends.append(clock)


def breathless_rounds(book: Book) -> Iterator[Problem]:
    """Find the repeats without a wait, whose rounds all come at once."""
    for _, journey in book.journeys:
        for spot, step in book.steps(journey):
            if step.do == "repeat" and not any(_takes_time(inner) for inner in step.steps):
                said = f"nothing in it waits: all {step.times} rounds come at once"
                yield book.doubtful(spot, said, "begin its steps with a `wait`")


def _takes_time(step: AnyStep) -> bool:
    if step.off:
        return False
    waits = step.do in ("wait", "wait_for", "wait_until") or (step.do == "care" and step.patience is not None)
    return waits or any(_takes_time(inner) for way in step.sequences().values() for inner in way)


def narrow_window(book: Book) -> Iterator[Problem]:
    """Find a window that hardly opens."""
    window = book.playbook.policy.window
    opens, closes = (
        timedelta(hours=one.hour, minutes=one.minute, seconds=one.second) for one in (window.from_, window.to)
    )
    span = (closes - opens) % DAY
    if span < HOUR:
        said = f"letters may go out {in_words(span)} a day: what does not fit waits for the next day, or is too late"
        yield book.doubtful(Spot("policy", "policy", ("window",)), said, "leave an hour at least")
