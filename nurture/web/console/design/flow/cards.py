"""A journey's text as cards: one per step, in the lists they are walked in, with everything that is said on them.

Whatever the text says is drawn, sound or not: a flow that vanishes while somebody writes it helps nobody.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from nurture.engine.editing import words
from nurture.engine.problem import Problem
from nurture.engine.reading import file_of
from nurture.web.console.design.flow.sentences import kind_of, sentence, shares_of
from nurture.web.console.design.rules import rule, small
from nurture.web.console.design.trees import tree_of
from nurture.web.console.words import Namer, said

Path = tuple[str | int, ...]
DEEPEST = 12  # lists within lists that are drawn; a sound journey has a few


class Wrong(NamedTuple):
    """A problem at a step.  field: the key it is about, '' for the step as a whole."""

    problem: Problem
    field: str


class Lane(NamedTuple):
    """One way on inside a step.  spot: where a first step of it would be put; part: the keys from the step to here."""

    name: str
    part: Path
    spot: str
    cards: tuple["Card", ...]
    share: str = ""

    @property
    def brief(self) -> str:
        """What a closed path holds: `5 steps, 2 of them emails`."""
        steps = list(_every(self.cards))
        emails = sum(card.do in ("email", "survey") for card in steps)
        told = "1 step" if len(steps) == 1 else f"{len(steps)} steps"
        if not emails:
            return told
        return f"{told}, {emails} of them {'an email' if emails == 1 else 'emails'}" if len(steps) > 1 else "1 email"

    def holds(self, looked: Collection[str]) -> bool:
        """Whether one of these places is on this path: a step's id, or a spot."""
        places = {place for card in _every(self.cards) for place in (card.id, *(lane.spot for lane in card.lanes))}
        return self.spot in looked or any(place in looked for place in places)


class Card(NamedTuple):
    """One step as it is drawn.

    id: '' for a step that has none, which can be changed as text alone.  here: how many stand there now.
    unseen: no saved scenario comes here, where there are any.  depth: the level of its heading.
    """

    id: str
    do: str
    word: str
    icon: str
    sentence: str
    off: bool
    note: str
    here: int
    wrongs: tuple[Wrong, ...]
    unseen: bool
    step: Mapping[str, Any]
    path: Path
    lanes: tuple[Lane, ...]
    depth: int = 3

    @property
    def spot(self) -> str:
        """Where a step behind this one would be put."""
        return self.id

    @property
    def keeps(self) -> list[tuple[str, str]]:
        """The paths whose steps could stay where the step itself goes: part, and what to say."""
        inner = [lane for lane in self.lanes if lane.cards]
        return [("/".join(map(str, lane.part)), f"Keep those of \u201c{lane.name}\u201d") for lane in inner]

    @property
    def name(self) -> str:
        """What to call it in a list: `Email: Welcome`."""
        return f"{self.word}: {self.sentence}"


class Flow(NamedTuple):
    """A journey as it is drawn.  tree: None where the text cannot be read.  whole: problems that lie in no step."""

    tree: Mapping[str, Any] | None
    cards: tuple[Card, ...]
    whole: tuple[Wrong, ...]

    def every(self) -> Iterator[Card]:
        """Go through all cards, outer before inner, in the order in which they are drawn."""
        yield from _every(self.cards)

    def card(self, step: str) -> Card | None:
        """Find a card by its step's id."""
        return next((card for card in self.every() if step and card.id == step), None)


class Said(NamedTuple):
    """What is told on cards beside the text.  here: by step; unseen: steps that no scenario comes to."""

    namer: Namer
    problems: Collection[Problem] = ()
    here: Mapping[str, int] = {}
    unseen: Collection[str] = ()


def read_flow(key: str, text: str, told: Said) -> Flow:
    """Draw a journey."""
    root = tree_of(text)
    if root is None:
        return Flow(None, (), tuple(Wrong(problem, "") for problem in told.problems))
    wrongs: dict[Path, list[Wrong]] = {}
    for problem in told.problems:
        where, field = _place(root, problem if problem.file == file_of("journey", key) else None)
        wrongs.setdefault(where, []).append(Wrong(problem, field))
    cards = _cards(root.get("steps"), ("steps",), told, wrongs)
    drawn = {card.path for card in _every(cards)}
    return Flow(root, cards, tuple(one for path, some in wrongs.items() if path not in drawn for one in some))


