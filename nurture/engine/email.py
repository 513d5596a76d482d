"""What the text of an email means: a folder of files that inherit from one another, block by block.

`email.md` is the base; `LANG.md`, `PERSONA.md` and `PERSONA.LANG.md` replace keys of its head, named blocks of its
body, or the whole body.  Nothing is rendered here: Markdown and Jinja stay as they were written.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from nurture.engine.document import Document, Key, check, read_yaml
from nurture.engine.email_blocks import BLOCKS, WORDLESS, Words
from nurture.engine.problem import Problem, nearest

BASE = "email"
BASE_LANGUAGE = "en"
MAX_FILE = 65_536  # characters of one file

_STEM = re.compile(r"(?P<first>[a-z][a-z0-9_-]*)(?:\.(?P<language>[a-z]{2}))?")
_FENCE = re.compile(r":::(?:[ \t]*(?P<type>[^\s]+)(?:[ \t]+(?P<name>[^\s]+))?)?[ \t]*")
_NAME = re.compile(r"[a-z][a-z0-9_-]*")


class EmailHead(Document):
    """The head of an email; `sender` and `topic` are keys of the policy, the other two may hold Jinja."""

    subject: Words
    preheader: str = ""
    sender: Key
    topic: Key


class OverrideHead(Document):
    """The head of an override: what it names replaces that key alone.  Who writes, and on what, stays the base's."""

    subject: Words | None = None
    preheader: str | None = None


class Block(NamedTuple):
    """One part of a body.  type: `prose` or a key of BLOCKS.  body: Markdown, or the block's own fields.

    line: the body's first line in `file`, from 1.  file: its path as the author knows it.
    """

    type: str
    name: str | None
    body: str | Document
    line: int
    file: str


class Override(NamedTuple):
    """One file besides `email.md`.  head: the keys it replaces.  whole: its body replaces all of the body before it."""

    head: Mapping[str, str]
    blocks: tuple[Block, ...]
    whole: bool
    language: str
    lines: Mapping[str, int]
    file: str


class Chosen(NamedTuple):
    """What one recipient reads.  variant: the stem of the most specific file that applied.

    lines: for each key of the head, its file and its line there.
    """

    variant: str
    language: str
    head: EmailHead
    blocks: tuple[Block, ...]
    lines: Mapping[str, tuple[str, int]]


class EmailText(NamedTuple):
    """An email as its author wrote it: a base and its overrides by file stem."""

    key: str
    head: EmailHead
    blocks: tuple[Block, ...]
    overrides: Mapping[str, Override]
    lines: Mapping[str, int]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it is written in, the base's first."""
        return tuple(dict.fromkeys([BASE_LANGUAGE, *(each.language for each in self.overrides.values())]))

    @property
    def personas(self) -> tuple[str, ...]:
        """The personas that it has words of their own for."""
        stems = (stem.split(".")[0] for stem in self.overrides)
        return tuple(sorted({stem for stem in stems if not _is_language(stem)}))

    @property
    def variants(self) -> tuple[str, ...]:
        """Every variant that some recipient can read, `email` first."""
        names = [self.choose(who, language).variant for language in self.languages for who in (None, *self.personas)]
        return tuple(dict.fromkeys(names))

    def choose(self, persona: str | None, locale: str | None) -> Chosen:
        """Choose the words for a persona's key and a locale such as `de-AT`; both may be None or unknown.

        Order: email.md, LANG.md, PERSONA.md, PERSONA.LANG.md.  Where the language is written but not for this
        persona, PERSONA.md is left out: a recipient reads one language.
        """
        variant, language, blocks = BASE, BASE_LANGUAGE, self.blocks
        head: dict[str, str] = self.head.model_dump()
        path = f"templates/emails/{self.key}/{BASE}.md"
        lines = {key: (path, line) for key, line in self.lines.items()}
        for stem in self._chain(persona, language_of(locale)):
            override = self.overrides[stem]
            variant, language = stem, override.language if override.language != BASE_LANGUAGE else language
            head |= override.head
            lines |= {key: (override.file, line) for key, line in override.lines.items()}
            blocks = override.blocks if override.whole else _replaced(blocks, override.blocks)
        return Chosen(variant, language, EmailHead(**head), blocks, lines)

    def _chain(self, persona: str | None, language: str) -> Iterator[str]:
        own = f"{persona}.{language}"
        translated = language != BASE_LANGUAGE and language in self.overrides
        if translated:
            yield language
        written = persona in self.overrides and persona in self.personas
        if persona is not None and written and (not translated or own in self.overrides):
            yield persona
        if own in self.overrides:
            yield own


