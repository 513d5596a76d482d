"""Linting: what is wrong, or looks wrong, in a playbook that compiles; each rule one small function.

Takes: a compiled playbook, the texts it was compiled from, and what was counted, if anything was.
Gives: problems with file and line; those that must be mended stop a publish, the others are advice.
May touch: conditions as far as stage and persona decide them, and scenarios, which it lives.
Never: a customer, a database, a document it was not given.

book      the playbook beside its texts, open at any place
world     what a condition says of a stage and a persona
ways      steps that nobody comes to
doors     how a journey is entered and left
moves     rules of the lifecycle that are never made, or never end
pace      how much is written, and whether there is time for it
letters   what is written, to whom, and how they can leave
traces    what is named and not used, waited for and not seen
"""

from collections.abc import Callable, Collection, Iterator

from nurture.engine.linting import doors, letters, moves, pace, traces, ways
from nurture.engine.linting.book import Book, Taken, open_book
from nurture.engine.playbook import Playbook
from nurture.engine.problem import Problem
from nurture.engine.reading import Texts

RULES: tuple[Callable[[Book], Iterator[Problem]], ...] = (
    ways.unreachable_steps,
    ways.impossible_paths,
    ways.conditions_decided,
    ways.drawn_by_nobody,
    doors.no_way_in,
    doors.ends_at_once,
    doors.no_way_out,
    doors.circles_of_starts,
    doors.held_by_each_other,
    moves.moves_never_made,
    moves.moves_in_circles,
    moves.personas_never_taken,
    pace.too_many_letters,
    pace.past_the_trial,
    pace.breathless_rounds,
    pace.narrow_window,
    letters.no_way_to_unsubscribe,
    letters.compared_to_nobody,
    letters.written_twice,
    letters.several_urgent,
    letters.without_own_words,
    letters.sent_by_nobody,
    letters.badly_said,
    letters.asked_without_a_question,
    letters.without_thanks,
    traces.used_by_nobody,
    traces.nobodys_task,
    traces.variant_without_goal,
    traces.expectations_broken,
    traces.misspelt_events,
    traces.unheard_events,
    traces.taken_by_nobody,
)

__all__ = ["RULES", "Taken", "lint", "ordered"]


def lint(
    playbook: Playbook,
    texts: Texts,
    taken: Taken | None = None,
    heard: Collection[str] | None = None,
    *,
    binding: bool = True,
) -> tuple[Problem, ...]:
    """Find what is wrong in a playbook that compiles; what must be mended comes first.

    texts: those that the playbook was compiled from.  taken, heard: the paths that people took, and the events that
    came in; None where that was not counted.  binding: whether a scenario that goes otherwise than it expects must be
    mended, or is advice.
    """
    book = open_book(playbook, texts)._replace(taken=taken, heard=heard, binding=binding)
    return ordered(problem for rule in RULES for problem in rule(book))


def ordered(problems: Collection[Problem] | Iterator[Problem]) -> tuple[Problem, ...]:
    """Put problems in the order in which they are mended: what must be first, then by file and line; each once."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda one: (not one.must_fix, one.file, one.line)))
