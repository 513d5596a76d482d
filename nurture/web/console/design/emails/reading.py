"""How an email's parts are called: pieces in a line, variants by their readers, variables by what they stand for."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from nurture.engine.document import plain, read_yaml
from nurture.engine.email import BASE
from nurture.engine.email_edits import CALLED
from nurture.engine.email_pieces import DIVIDER, NOTE, Piece
from nurture.engine.playbook import Playbook
from nurture.store.customers import Customer
from nurture.web.console.words import Namer, said

LONGEST = 200  # characters of a piece in a line
LOOKED_AT = 2_000  # characters of a text that one line is made of: brackets without end would take minutes
LANGUAGES = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "nl": "Dutch",
    "pt": "Portuguese",
}

_VARIABLE = re.compile(
    r"\{\{\s*(?P<path>[a-z_][\w.]*)\s*(?:\|\s*d(?:efault)?\(\s*(?P<quote>['\"])(?P<fallback>.*?)(?P=quote)\s*,\s*true\s*\))?"
    r"[^}]*\}\}"
)
_STATEMENT = re.compile(r"\{%.*?%\}|\{#|#\}", re.DOTALL)
_MARKS = re.compile(r"\*\*|^[#>]+\s*|^[-*+]\s+|`", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


class Variable(NamedTuple):
    """A word that stands for something about the reader.  filled: of how many of `among` it is known."""

    path: str
    label: str
    example: str
    filled: int
    among: int

    @property
    def needs_fallback(self) -> bool:
        """Whether some reader has none."""
        return self.path not in ALWAYS

    @property
    def written(self) -> str:
        """How it is written, with a fallback to be replaced where it needs one."""
        return f"{{{{ {self.path} | default('…', true) }}}}" if self.needs_fallback else f"{{{{ {self.path} }}}}"

    @property
    def share(self) -> int:
        """Percent of those looked at, never 100 while somebody lacks it."""
        return self.filled * 100 // self.among if self.among else 0


Known = Callable[[Customer], Any]

VARIABLES: tuple[tuple[str, str, str, Known], ...] = (
    ("customer.first_name", "First name", "Jana", lambda one: one.traits.get("first_name") or one.traits.get("name")),
    ("customer.name", "Full name", "Jana Acme", lambda one: one.traits.get("name")),
    ("customer.company", "Company", "Acme Ltd", lambda one: one.traits.get("company")),
    ("customer.role", "Role", "analyst", lambda one: one.traits.get("role")),
    ("customer.plan", "Plan", "team", lambda one: one.traits.get("plan")),
    ("customer.email", "Address", "jana@acme.example", lambda one: one.email),
    ("trial.ends_on", "Last day of the trial", "Thursday 3 December", lambda one: one.trial_ends_at),
    ("trial.days_left", "Days left in the trial", "6", lambda one: one.trial_ends_at),
    ("trial.day", "Day of the trial", "8", lambda one: one.trial_starts_at),
    ("drivers.stated", "What they came for", "save_time", lambda one: one.traits.get("driver")),
    ("sender.name", "Who writes", "Ana", lambda _: True),
    ("links.preferences", "Link: what they hear about", "https://…", lambda _: True),
    ("links.browser", "Link: read in the browser", "https://…", lambda _: True),
)
"""Path, label, example, and whether a customer has it."""

ALWAYS = frozenset({"customer.email", "sender.name", "links.preferences", "links.browser", "persona.name"})
LABELS: Mapping[str, str] = {
    **{path: label for path, label, _, _ in VARIABLES},
    "account.name": "Account",
    "milestones.next.name": "Next milestone",
    "milestones.next.url": "Link of the next milestone",
    "persona.name": "Persona",
}
KNOWN_TRAITS = frozenset({"first_name", "name", "company", "role", "plan", "driver", "owner"})


def variables(newest: Sequence[Customer]) -> list[Variable]:
    """List what a letter can say about its reader, and how many of these customers have it."""
    found = [
        Variable(path, label, example, sum(1 for one in newest if known(one)), len(newest))
        for path, label, example, known in VARIABLES
    ]
    traits: dict[str, list[Any]] = {}
    for one in newest:
        for name, value in one.traits.items():
            if name not in KNOWN_TRAITS and re.fullmatch(r"[a-z][a-z0-9_]*", name) and value not in (None, "", [], {}):
                traits.setdefault(name, []).append(value)
    own = sorted(traits.items(), key=lambda found: -len(found[1]))[:12]
    return found + [
        Variable(f"customer.traits.{name}", said(name), str(values[0])[:40], len(values), len(newest))
        for name, values in own
    ]


def label_of(path: str) -> str:
    """Say a variable: `customer.first_name` -> `First name`."""
    return LABELS.get(path) or said(path.rsplit(".", 1)[-1])


def spoken(text: str) -> list[tuple[str, bool]]:
    """Say a text in a line: runs of words, each with whether it is a variable, as in `First name, or “there”`."""
    text = _LINK.sub(r"\1", _STATEMENT.sub(" ", text[:LOOKED_AT]))
    runs: list[tuple[str, bool]] = []
    left, since = LONGEST, 0
    for match in _VARIABLE.finditer(text):
        runs += _words(text[since : match.start()], left)
        fallback = match["fallback"]
        word = label_of(match["path"]) + (f", or “{fallback}”" if fallback else "")
        left -= sum(len(run) for run, _ in runs[-1:]) + len(word)
        since = match.end()
        if left <= 0:
            return runs
        runs.append((word, True))
    return runs + _words(text[since:], left)


def _words(text: str, left: int) -> list[tuple[str, bool]]:
    flat = re.sub(r"\s+", " ", _MARKS.sub("", text))
    return [(flat if len(flat) <= left else flat[:left].rstrip() + "…", False)] if flat else []


def fields_of(piece: Piece) -> dict[str, Any] | None:
    """Read a fenced block's own fields; none for a text, None where they cannot be read."""
    if not piece.fenced or piece.kind == "text":
        return {}
    tree, problems = read_yaml(piece.body, "block")
    read = plain(tree) if not problems else None
    return read if isinstance(read, dict) else None if problems or read else {}