def language_of(locale: str | None) -> str:
    """Take the language out of a locale: `de-AT` and `de_DE.UTF-8` are `de`; None is English."""
    return re.split(r"[-_.@]", locale, maxsplit=1)[0].lower() if locale else BASE_LANGUAGE


def parse_email(key: str, files: Mapping[str, str]) -> tuple[EmailText | None, tuple[Problem, ...]]:
    """Read an email's folder: a map from file name to text.

    Returns (text, problems); the text is None where a problem must be mended first.
    """
    found: list[Problem] = []
    folder = f"templates/emails/{key}"
    if f"{BASE}.md" not in files:
        return None, (Problem(f"{folder}/{BASE}.md", 0, "", "is missing", "every email has a base"),)
    head, blocks, lines = _read(f"{folder}/{BASE}.md", files[f"{BASE}.md"], EmailHead, found)
    overrides: dict[str, Override] = {}
    for name in sorted(files):
        if name == f"{BASE}.md":
            continue
        path = f"{folder}/{name}"
        language = _language_of_file(path, name, found)
        own, parts, own_lines = _read(path, files[name], OverrideHead, found)
        if language is None or own is None:
            continue
        whole = any(block.name is None for block in parts)
        replaced = {field: value for field, value in own.model_dump().items() if value is not None}
        overrides[name.removesuffix(".md")] = Override(replaced, parts, whole, language, own_lines, path)
    if head is None or any(problem.must_fix for problem in found):
        return None, tuple(found)
    text = EmailText(key, EmailHead(**head.model_dump()), blocks, overrides, lines)
    found += _unknown_names(text)
    found += dict.fromkeys(_mixed_languages(text))
    return (None if any(problem.must_fix for problem in found) else text), tuple(found)


def _language_of_file(path: str, name: str, found: list[Problem]) -> str | None:
    match = _STEM.fullmatch(name.removesuffix(".md")) if name.endswith(".md") else None
    if match is None:
        found.append(Problem(path, 0, "", "is no name for a variant", "PERSONA.md, LANG.md or PERSONA.LANG.md"))
        return None
    first, second = match["first"], match["language"]
    language = second or (first if _is_language(first) else BASE_LANGUAGE)
    if language == BASE_LANGUAGE and (second or first == BASE_LANGUAGE):
        found.append(Problem(path, 0, "", "the base is English already", "move its words to the file without .en"))
        return None
    if second and _is_language(first):
        found.append(Problem(path, 0, "", "names two languages", "PERSONA.LANG.md; a persona's key is longer"))
        return None
    return language


def _is_language(stem: str) -> bool:
    return re.fullmatch(r"[a-z]{2}", stem) is not None


def _read(
    path: str, text: str, model: type[Document], found: list[Problem]
) -> tuple[Document | None, tuple[Block, ...], dict[str, int]]:
    """Split one file into its head, its blocks and the lines of the head's keys; what is wrong goes to `found`."""
    if len(text) > MAX_FILE:
        found.append(Problem(path, 0, "", f"is larger than {MAX_FILE // 1024} KiB"))
        return None, (), {}
    lines = text.replace("\r\n", "\n").split("\n")
    head_lines: list[str] = []
    start = 0
    if lines[0].rstrip() == "---":
        end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
        if end is None:
            found.append(Problem(path, 1, "", "the head is not closed", "end it with a line of three dashes"))
            return None, (), {}
        head_lines, start = lines[1:end], end + 1
    elif model is EmailHead:
        hint = "begin with a line of three dashes, then subject, sender and topic, then three dashes again"
        found.append(Problem(path, 1, "", "has no head", hint))
        return None, (), {}
    head, marks = _fields("\n".join(head_lines), 1, path, model, found)
    return head, tuple(_blocks(lines, start, path, found)), marks


def _fields(
    text: str, above: int, path: str, model: type[Document], found: list[Problem]
) -> tuple[Document | None, dict[str, int]]:
    """Read YAML fields that begin after line `above` of their file; the lines of their keys come along."""
    tree, problems = read_yaml(text, path)
    tree = {} if tree is None and not problems else tree
    if not problems and not isinstance(tree, Mapping):
        problems = (Problem(path, 1, "", "expected `key: value` lines"),)
    marks = {} if problems or not text.strip() else {str(key): tree.lc.key(key)[0] + 1 + above for key in tree}
    value = None
    if not problems:
        value, problems = check(model, tree, path)
    found += [each._replace(line=each.line + above) for each in problems]
    return value, marks


