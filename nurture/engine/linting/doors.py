"""Doors of a journey: those that nobody enters by, nobody leaves by, or that lead round in a circle."""

from collections.abc import Iterator, Mapping

from nurture.engine.journey import Journey
from nurture.engine.linting.book import Book, Spot, bases
from nurture.engine.linting.world import never
from nurture.engine.problem import Problem
from nurture.engine.steps import AnyStep

USE = "use"  # the phase of a lifecycle in which customers have adopted
RESTING = ("wait", "wait_for", "wait_until", "repeat")


def no_way_in(book: Book) -> Iterator[Problem]:
    """Find the journeys that nobody enters: by themselves, as a variant, or because a step starts them."""
    named = {variant.journey for _, journey in book.journeys for variant in journey.variants}
    named |= {step.journey for _, journey in book.journeys for _, step in book.steps(journey) if step.do == "start"}
    for spot, journey in book.journeys:
        if journey.enter is None and journey.id not in named:
            said = "nobody enters it: it has no `enter`, is no variant, and no step starts it"
            yield book.wrong(spot, said, "write `enter`, or name it in `variants` or in a `start` step")
        elif journey.enter is not None and journey.enter.when is not None:
            entering = book.worlds(journey.enter.stage or journey.stays or ())
            if never(journey.enter.when, entering):
                said = "nobody enters it: the condition holds in none of the stages it is entered in"
                yield book.wrong(spot.within("enter", "when"), said, "change the condition or the stage")


def ends_at_once(book: Book) -> Iterator[Problem]:
    """Find the journeys, and the variants of them, whose people all leave in the moment in which they enter."""
    playbook = book.playbook
    stages = [stage.id for stage in playbook.lifecycle.stages]
    personas = [persona.id for persona in playbook.personas.personas]
    for version in playbook.journeys:
        journey, spot = version.journey, Spot("journey", version.journey.id)
        ways = {(stage, who) for stage in stages if version.allows(stage, playbook.finals) for who in personas}
        own = {stage for stage, who in ways if journey.shape(stage, who) == journey.id}
        if own and journey.enter is not None and not any(_stays(book, journey, stage) for stage in own):
            said = f"whoever enters leaves at once: it is entered in {_or(own)}, and does not stay there"
            yield book.wrong(spot.within("enter"), said, "name that stage in `stays`")
        for n, variant in enumerate(journey.variants):
            theirs = {stage for stage, who in ways if _fits_best(journey, n, stage, who)}
            other = playbook.live(variant.journey)
            if not theirs:
                said = f"nobody walks {variant.journey!r} by this: those whom it fits never enter, or another fits them"
                yield book.wrong(spot.within("variants", n), said, "change its stage or persona, or take it out")
            elif other is not None and not any(_stays(book, other.journey, stage) for stage in theirs):
                said = f"whoever enters it leaves at once: {variant.journey!r} does not stay in {_or(theirs)}"
                yield book.wrong(spot.within("variants", n), said, f"name that stage in `stays` of {variant.journey}")


def _fits_best(journey: Journey, n: int, stage: str, persona: str) -> bool:
    fits = [variant.fits(stage, persona) for variant in journey.variants]
    return fits[n] > 0 and fits.index(max(fits)) == n


def _stays(book: Book, journey: Journey, stage: str) -> bool:
    return stage not in book.playbook.finals and (not journey.stages or stage in journey.stages)


def _or(stages: set[str]) -> str:
    return " or ".join(sorted(stages))


def no_way_out(book: Book) -> Iterator[Problem]:
    """Find the journeys that go on writing to whoever has adopted, because nothing ends them early."""
    adopted = [stage.id for stage in book.playbook.lifecycle.stages if stage.phase == USE]
    for spot, journey in book.journeys:
        open_ended = journey.goal is None and not journey.leave_when and not journey.stages
        once = journey.enter is not None and journey.enter.once
        if open_ended and adopted and not once and any(_rests(step) for _, step in book.steps(journey)):
            said = f"nothing ends it early: it goes on also for who is {_or(set(adopted))} by then"
            yield book.doubtful(spot, said, "write a `goal`, the stages it `stays` in, or `leave_when`")


def _rests(step: AnyStep) -> bool:
    return step.do in RESTING or (step.do == "care" and step.patience is not None)


def circles_of_starts(book: Book) -> Iterator[Problem]:
    """Find the journeys that start one another without an end."""
    journeys = {journey.id: journey for _, journey in book.journeys}
    starts: dict[str, dict[str, Spot]] = {key: {} for key in journeys}
    for journey in journeys.values():
        for spot, step in book.steps(journey):
            if step.do == "start":
                for base in bases(book, journey.id):
                    starts[base].setdefault(step.journey, spot.within("journey"))
    for key, ahead in starts.items():
        if key in ahead:
            said = "a journey that somebody walks cannot be started again: this is refused each time"
            yield book.doubtful(ahead[key], said, "take it out, or use `repeat`")
    endless = {key: {one: spot for one, spot in ahead.items() if one != key} for key, ahead in starts.items()}
    endless = {key: ahead for key, ahead in endless.items() if _again_and_again(journeys[key])}
    for key, ahead in endless.items():
        for other, spot in ahead.items():
            circle = {one for one in _leads_to(other, endless) if key in _leads_to(one, endless)}
            if key == min(circle, default=""):
                said = f"{key!r} starts {other!r}, which leads back to {key!r}: nobody would ever be through with it"
                yield book.wrong(spot, said, "let one of them be walked once: `again: never`")


def _leads_to(key: str, starts: Mapping[str, Mapping[str, Spot]]) -> set[str]:
    """Everything that a journey leads to by starts; itself only if it comes back."""
    found, ahead = set[str](), [*starts.get(key, ())]
    while ahead:
        one = ahead.pop()
        if one not in found:
            found.add(one)
            ahead.extend(starts.get(one, ()))
    return found


def _again_and_again(journey: Journey) -> bool:
    return journey.enter is not None and journey.enter.again == "always"


def held_by_each_other(book: Book) -> Iterator[Problem]:
    """Find the journeys that name each other in `holds` and would both go first."""
    journeys = {journey.id: journey for _, journey in book.journeys}
    for spot, journey in book.journeys:
        for key in journey.holds or ():
            other = journeys.get(key)
            if other is None or other.holds is None or journey.id not in other.holds or key <= journey.id:
                continue
            if other.priority == journey.priority:
                said = f"this and {key!r} hold each other with one priority: their names decide which of them rests"
                yield book.doubtful(spot.within("holds"), said, "give one of them the higher `priority`")
