"""What is wrong with a document, said so that its author can mend it."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple


class Problem(NamedTuple):
    """One thing wrong with one document.

    file: path as the author knows it.  line: counted from 1, 0 where no line is known.
    key: the dotted path inside the document.  message: what was found and what was expected.
    suggestion: the nearest valid word or the next thing to do; empty where there is none.
    must_fix: False for advice that does not stop a publish.
    """

    file: str
    line: int
    key: str
    message: str
    suggestion: str = ""
    must_fix: bool = True

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        key = f" {self.key}:" if self.key else ""
        hint = f" ({self.suggestion})" if self.suggestion else ""
        return f"{where}:{key} {self.message}{hint}"


class Unsound(Exception):
    """These documents cannot be published; `problems` says why, one entry each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(word: str, words: Iterable[str]) -> str:
    """Suggest the valid word nearest to `word`, or list the valid ones when none is near."""
    valid = sorted(set(words))
    near = get_close_matches(word, valid, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    if not valid:
        return ""
    return "one of " + ", ".join(valid[:12]) + (", ..." if len(valid) > 12 else "")
