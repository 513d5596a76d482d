"""Moves: rules of the lifecycle that are never made, or that turn people round and round; personas that nobody is."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from nurture.engine.condition import All, Any_, Not
from nurture.engine.duration import in_words
from nurture.engine.leaves import MilestonesReached, SilentFor, StageFor, StageIs
from nurture.engine.lifecycle import Lifecycle, Move
from nurture.engine.linting.book import Book, Spot
from nurture.engine.linting.world import never
from nurture.engine.problem import Problem
from nurture.engine.reading import models_in

NO_TIME = timedelta()
LIFECYCLE = Spot("lifecycle", "lifecycle")


def moves_never_made(book: Book) -> Iterator[Problem]:
    """Find the rules that move nobody out of a stage, because an earlier one always wins or they cannot hold there."""
    lifecycle = book.playbook.lifecycle
    for n, move in enumerate(lifecycle.moves):
        behind: dict[int, list[str]] = {}
        for stage in move.from_:
            if move.when is not None and never(move.when, book.worlds([stage])):
                said = f"its condition never holds in {stage!r}"
                yield book.doubtful(LIFECYCLE.within("moves", n), said, f"take {stage} out of `from`")
            elif (first := _winner(lifecycle, n, stage)) is not None:
                behind.setdefault(first, []).append(stage)
        for first, stages in behind.items():
            said = f"moves nobody out of {' or '.join(stages)}: rule {first + 1} fits whenever this one does"
            yield book.doubtful(LIFECYCLE.within("moves", n), said, "put it before that rule, or take it out")


def _winner(lifecycle: Lifecycle, n: int, stage: str) -> int | None:
    """Number the earlier rule that wins over one in a stage whenever that would move somebody; None for none."""
    move = lifecycle.moves[n]
    return next(
        (i for i, one in enumerate(lifecycle.moves[:n]) if stage in one.from_ and _wins(lifecycle, one, move, stage)),
        None,
    )


def _wins(lifecycle: Lifecycle, first: Move, move: Move, stage: str) -> bool:
    if first.on is not None and move.on is not None:
        return set(move.on) <= set(first.on)
    if first.when is None or move.when is None or first.to == stage:
        return False
    waits = lifecycle.minimum_stay > NO_TIME and not _at_once(lifecycle, first) and _at_once(lifecycle, move)
    return not waits and implies(move.when, first.when)


def _at_once(lifecycle: Lifecycle, move: Move) -> bool:
    """Whether the minimum stay does not hold a move back."""
    return lifecycle.minimum_stay == NO_TIME or (lifecycle.has(move.to) and lifecycle.stage(move.to).phase == "use")


def implies(one: Any, other: Any) -> bool:
    """Whether a condition surely holds wherever another one does: `one` holds, so `other` does.  False: not known."""
    if one == other:
        return True
    if isinstance(one, Any_):
        return all(implies(part, other) for part in one.any)
    if isinstance(other, All):
        return all(implies(one, part) for part in other.all)
    if isinstance(one, All) and any(implies(part, other) for part in one.all):
        return True
    if isinstance(other, Any_):
        return any(implies(one, part) for part in other.any)
    if isinstance(one, Not) and isinstance(other, Not):
        return implies(other.not_, one.not_)
    return _longer(one, other)


def _longer(one: Any, other: Any) -> bool:
    """Whether both ask the same, and one asks for more of it."""
    if isinstance(one, SilentFor) and isinstance(other, SilentFor):
        return one.silent_for >= other.silent_for
    if isinstance(one, StageFor) and isinstance(other, StageFor):
        return one.stage_for.at_least >= other.stage_for.at_least
    if isinstance(one, MilestonesReached) and isinstance(other, MilestonesReached):
        return one.milestones.at_least >= other.milestones.at_least
    return False


def moves_in_circles(book: Book) -> Iterator[Problem]:
    """Find the rules that one and the same person fits in turn, and that lead back to where they began."""
    lifecycle, known = book.playbook.lifecycle, set[frozenset[str]]()
    for n, move in enumerate(lifecycle.moves):
        if move.when is None or any(isinstance(inner, StageIs | StageFor) for _, inner in models_in(move.when)):
            continue
        for stage in move.from_:
            circle = _circle(lifecycle, move.when, stage)
            if not circle or frozenset(one.to for one in circle) in known:
                continue
            known.add(frozenset(one.to for one in circle))
            way = " -> ".join([stage, *(one.to for one in circle)])
            if all(_at_once(lifecycle, one) for one in circle):
                said = f"whoever fits this goes round and round at once: {way}"
                yield book.wrong(LIFECYCLE.within("moves", n), said, "let one of these rules ask for something else")
            else:
                said = f"whoever fits this goes round every {in_words(lifecycle.minimum_stay)}: {way}"
                yield book.doubtful(LIFECYCLE.within("moves", n), said, "let one of these rules ask for something else")


def _circle(lifecycle: Lifecycle, fits: Any, start: str) -> Sequence[Move]:
    """Go where somebody of whom only `fits` is known is moved, until they are back; nothing where they come to rest."""
    stage, way = start, list[Move]()
    while len(way) < len(lifecycle.stages):
        moves = (one for one in lifecycle.moves if stage in one.from_ and one.when is not None and one.to != stage)
        following = next((one for one in moves if implies(fits, one.when)), None)
        if following is None:
            return ()
        way.append(following)
        stage = following.to
        if stage == start:
            return way
    return ()


def personas_never_taken(book: Book) -> Iterator[Problem]:
    """Find the personas that nobody is, because an earlier one fits whenever they would."""
    personas = book.playbook.personas.personas
    for n, persona in enumerate(personas):
        for earlier in personas[:n]:
            if persona.when is not None and earlier.when is not None and implies(persona.when, earlier.when):
                said = f"nobody is {persona.id!r}: {earlier.id!r} stands before it and fits whenever it would"
                spot = Spot("personas", "personas", ("personas", n))
                yield book.doubtful(spot, said, f"put it before {earlier.id}")
                break
