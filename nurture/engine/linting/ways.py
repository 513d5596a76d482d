"""Ways through a journey: steps that nobody comes to, and conditions that are settled beforehand."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from nurture.engine.journey import Journey
from nurture.engine.linting.book import Book
from nurture.engine.linting.world import World, always, never, open_paths
from nurture.engine.problem import Problem
from nurture.engine.steps import AnyStep
from nurture.engine.steps.experiment import Experiment
from nurture.engine.steps.repeat import Repeat
from nurture.engine.steps.split import Split
from nurture.engine.steps.wait_for import WaitFor


def unreachable_steps(book: Book) -> Iterator[Problem]:
    """Find the first step behind whatever ends the journey for everybody."""
    for _, journey in book.journeys:
        spots = {step.id: spot for spot, step in book.steps(journey)}
        for sequence in _sequences(journey.steps):
            for ending, behind in pairwise(sequence):
                if _ends(ending, journey, book):
                    said = f"nobody comes to {behind.id!r}: the journey has ended at {ending.id!r}"
                    yield book.wrong(spots[behind.id], said, "move it before that step, or take it out")
                    break


def _sequences(steps: Sequence[AnyStep]) -> Iterator[Sequence[AnyStep]]:
    """Go through every sequence of a tree, without the steps that are off."""
    awake = [step for step in steps if not step.off]
    yield awake
    for step in awake:
        for inner in step.sequences().values():
            yield from _sequences(inner)


def _ends(step: AnyStep, journey: Journey, book: Book) -> bool:
    """Whether nobody walks on behind this step."""
    if step.off:
        return False
    if step.do == "end":
        return True
    if step.do == "move":
        return book.playbook.lifecycle.final(step.to) or (bool(journey.stages) and step.to not in journey.stages)
    ways: list[Sequence[AnyStep]] = []
    if isinstance(step, Split):
        ways = [step.paths[n].steps for n in sorted(open_paths(step.paths, book.worlds(journey.stages)))]
    elif isinstance(step, WaitFor):
        ways = [step.then, step.else_]
    elif isinstance(step, Experiment):
        ways = [arm.steps for arm in step.arms]
    elif isinstance(step, Repeat) and step.until is None:
        ways = [step.steps]
    return bool(ways) and all(any(_ends(inner, journey, book) for inner in way) for way in ways)


def impossible_paths(book: Book) -> Iterator[Problem]:
    """Find the paths of splits that nobody can take."""
    for _, journey in book.journeys:
        worlds = book.worlds(journey.stages)
        for spot, step in book.steps(journey):
            if not isinstance(step, Split) or not worlds:
                continue
            taken = open_paths(step.paths, worlds)
            for n, path in enumerate(step.paths):
                if n in taken:
                    continue
                if path.when is not None:
                    why = _why_not(path.when, worlds)
                    yield book.wrong(spot.within("paths", n), f"nobody takes path {n + 1}: {why}", "take it out")
                elif path.steps:
                    said = "nobody is left for `otherwise`: every stage and persona has a path above"
                    yield book.doubtful(spot.within("paths", n), said, "leave its steps empty")


def _why_not(when: object, worlds: Sequence[World]) -> str:
    if never(when, worlds):
        return "its condition holds in no stage of this journey"
    return "a path above it holds whenever this one does"


def conditions_decided(book: Book) -> Iterator[Problem]:
    """Find the steps that ask what is settled beforehand, by the journey's stages or the playbook's personas."""
    for _, journey in book.journeys:
        worlds = book.worlds(journey.stages)
        for spot, step in book.steps(journey):
            if isinstance(step, WaitFor) and never(step.what, worlds):
                said = "what it waits for can never hold in this journey"
                yield book.wrong(spot.within("what"), said, "wait for something else, or write a `wait`")
            elif isinstance(step, WaitFor) and always(step.what, worlds) and step.else_:
                yield book.wrong(spot.within("else"), "nobody comes here: what it waits for always holds")
            elif step.do == "email" and step.unless is not None and always(step.unless, worlds):
                yield book.wrong(spot.within("unless"), "always holds in this journey, so nobody gets the email")
            elif isinstance(step, Repeat) and step.until is not None and always(step.until, worlds):
                yield book.wrong(spot.within("until"), "always holds in this journey, so nobody walks its steps")


def drawn_by_nobody(book: Book) -> Iterator[Problem]:
    """Find the arms that no new arrival is given."""
    for _, journey in book.journeys:
        for spot, step in book.steps(journey):
            for n, arm in enumerate(step.arms if isinstance(step, Experiment) else ()):
                if arm.weight == 0 and arm.steps:
                    said = f"arm {arm.id!r} weighs 0: only who has it already walks its steps"
                    yield book.doubtful(
                        spot.within("arms", n), said, "leave it until they are through, then take it out"
                    )