def _blocks(lines: list[str], start: int, path: str, found: list[Problem]) -> Iterator[Block]:
    """Walk a body: prose between blocks, blocks between fences."""
    names: set[str] = set()
    opened: tuple[str, str | None, int] | None = None
    since = start
    for n, line in enumerate([*lines[start:], ":::end"], start):
        last = n == len(lines)
        fence = _FENCE.fullmatch(line) if line.startswith(":::") and not last else None
        if fence is None and not last:
            continue
        if opened is None:
            if "".join(lines[since:n]).strip():
                yield Block("prose", None, *_trimmed(lines, since, n), path)
            if fence is not None:
                opened = _opened(fence, n, path, names, found)
        elif last or (fence and fence["type"]):
            found.append(Problem(path, opened[2] + 1, opened[0], "is not closed", "end the block with a line of `:::`"))
            return
        else:
            yield from _block(opened, lines, n, path, found)
            opened = None
        since = n + 1


def _opened(
    fence: re.Match[str], n: int, path: str, names: set[str], found: list[Problem]
) -> tuple[str, str | None, int] | None:
    kind, name = fence["type"] or "", fence["name"]
    if not kind:
        found.append(Problem(path, n + 1, "", "closes a block that was never opened", "::: TYPE NAME"))
        return None
    if kind not in BLOCKS:
        found.append(Problem(path, n + 1, kind, "unknown block", nearest(kind, BLOCKS)))
    if name is not None and not _NAME.fullmatch(name):
        found.append(Problem(path, n + 1, name, "is no name for a block", "lower case letters, digits, - and _"))
    if name in names:
        found.append(Problem(path, n + 1, str(name), "two blocks have this name", "name one of them otherwise"))
    if kind == "text" and name is None:
        found.append(Problem(path, n + 1, kind, "a text block needs a name", "::: text NAME"))
    names |= {name} if name else set()
    return kind, name, n


def _block(
    opened: tuple[str, str | None, int], lines: list[str], end: int, path: str, found: list[Problem]
) -> Iterator[Block]:
    kind, name, start = opened
    model = BLOCKS.get(kind)
    if kind == "text":
        yield Block(kind, name, *_trimmed(lines, start + 1, end), path)
    elif model is not None:
        value, _ = _fields("\n".join(lines[start + 1 : end]), start + 1, path, model, found)
        if value is not None:
            yield Block(kind, name, value, start + 2, path)


def _trimmed(lines: list[str], start: int, end: int) -> tuple[str, int]:
    while start < end and not lines[start].strip():
        start += 1
    return "\n".join(lines[start:end]).rstrip(), start + 1


def _replaced(blocks: tuple[Block, ...], by: tuple[Block, ...]) -> tuple[Block, ...]:
    named = {block.name: block for block in by}
    return tuple(named.get(block.name, block) if block.name else block for block in blocks)


def _unknown_names(text: EmailText) -> Iterator[Problem]:
    """Named blocks that replace nothing: nobody would ever read them."""
    for stem, override in text.overrides.items():
        if override.whole or not override.blocks:
            continue
        first, _, language = stem.partition(".")
        parents = [each for each in (language, first) if each in text.overrides and each != stem]
        blocks = text.blocks
        for parent in parents:
            own = text.overrides[parent]
            blocks = own.blocks if own.whole else _replaced(blocks, own.blocks)
        known = {block.name for block in blocks if block.name}
        for block in override.blocks:
            if block.name not in known:
                hint = nearest(str(block.name), known) or "name the block in the file it inherits from"
                yield Problem(override.file, block.line - 1, str(block.name), "replaces no block of this name", hint)


def _mixed_languages(text: EmailText) -> Iterator[Problem]:
    """Words of another language that a translated variant would still carry."""
    for language in text.languages[1:]:
        own = {override.file for override in text.overrides.values() if override.language == language}
        for persona in (None, *text.personas):
            chosen = text.choose(persona, language)
            if chosen.language != language:
                continue
            path = text.overrides[chosen.variant].file
            wordy = [block for block in chosen.blocks if block.type not in WORDLESS and block.body]
            left = [block.name or block.type for block in wordy if block.file not in own]
            left += [key for key in ("subject", "preheader") if key in chosen.lines and chosen.lines[key][0] not in own]
            if left:
                said = f"a reader of {language!r} would still read English in: {', '.join(dict.fromkeys(left))}"
                yield Problem(path, 0, "", said, "translate these as well")


def fields_of(block: Block) -> Mapping[str, Any]:
    """Give a block's own fields by name; none for prose and text."""
    return {} if isinstance(block.body, str) else block.body.model_dump(exclude_none=True)