def _cards(steps: Any, path: Path, told: Said, wrongs: Mapping[Path, list[Wrong]], depth: int = 3) -> tuple[Card, ...]:
    if not isinstance(steps, list) or depth > DEEPEST:
        return ()
    return tuple(_card(step, (*path, n), told, wrongs, depth) for n, step in enumerate(steps))


def _card(step: Any, path: Path, told: Said, wrongs: Mapping[Path, list[Wrong]], depth: int) -> Card:
    step = step if isinstance(step, Mapping) else {}
    found, do = step.get("id"), str(step.get("do", ""))
    step_id = found if isinstance(found, str) and isinstance(step.get("do"), str) else ""
    kind = kind_of(do)
    lanes = tuple(
        Lane(
            name,
            part,
            "/".join(map(str, (step_id, *part))),
            _cards(inner, (*path, *part), told, wrongs, depth + 1),
            share,
        )
        for name, part, inner, share in _lanes(step, told.namer)
    )
    return Card(
        id=step_id,
        do=do,
        word=kind.word,
        icon=kind.icon,
        sentence=sentence(step, told.namer),
        off=step.get("off") is True,
        note=str(step.get("note") or ""),
        here=told.here.get(step_id, 0),
        wrongs=tuple(wrongs.get(path, ())),
        unseen=step_id in told.unseen,
        step=step,
        path=path,
        lanes=lanes,
        depth=min(depth, 6),
    )


def _lanes(step: Mapping[str, Any], namer: Namer) -> Iterable[tuple[str, Path, Any, str]]:
    """The ways on inside a step: name, the keys that lead to its list, the list, and the share that is drawn."""
    match step:
        case {"do": "split", "paths": [*paths]}:
            for n, path in enumerate(paths):
                yield lane_name(path, namer), ("paths", n, "steps"), _under(path, "steps"), ""
        case {"do": "experiment", "arms": [*arms]}:
            for n, (arm, (name, share)) in enumerate(zip(arms, shares_of(arms), strict=True)):
                yield said(name), ("arms", n, "steps"), _under(arm, "steps"), share
        case {"do": "wait_for"}:
            yield "If it happens", ("then",), step.get("then"), ""
            yield f"If not, after {words(step.get('up_to', 'a while'))}", ("else",), step.get("else"), ""
        case {"do": "care", "wait_for_outcome": limit}:
            outcomes = step.get("outcomes")
            for outcome, inner in outcomes.items() if isinstance(outcomes, Mapping) else ():
                yield said(str(outcome)), ("outcomes", outcome), inner, ""
            yield f"No outcome after {words(limit)}", ("else",), step.get("else"), ""
        case {"do": "repeat"}:
            yield "Each time", ("steps",), step.get("steps"), ""


def lane_name(path: Any, namer: Namer) -> str:
    """Name a path of a split by whom it is for."""
    match path:
        case {"when": {"persona": str(persona)}}:
            return namer.persona(persona)
        case {"when": {"stage": str(stage)}}:
            return namer.stage(stage).word
        case {"when": when}:
            return f"If {rule(when, namer)}"
    return "Everyone else"


def _under(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None


def _every(cards: Sequence[Card]) -> Iterator[Card]:
    for card in cards:
        yield card
        for lane in card.lanes:
            yield from _every(lane.cards)


def _place(root: Mapping[str, Any], problem: Problem | None) -> tuple[Path, str]:
    """Say in which step a problem lies, by the keys that lead to it, and about which of its fields it is."""
    if problem is None:
        return (), ""
    here: Any = root
    path: list[str | int] = []
    innermost: Path = ()
    for part in problem.key.split(".") if problem.key else ():
        index = int(part) if part.isdigit() and isinstance(here, list) else part
        try:
            here = here[index]
        except (KeyError, IndexError, TypeError):
            path.append(index)
            break
        path.append(index)
        if isinstance(here, Mapping) and isinstance(index, int) and "do" in here:
            innermost = tuple(path)
    rest = path[len(innermost) :]
    return innermost, str(rest[0]) if rest else ""


def outline(flow: Flow) -> Iterator[tuple[str, str]]:
    """Every place where a step could be put, as (spot, its name): `by persona \u203a Kevin \u203a at the start`."""
    yield "/steps", "At the start"
    yield from _spots(flow.cards, "")


def _spots(cards: Sequence[Card], above: str) -> Iterator[tuple[str, str]]:
    for card in cards:
        if not card.id:
            continue
        for lane in card.lanes:
            way = f"{above}{small(card.id)} \u203a {lane.name} \u203a "
            yield lane.spot, f"{way}at the start"
            yield from _spots(lane.cards, way)
        yield card.spot, f"{above}after {card.name}"
