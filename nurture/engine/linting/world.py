"""What can be said of a condition without knowing anybody: whether it holds for a stage and a persona, or may."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from nurture.engine.condition import All, Any_, InSegment, Not
from nurture.engine.leaves import PersonaIs, StageIs
from nurture.engine.steps.split import Path


class World(NamedTuple):
    """All there is to know: a stage, a persona, and what the segments mean."""

    stage: str
    persona: str
    segments: Mapping[str, Any]

    def says(self, asked: Any) -> bool | None:
        """Whether a condition holds here; None where it rests on more than stage and persona."""
        if isinstance(asked, StageIs):
            return self.stage in _listed(asked.stage)
        if isinstance(asked, PersonaIs):
            return self.persona in _listed(asked.persona)
        if isinstance(asked, InSegment):
            return self.says(self.segments[asked.segment])
        if isinstance(asked, Not):
            said = self.says(asked.not_)
            return None if said is None else not said
        if isinstance(asked, All):
            return _joined([self.says(part) for part in asked.all], usual=True)
        return _joined([self.says(part) for part in asked.any], usual=False) if isinstance(asked, Any_) else None


def _listed(value: str | Sequence[str]) -> Sequence[str]:
    return (value,) if isinstance(value, str) else value


def _joined(parts: Sequence[bool | None], *, usual: bool) -> bool | None:
    """Join the parts of `all` (usual: True) or of `any`: one that differs settles it, one that is open leaves it so."""
    if (not usual) in parts:
        return not usual
    return None if None in parts else usual


def never(asked: Any, worlds: Sequence[World]) -> bool:
    """Whether a condition holds for nobody."""
    return bool(worlds) and all(world.says(asked) is False for world in worlds)


def always(asked: Any, worlds: Sequence[World]) -> bool:
    """Whether a condition holds for everybody."""
    return bool(worlds) and all(world.says(asked) is True for world in worlds)


def open_paths(paths: Sequence[Path], worlds: Sequence[World]) -> frozenset[int]:
    """Number the paths of a split, from 0, that somebody may take: none before it is sure to be taken instead."""
    return frozenset(
        n
        for n, path in enumerate(paths)
        if path.when is None or path.when not in [earlier.when for earlier in paths[:n]]
        if any(_comes_to(path, paths[:n], world) for world in worlds)
    )


def _comes_to(path: Path, earlier: Sequence[Path], world: World) -> bool:
    passed = not any(world.says(other.when) is True for other in earlier)
    return passed and (path.when is None or world.says(path.when) is not False)
