"""Traces: what documents name and nobody uses, and what they wait for and nobody has seen."""

from collections.abc import Iterator
from difflib import get_close_matches

from nurture.engine.journey import Enter, Goal
from nurture.engine.leaves import Did, DidNot
from nurture.engine.lifecycle import Move
from nurture.engine.linting.book import Book, Spot, bases
from nurture.engine.milestones import Milestone
from nurture.engine.playbook import ANY
from nurture.engine.problem import Problem
from nurture.engine.reading import models_in, references
from nurture.engine.rehearsal import unkept
from nurture.engine.scenario import Happening
from nurture.engine.steps.split import Split
from nurture.engine.steps.wait_for import Happens

ALIKE = 0.9  # how like another name is, from 0 to 1, that is taken for a slip of the pen
OURS = frozenset(
    {ANY, "signed_up", "lead_captured", "survey_answered", "unsubscribed", "care_done", "wishes", "trial_changed"}
)
"""Facts that nurture itself tells, or that stand for others."""


def used_by_nobody(book: Book) -> Iterator[Problem]:
    """Find the segments that no document names."""
    used = {key for document in book.documents.values() for _, kind, key in references(document) if kind == "segment"}
    for key in book.playbook.segments:
        if key not in used:
            yield book.doubtful(Spot("segment", key), "no document uses this segment", "take it out")


def nobodys_task(book: Book) -> Iterator[Problem]:
    """Find the care steps whose task goes to nobody, since neither they nor the policy name an owner."""
    if book.playbook.policy.owners:
        return
    for _, journey in book.journeys:
        for spot, step in book.steps(journey):
            if step.do == "care" and step.owner is None and book.playbook.tasks[step.task].owner is None:
                yield book.doubtful(spot, "nobody is asked: the policy has no `owners`", "name them in policy.yaml")


def variant_without_goal(book: Book) -> Iterator[Problem]:
    """Find the variants that lead nowhere in particular, where the journey they stand for has a goal."""
    for spot, journey in book.journeys:
        for n, variant in enumerate(journey.variants):
            other = book.playbook.live(variant.journey)
            if journey.goal is not None and other is not None and other.journey.goal is None:
                said = (
                    f"{variant.journey!r} has no goal, and this journey has one: reaching it does not end the variant"
                )
                yield book.doubtful(spot.within("variants", n), said, f"write the same `goal` into {variant.journey}")


def expectations_broken(book: Book) -> Iterator[Problem]:
    """Find the scenarios that no longer go as they expect."""
    for problem in unkept(book.playbook, must_fix=book.binding):
        key = next(key for kind, key in book.documents if kind == "scenario" and problem.file.endswith(f"/{key}.yaml"))
        line = book.wrong(Spot("scenario", key, (problem.key,)), "").line
        yield problem._replace(line=line)


def misspelt_events(book: Book) -> Iterator[Problem]:
    """Find the events that are named once, nearly as another one is."""
    named: dict[str, list[Spot]] = {}
    for event, spot in _events(book):
        named.setdefault(event, []).append(spot)
    for event, spots in named.items():
        others = [other for other in named if other != event and len(named[other]) > 1]
        near = get_close_matches(event, others, n=1, cutoff=ALIKE)
        if len(spots) == 1 and near:
            said = f"the event {event!r} is named nowhere else"
            yield book.doubtful(spots[0], said, f"did you mean {near[0]!r}?")


def unheard_events(book: Book) -> Iterator[Problem]:
    """Find the events that something rests on and that nobody has ever sent; nothing, where that was not measured."""
    if book.heard is None:
        return
    told = set[str]()
    for event, spot in _events(book):
        if event not in book.heard and event not in OURS | told and spot.kind != "scenario":
            told.add(event)
            yield book.doubtful(spot, f"no event {event!r} has ever come in", "check its name with whoever sends it")


def _events(book: Book) -> Iterator[tuple[str, Spot]]:
    """Every event that a document names, and where."""
    for (kind, key), document in book.documents.items():
        for path, model in models_in(document):
            spot = Spot(kind, key, path)
            if isinstance(model, Move | Enter):
                yield from ((event, spot.within("on")) for event in model.on or ())
            elif isinstance(model, Milestone):
                yield model.on, spot.within("on")
            elif isinstance(model, DidNot):
                yield model.did_not, spot.within("did_not")
            elif isinstance(model, Did) or (isinstance(model, Goal) and model.did is not None):
                yield model.did or "", spot.within("did")
            elif isinstance(model, Happens) or (isinstance(model, Happening) and model.event is not None):
                yield model.event or "", spot.within("event")


def taken_by_nobody(book: Book) -> Iterator[Problem]:
    """Find the paths of splits that were open to people and taken by none; nothing, where that was not measured."""
    for _, journey in book.journeys if book.taken is not None else ():
        names = bases(book, journey.id)
        for spot, step in book.steps(journey):
            if not isinstance(step, Split):
                continue
            times = [
                sum((book.taken or {}).get((name, step.id, str(n)), 0) for name in names)
                for n in range(1, len(step.paths) + 1)
            ]
            for n in [n for n, taken in enumerate(times) if not taken and any(times)]:
                said = f"nobody took path {n + 1} in 90 days, and {sum(times)} came to this split"
                yield book.doubtful(spot.within("paths", n), said, "check its condition")
