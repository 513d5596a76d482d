"""Changes to an email's text: one piece, one field or one variant at a time, every other character as it was.

Each takes the whole text (a JSON map of its files) and gives the next one with a sentence for staff, as those of
`engine.editing` do.  A piece is named by its variant's stem and its number there, from 0.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from nurture.engine.document import plain, read_yaml
from nurture.engine.editing import CannotEdit, remove, set_value
from nurture.engine.editing.writing import pair
from nurture.engine.email import BASE
from nurture.engine.email_pieces import (
    DIVIDER,
    HEADING,
    LIST,
    QUOTED,
    TEXT,
    Manuscript,
    Piece,
    Shown,
    file_name,
    fold,
    parent_of,
    read_manuscript,
    shown,
    unfold,
)

Edited = tuple[str, str]
Lines = Sequence[str]
STEM = re.compile(r"[a-z][a-z0-9_-]{0,63}(\.[a-z]{2})?")
FRESH: Mapping[str, str] = {
    HEADING: "## A heading",
    TEXT: "Write here.",
    LIST: "- One thing\n- Another",
    QUOTED: "> What somebody said.",
    DIVIDER: "---",
    "button": "::: button\nlabel: Open it\nurl: https://\n:::",
    "image": '::: image\nsrc: https://\nalt: ""\n:::',
    "quote": "::: quote\ntext: What a customer said.\nby: Who said it\n:::",
    "care-manager": "::: care-manager\nsays: A word of your own.\n:::",
    "survey": "::: survey\nsurvey: {key}\n:::",
    "next-milestone": "::: next-milestone\nfallback: You have done everything there is. Well done.\n:::",
    "snippet": "::: snippet\nsnippet: {key}\n:::",
}
"""What a new piece says until its author says more."""

CALLED: Mapping[str, str] = {
    QUOTED: "quoted words",
    "logic": "text with conditions",
    "care-manager": "signature card",
    "next-milestone": "next milestone",
    "survey": "survey question",
    "snippet": "shared text",
}


class Held(NamedTuple):
    """One piece in the hand: the files, the manuscript that it stands in, and itself."""

    files: dict[str, str]
    manuscript: Manuscript
    piece: Piece


def set_head(text: str, stem: str, key: str, value: str) -> Edited:
    """Write a key of the head; '' takes it out, so that a variant inherits it.  Raises CannotEdit."""
    files = _files(text)
    lines, head = list(_manuscript(files, stem).lines), _manuscript(files, stem).head
    if head is None:
        if value:
            lines = ["---", pair(key, value, 0, "\n"), "---", *lines]
        return _kept(files, stem, lines), _told(f"{key} set to “{_cut(value)}”", stem)
    yaml = "\n".join(lines[slice(*head)])
    tree = _fields(yaml)
    if value == tree.get(key, ""):
        return text, "nothing changed"
    if value and not tree:
        yaml = "\n".join([*([yaml] if yaml.strip() else []), pair(key, value, 0, "\n")])
    elif value or (stem == BASE and key in tree):
        yaml, _ = set_value(yaml, (key,), value)
    elif key in tree:
        yaml, _ = remove(yaml, (key,))
        yaml = yaml.replace("{}", "").strip("\n") if set(tree) == {key} else yaml
    lines[slice(*head)] = yaml.split("\n") if yaml else []
    said = f"{key} set to “{_cut(value)}”" if value else f"{key} taken out"
    return _kept(files, stem, lines), _told(said, stem)


def set_words(text: str, stem: str, n: int, words: str, spans: int = 1) -> Edited:
    """Write the Markdown of a piece anew.  spans: so many pieces, from this one on, are what is written anew.

    Raises CannotEdit.
    """
    held = _held(text, stem, n)
    piece, last = held.piece, held.manuscript.pieces[min(n + max(spans, 1), len(held.manuscript.pieces)) - 1]
    words = _plain(words)
    if spans == 1 and words == piece.body:
        return text, "nothing changed"
    if any(line.startswith(":::") for line in words.split("\n")):
        raise CannotEdit("no line may begin with three colons: that is how a block begins")
    if not piece.fenced and not words.strip():
        raise CannotEdit("a text without words is none; take it out instead")
    body = words.split("\n") if words else []
    start, end = (piece.start + 1, piece.end - 1) if piece.fenced else (piece.start, last.end)
    changed = _put(held, stem, start, end, body)
    if changed == text:
        return text, "nothing changed"
    _check_apart(_manuscript(_files(changed), stem), piece, start + len(body))
    return changed, _told(f"changed the {_called(piece)}", stem)


def spans_of(text: str, stem: str, n: int, words: str) -> int:
    """Count the pieces that words make which were written in the place of the n-th: a blank line parts them."""
    manuscript = _manuscript(_files(text), stem)
    start = manuscript.pieces[n].start if n < len(manuscript.pieces) else 0
    end = start + _plain(words).count("\n") + 1
    return max(1, sum(start <= piece.start < end for piece in manuscript.pieces))


def set_fields(text: str, stem: str, n: int, fields: Mapping[str, Any]) -> Edited:
    """Give fields of a block other values; None takes one out.  Comments among them stay.  Raises CannotEdit."""
    held = _held(text, stem, n)
    piece, yaml = held.piece, held.piece.body
    for key, value in fields.items():
        tree = _fields(yaml)
        if value is None:
            yaml = remove(yaml, (key,))[0] if key in tree else yaml
        elif not tree:
            yaml = pair(key, value, 0, "\n")
        elif tree.get(key) != value:
            yaml = set_value(yaml, (key,), value)[0]
    if yaml == piece.body:
        return text, "nothing changed"
    changed = _put(held, stem, piece.start + 1, piece.end - 1, yaml.split("\n"))
    return changed, _told(f"changed the {_called(piece)}", stem)


def add_piece(text: str, stem: str, n: int, kind: str, key: str = "") -> Edited:
    """Put a new piece where it becomes the n-th.  key: of the survey or snippet that it shows.  Raises CannotEdit."""
    files = _files(text)
    manuscript = _manuscript(files, stem)
    if kind not in FRESH or not 0 <= n <= len(manuscript.pieces):
        raise CannotEdit("there is no such place, or no such block")
    fresh = FRESH[kind].format(key=key).split("\n")
    return _kept(files, stem, _joined(manuscript, n, fresh)), _told(f"added a {CALLED.get(kind, kind)}", stem)


def move_piece(text: str, stem: str, n: int, to: int) -> Edited:
    """Let a piece become the one that stands at `to`.  Raises CannotEdit."""
    held = _held(text, stem, n)
    if not 0 <= to < len(held.manuscript.pieces):
        raise CannotEdit("it is at the end already")
    lines = held.manuscript.lines[held.piece.start : held.piece.end]
    left = read_manuscript("\n".join(_without(held)))
    if len(left.pieces) != len(held.manuscript.pieces) - 1:
        raise CannotEdit("the pieces around it would become one; move it in the text")
    said = f"moved the {_called(held.piece)} {'up' if to < n else 'down'}"
    return _kept(held.files, stem, _joined(left, to, lines)), _told(said, stem)


def drop_piece(text: str, stem: str, n: int) -> Edited:
    """Take a piece out; in a variant that replaces single blocks, what it replaced is back.  Raises CannotEdit."""
    held = _held(text, stem, n)
    inherits = stem != BASE and not held.manuscript.whole
    said = f"{_called(held.piece)} as everybody reads it" if inherits else f"removed the {_called(held.piece)}"
    return _kept(held.files, stem, _without(held)), _told(said, stem)


def own_words(text: str, stem: str, at: Shown, *, hide: bool = False) -> Edited:
    """Give a variant its own copy of a piece that it inherits, to be changed; hide: nothing in its place.

    The piece gets a name where it stands, if it has none.  Raises CannotEdit.
    """
    files = _files(text)
    source = _manuscript(files, at.stem)
    own = _manuscript(files, stem)
    if at.stem == stem or own.whole or not 0 <= at.n < len(source.pieces):
        raise CannotEdit("it has words of its own already")
    piece = source.pieces[at.n]
    name = piece.name or _new_name(files, piece)
    if piece.name is None:
        files[file_name(at.stem)] = "\n".join(_named(source, piece, name))
    kind = TEXT if hide or not piece.fenced else piece.kind
    block = [f"::: {kind} {name}", *([] if hide or not piece.body else piece.body.split("\n")), ":::"]
    told = f"{'hidden' if hide else 'own words'}: {_called(piece)}"
    return _kept(files, stem, _with(own, len(own.pieces), block)), _told(told, stem)


def whole_words(text: str, stem: str) -> Edited:
    """Write a variant from start to end: everything its readers meet now, as a text of its own.  Raises CannotEdit."""
    files = _files(text)
    _check_stem(stem)
    met = shown(files, stem)
    lines: list[str] = []
    for one in met:
        source = _manuscript(files, one.stem)
        words = [line.rstrip("\r") for line in source.lines[one.piece.start : one.piece.end]]
        lines += [*([""] if lines else []), *words]
    own = _manuscript(files, stem)
    head = list(own.lines[: own.head[1] + 1]) if own.head else _inherited_head(files)
    return _kept(files, stem, [*head, *lines, ""]), _told("written from start to end", stem)


def drop_variant(text: str, stem: str) -> Edited:
    """Take a variant away: its readers read what everybody does.  Raises CannotEdit."""
    files = _files(text)
    if stem == BASE or file_name(stem) not in files:
        raise CannotEdit("there are no words of its own to take away")
    return fold(parent_of(files, stem)), f"took away the words for {stem}"


def _inherited_head(files: Mapping[str, str]) -> list[str]:
    """Begin a head with the subject and the preheader that everybody reads, to be translated."""
    base = _manuscript(files, BASE)
    tree = _fields("\n".join(base.lines[slice(*base.head)])) if base.head else {}
    kept = [pair(key, tree[key], 0, "\n") for key in ("subject", "preheader") if tree.get(key)]
    return ["---", *kept, "---"] if kept else []


def _files(text: str) -> dict[str, str]:
    try:
        return unfold(text)
    except ValueError as error:
        raise CannotEdit(f"{error}; mend it as text first") from None


def _plain(words: str) -> str:
    return words.replace("\r\n", "\n").strip("\n")


def _check_apart(manuscript: Manuscript, piece: Piece, end: int) -> None:
    """Check that what was written ends where it was meant to end."""
    crossing = [one for one in manuscript.pieces if one.start < end < one.end or one.start < piece.start < one.end]
    if crossing and not piece.fenced:
        raise CannotEdit("it would become one with what stands beside it: close every {% if %}, keep lists apart")


def _check_stem(stem: str) -> None:
    if not STEM.fullmatch(stem):
        raise CannotEdit(f"{stem!r} names no variant: a persona, a language of two letters, or both with a dot between")


def _manuscript(files: Mapping[str, str], stem: str) -> Manuscript:
    _check_stem(stem)
    return read_manuscript(files.get(file_name(stem), ""))


def _held(text: str, stem: str, n: int) -> Held:
    files = _files(text)
    manuscript = _manuscript(files, stem)
    if not 0 <= n < len(manuscript.pieces):
        raise CannotEdit("this block is gone; somebody may have removed it")
    return Held(files, manuscript, manuscript.pieces[n])


def _fields(yaml: str) -> dict[str, Any]:
    tree, problems = read_yaml(yaml, "this block")
    if problems or not isinstance(plain(tree) or {}, dict):
        raise CannotEdit(f"{problems[0] if problems else 'its fields cannot be read'}; mend it as text first")
    return plain(tree) or {}


def _put(held: Held, stem: str, start: int, end: int, fresh: Lines) -> str:
    """Replace lines start..end of the manuscript, each new line ending as the others do."""
    lines = list(held.manuscript.lines)
    eol = "\r" if lines[held.piece.start].endswith("\r") else ""
    lines[start:end] = [line.rstrip("\r") + eol for line in fresh]
    return _kept(held.files, stem, _headless(held.manuscript, lines))


def _joined(manuscript: Manuscript, n: int, fresh: Lines) -> list[str]:
    """Put lines where they become the n-th piece.  Raises CannotEdit where its neighbours would swallow it."""
    lines = _with(manuscript, n, fresh)
    if len(read_manuscript("\n".join(lines)).pieces) != len(manuscript.pieces) + 1:
        raise CannotEdit("there it would become one with what stands beside it; write the two as one")
    return lines


def _with(manuscript: Manuscript, n: int, fresh: Lines) -> list[str]:
    """Put lines where they become the n-th piece, with one blank line on either side."""
    lines, pieces = list(manuscript.lines), manuscript.pieces
    eol = "\r" if len(lines) > 1 and lines[0].endswith("\r") else ""
    own = [line.rstrip("\r") + eol for line in fresh]
    if n < len(pieces):
        at = pieces[n].start
        gap = [eol] if at and lines[at - 1].strip() and lines[at - 1].rstrip() != "---" else []
        return _headless(manuscript, [*lines[:at], *gap, *own, eol, *lines[at:]])
    at = pieces[-1].end if pieces else (manuscript.head[1] + 1 if manuscript.head else 0)
    return _headless(manuscript, [*lines[:at], *([eol] if pieces else []), *own, *(lines[at:] or [""])])


def _headless(manuscript: Manuscript, lines: list[str]) -> list[str]:
    """Keep a divider on the first line from being read as the beginning of a head."""
    return ["", *lines] if manuscript.head is None and lines[0].rstrip() == "---" else lines


def _without(held: Held) -> list[str]:
    """Take the piece out, with the blank lines on one side of it."""
    lines, (start, end) = list(held.manuscript.lines), (held.piece.start, held.piece.end)
    last = held.piece is held.manuscript.pieces[-1]
    while not last and end < len(lines) and not lines[end].strip():
        end += 1
    while last and start and not lines[start - 1].strip() and len(held.manuscript.pieces) > 1:
        start -= 1
    meet = start and end < len(lines) and lines[start - 1].strip() and lines[end].strip()
    gap = ["\r" if lines[start].endswith("\r") else ""] if meet and lines[start - 1].rstrip() != "---" else []
    return lines[:start] + gap + lines[end:]


def _named(source: Manuscript, piece: Piece, name: str) -> list[str]:
    """Give a piece a name where it stands."""
    lines = list(source.lines)
    eol = "\r" if lines[piece.start].endswith("\r") else ""
    if piece.fenced:
        lines[piece.start] = f"::: {piece.kind} {name}{eol}"
    else:
        lines[piece.start : piece.end] = [f"::: text {name}{eol}", *lines[piece.start : piece.end], f":::{eol}"]
    return lines


def _new_name(files: Mapping[str, str], piece: Piece) -> str:
    taken = {one.name for text in files.values() for one in read_manuscript(text).pieces}
    first = re.sub(r"[^a-z0-9-]", "", piece.kind) or TEXT
    return next(name for name in (first, *(f"{first}-{n}" for n in range(2, 1000))) if name not in taken)


def _kept(files: dict[str, str], stem: str, lines: Lines) -> str:
    """Fold the files with one of them written anew; a variant in which nothing is left has no file."""
    written = "\n".join(lines)
    empty = stem != BASE and not re.sub(r"^---\s*---", "", written.strip()).strip()
    files = {**files, file_name(stem): written}
    return fold(parent_of(files, stem) if empty else files)


def _called(piece: Piece) -> str:
    """Say which piece is meant: `text “You will probably want a live source”`."""
    word = CALLED.get(piece.kind, piece.kind)
    said = _cut(re.sub(r"^(\w+: |[#>*-]+ )", "", piece.body.strip().split("\n")[0]).strip("\"'"))
    return f"{word} “{said}”" if said and piece.kind != DIVIDER else word


def _cut(text: str, longest: int = 40) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _told(sentence: str, stem: str) -> str:
    return sentence if stem == BASE else f"{sentence}, for {stem}"