def kind_word(kind: str) -> str:
    """What a kind of piece is called: `Signature card`."""
    return said(CALLED.get(kind, kind))


def glimpse(piece: Piece, fields: Mapping[str, Any] | None, playbook: Playbook) -> list[tuple[str, bool]]:
    """Say in a line what a piece says."""
    if fields is None:
        return [("It cannot be read as it is written; mend it as text.", False)]
    if piece.kind == DIVIDER:
        return [("A line across", False)]
    if piece.kind == NOTE:
        return spoken(piece.body.replace("{#", "").replace("#}", ""))
    if not piece.fenced or piece.kind == "text":
        return spoken(piece.body) if piece.body.strip() else [("Nothing: hidden", False)]
    if piece.kind == "survey":
        survey = playbook.surveys.get(str(fields.get("survey")))
        return spoken(survey.question if survey else f"no survey is called {fields.get('survey')!r}")
    if piece.kind == "snippet":
        return [(said(str(fields.get("snippet", ""))), False)]
    if piece.kind == "next-milestone":
        return [("What this customer has not done yet, as a button", False)]
    main = next((fields[key] for key in ("label", "alt", "text", "says", "src") if fields.get(key)), "")
    more = fields.get("url") or fields.get("by") or fields.get("name")
    return spoken(f"{main} · {more}" if more else str(main))


class Tab(NamedTuple):
    """One variant among the tabs.  own: whether anything of it differs from what its readers would read without it."""

    stem: str
    word: str
    own: bool


def tabs_of(files: Mapping[str, str], playbook: Playbook) -> list[Tab]:
    """List the variants that can be edited: everybody's, each persona's, each language that is written."""
    written = [name.removesuffix(".md") for name in files if name.endswith(".md")]
    personas = [persona.id for persona in playbook.personas.personas]
    stems = dict.fromkeys([BASE, *personas, *sorted(written, key=lambda stem: (stem.count("."), stem))])
    return [Tab(stem, variant_word(stem, playbook), f"{stem}.md" in files) for stem in stems]


def variant_word(stem: str, playbook: Playbook) -> str:
    """What a variant is called: `Everybody`, `Kevin`, `German`, `Kevin, German`."""
    if stem == BASE:
        return "Everybody"
    first, _, language = stem.partition(".")
    words = [language_word(first) if len(first) == 2 else Namer(playbook).persona(first)]
    return ", ".join([*words, *([language_word(language)] if language else [])])


def language_word(code: str) -> str:
    """What a language is called."""
    return LANGUAGES.get(code, code)


def reader_of(stem: str, personas: Iterable[str]) -> tuple[str, str]:
    """Say whose words a variant holds: a persona and a language, '' where it is anybody's."""
    first, _, language = stem.partition(".")
    persona = first if first in personas else ""
    return persona, language or (first if len(first) == 2 and not persona else "")
