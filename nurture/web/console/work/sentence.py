"""The filters as a sentence that can be typed: `in assessing > 7 days and no first_report and persona wilma`.

It is read strictly: what is not understood is named, and nothing is guessed.  What is written here is read back as
the same filters.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from nurture.engine.playbook import Playbook
from nurture.engine.problem import nearest
from nurture.store.wanted import NOBODY, Wanted
from nurture.web.console.words import Namer, said
from nurture.web.console.work.filters import MOST_DAYS

EXAMPLES = (
    "in assessing > 7 days and no first_report and persona wilma",
    "trial ends within 3 days and no owner",
    "walks first-win at nudge-report and silent > 5 days",
)
BEGINNINGS = (
    "in STAGE",
    "in STAGE > N days",
    "persona NAME",
    "no MILESTONE",
    "has MILESTONE",
    "walks JOURNEY",
    "walks JOURNEY at STEP",
    "finished JOURNEY",
    "left JOURNEY",
    "owner NAME",
    "no owner",
    "no persona",
    "trial ends within N days",
    "silent > N days",
    "set aside",
    "held",
    '"part of a name"',
)
"""How a part may begin, as the page teaches it."""
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|>=|>|[^\s,">]+|[,"]')
MORE = (("more", "than"), ("at", "least"), (">=",), (">",), ("over",), ("for",))
UNITS = {"d": 1, "day": 1, "days": 1, "w": 7, "week": 7, "weeks": 7}
LONGEST_NAME = 8  # words


class NotUnderstood(ValueError):
    """The sentence says something that is no filter.  word: the first that was not understood, '' at its end."""

    def __init__(self, word: str, because: str) -> None:
        self.word = word
        super().__init__(because[:1].upper() + because[1:])


class Vocabulary(NamedTuple):
    """The names a sentence may use, each as it is written and as it is said -> key."""

    stage: Mapping[str, str]
    persona: Mapping[str, str]
    milestone: Mapping[str, str]
    journey: Mapping[str, str]
    owner: Mapping[str, str]
    steps: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, playbook: Playbook, namer: Namer) -> "Vocabulary":
        """Take the names of what is published."""
        personas = [(one.id, (one.name, namer.persona(one.id))) for one in playbook.personas.personas]
        return cls(
            _names((one.id, (one.name or one.id,)) for one in playbook.lifecycle.stages),
            _names(personas),
            _names((one.id, (one.name,)) for one in playbook.milestones.milestones),
            _names((one.journey.id, (one.journey.name,)) for one in playbook.journeys),
            _names((one.id, (one.name,)) for one in playbook.policy.owners),
            {one.journey.id: _names((step, (said(step),)) for step in one.places) for one in playbook.journeys},
        )


def _names(known: Iterable[tuple[str, Iterable[str]]]) -> dict[str, str]:
    """Let each be called by its key and by its names, however they are written."""
    listed = [(key, tuple(names)) for key, names in known]
    return {_plain(name): key for key, names in listed for name in (*names, key)}


def _plain(text: str) -> str:
    return " ".join(re.split(r"[\s_,-]+", text.casefold())).strip()


def write(wanted: Wanted) -> str:
    """Say who is wanted."""
    say: dict[str, Callable[[], str]] = {
        "q": lambda: _quoted(wanted.q),
        "stage": lambda: f"in {_either(wanted.stage)}" + (f" > {wanted.days} days" if wanted.days else ""),
        "days": lambda: "" if wanted.stage else f"in stage > {wanted.days} days",
        "persona": lambda: _someones("persona", wanted.persona),
        "has": lambda: " and ".join(f"has {one}" for one in wanted.has),
        "no": lambda: " and ".join(f"no {one}" for one in wanted.no),
        "journey": lambda: _walk(wanted),
        "owner": lambda: _someones("owner", wanted.owner),
        "trial": lambda: f"trial ends within {wanted.trial} days",
        "silent": lambda: f"silent > {wanted.silent} days",
        "aside": lambda: "set aside",
        "held": lambda: "held",
    }
    return " and ".join(filter(None, (say[part]() for part in wanted.parts)))


def _quoted(text: str) -> str:
    escaped = re.sub(r'(["\\])', r"\\\1", text)
    return f'"{escaped}"'


def _either(values: Iterable[str]) -> str:
    return " or ".join(values)


def _someones(word: str, values: tuple[str, ...]) -> str:
    return f"no {word}" if values == (NOBODY,) else f"{word} {_either(values)}"


def _walk(wanted: Wanted) -> str:
    return f"{wanted.state or 'walks'} {wanted.journey}".replace("active ", "walks ") + (
        f" at {wanted.step}" if wanted.step else ""
    )


def understand(text: str, words: Vocabulary) -> Wanted:
    """Read a sentence.  Raises NotUnderstood; nothing at all asks for everybody."""
    reader = _Reader(TOKEN.findall(text), words)
    while reader.left:
        reader.part()
        if reader.left:
            reader.joined()
    return reader.wanted


class _Reader:
    """Reads a sentence from its first word to its last."""

    def __init__(self, tokens: list[str], words: Vocabulary) -> None:
        self.left, self.words, self.wanted = tokens, words, Wanted()

    def part(self) -> None:
        """Read one part."""
        word = self.left[0].casefold()
        if self.left[0].startswith('"') and len(self.left[0]) > 1:
            return self._set("q", re.sub(r"\\(.)", r"\1", self.left.pop(0)[1:-1]))
        read = self._parts().get(word)
        if read is None:
            raise NotUnderstood(
                self.left[0], f"\u201c{self.left[0]}\u201d begins no part of a filter; put a name to look for in quotes"
            )
        self.left.pop(0)
        return read()

    def _parts(self) -> Mapping[str, Callable[[], None]]:
        return {
            "in": self._in,
            "persona": lambda: self._add("persona", self._several("persona", nobody=True)),
            "owner": lambda: self._add("owner", self._several("owner", nobody=True)),
            "no": self._no,
            "has": lambda: self._add("has", (self._name("milestone"),)),
            "reached": lambda: self._add("has", (self._name("milestone"),)),
            "walks": lambda: self._walks(""),
            "journey": lambda: self._walks(""),
            "finished": lambda: self._walks("finished"),
            "left": lambda: self._walks("left"),
            "trial": self._trial,
            "silent": lambda: self._set("silent", self._days()),
            "set": self._aside,
            "held": lambda: self._set("held", True),
        }

    def joined(self) -> None:
        """Read the `and` between two parts."""
        word = self.left.pop(0)
        if word.casefold() not in ("and", ","):
            raise NotUnderstood(word, f"\u201c{word}\u201d is not expected here; parts are joined by \u201cand\u201d")
        if not self.left:
            raise NotUnderstood("", f"something is missing after \u201c{word}\u201d")

    def _in(self) -> None:
        if not self._take("stage") or (self.left and not self._more_ahead() and not self._ends()):
            self._add("stage", self._several("stage"))
        if self._more_ahead():
            self._set("days", self._days())
        elif not self.wanted.stage:
            raise NotUnderstood("", "say which stage, or for how long: in assessing, in stage > 7 days")

    def _no(self) -> None:
        for part in ("persona", "owner"):
            if self._take(part):
                return self._add(part, (NOBODY,))
        return self._add("no", (self._name("milestone"),))

    def _walks(self, state: str) -> None:
        self._set("journey", key := self._name("journey"))
        self.wanted = self.wanted._replace(state=state)
        if self._take("at"):
            self.wanted = self.wanted._replace(step=self._among("step", self.words.steps.get(key, {})))

    def _trial(self) -> None:
        for word in ("ends", "within"):
            self._must(word)
        self._set("trial", self._number())

    def _aside(self) -> None:
        self._must("aside")
        self._set("aside", True)

    def _several(self, kind: str, *, nobody: bool = False) -> tuple[str, ...]:
        """Read names joined by `or`."""
        found = [self._name(kind, nobody=nobody)]
        while self._take("or"):
            found.append(self._name(kind, nobody=nobody))
        return tuple(found)

    def _name(self, kind: str, *, nobody: bool = False) -> str:
        known = getattr(self.words, kind)
        return self._among(kind, {**known, NOBODY: NOBODY} if nobody else known)

    def _among(self, kind: str, known: Mapping[str, str]) -> str:
        """Read the longest run of words that is a name."""
        for n in range(min(LONGEST_NAME, len(self.left)), 0, -1):
            name = _plain(" ".join(self.left[:n]))
            if name in known and self.left[n - 1] != ",":
                del self.left[:n]
                return known[name]
        word = self.left[0] if self.left else ""
        listed = ", ".join(sorted(set(known.values()))) or "none"
        if not word:
            raise NotUnderstood("", f"name a {kind} here: {listed}")
        near = nearest(word, known.values())
        raise NotUnderstood(word, f"there is no {kind} \u201c{word}\u201d: {near}")

    def _days(self) -> int:
        for words in MORE:
            if tuple(one.casefold() for one in self.left[: len(words)]) == words:
                del self.left[: len(words)]
                break
        return self._number()

    def _number(self) -> int:
        """Read `7 days`, `7d` or `2 weeks`, in days."""
        text = self.left.pop(0) if self.left else ""
        found = re.fullmatch(r"(\d{1,4})([a-z]*)", text.casefold())
        if found is None:
            raise NotUnderstood(text, f"\u201c{text}\u201d is no number of days" if text else "say how many days")
        unit = found[2] or (self.left.pop(0).casefold() if self.left and self.left[0].casefold() in UNITS else "days")
        if unit not in UNITS:
            raise NotUnderstood(text, f"\u201c{unit}\u201d is neither days nor weeks")
        days = int(found[1]) * UNITS[unit]
        if not 1 <= days <= MOST_DAYS:
            raise NotUnderstood(text, f"days are counted from 1 to {MOST_DAYS}")
        return days

    def _more_ahead(self) -> bool:
        words = tuple(one.casefold() for one in self.left[:2])
        return any(words[: len(more)] == more for more in MORE)

    def _ends(self) -> bool:
        return self.left[0].casefold() in ("and", ",")

    def _take(self, word: str) -> bool:
        if not self.left or self.left[0].casefold() != word:
            return False
        self.left.pop(0)
        return True

    def _must(self, word: str) -> None:
        if not self._take(word):
            found = self.left[0] if self.left else ""
            raise NotUnderstood(
                found, f"\u201c{word}\u201d is expected" + (f", not \u201c{found}\u201d" if found else " here")
            )

    def _add(self, part: str, values: tuple[str, ...]) -> None:
        both: dict[str, Any] = {part: tuple(dict.fromkeys((*getattr(self.wanted, part), *values)))}
        self.wanted = self.wanted._replace(**both)

    def _set(self, part: str, value: str | int | bool) -> None:
        """Say one part, once."""
        if getattr(self.wanted, part):
            raise NotUnderstood("", f"{part} is said twice")
        said: dict[str, Any] = {part: value}
        self.wanted = self.wanted._replace(**said)
