"""A finding: one thing in an email to mend or to consider, with its place, so that an editor can lead there."""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from nurture.engine.email import Chosen
from nurture.engine.problem import Problem

Level = Literal["must", "check", "tip"]
LEVELS: tuple[Level, ...] = ("must", "check", "tip")


class Finding(NamedTuple):
    """One thing to mend or to consider.  level: `must` stops a publish.  file, line, key: as in a Problem."""

    level: Level
    file: str
    line: int
    message: str
    suggestion: str = ""
    key: str = ""

    @property
    def problem(self) -> Problem:
        """The same as a problem, where a check and a tip are both advice."""
        return Problem(self.file, self.line, self.key, self.message, self.suggestion, self.level == "must")


def findings(problems: Iterable[Problem]) -> Iterator[Finding]:
    """Say problems as findings."""
    for one in problems:
        said = f"{one.key}: {one.message}" if one.key and one.key not in one.message else one.message
        yield Finding("must" if one.must_fix else "check", one.file, one.line, said, one.suggestion)


def head_place(chosen: Chosen, key: str) -> tuple[str, int]:
    """The file and the line of a key of the head; of the subject, where the key is not written."""
    return chosen.lines.get(key) or chosen.lines.get("subject") or (f"{chosen.variant}.md", 0)
