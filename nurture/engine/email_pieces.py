"""The pieces of an email's text, with the lines that they stand on: what an editor shows as a list of blocks.

Read here is only where something stands, so that every character around a change stays; `engine.email` says what a
text means.  A text that means nothing yet has its pieces all the same.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from nurture.engine.email import BASE

HEADING, TEXT, LIST, QUOTED, DIVIDER, NOTE, LOGIC = "heading", "text", "list", "quoted", "divider", "note", "logic"
PROSE = (HEADING, TEXT, LIST, QUOTED, DIVIDER, NOTE, LOGIC)
"""The kinds of Markdown; `logic` is what stands under an if or a for, `note` is for colleagues and sent to nobody."""

_FENCE = re.compile(r":::(?:[ \t]*(?P<type>[^\s]+)(?:[ \t]+(?P<name>[^\s]+))?)?[ \t]*")
_HEADING = re.compile(r"#{1,6}(\s|$)")
_ITEM = re.compile(r"([-*+]|\d{1,9}[.)])(\s|$)")
_RULE = re.compile(r"([-*_])[ \t]*(\1[ \t]*){2,}")
_CODE = re.compile(r" {0,3}(```+|~~~+)")
_OPENS = re.compile(r"\{%[-+]?\s*(?:if|for)\b")
_CLOSES = re.compile(r"\{%[-+]?\s*end(?:if|for)\b")
_NOTE = re.compile(r"\{#.*#\}", re.DOTALL)


class Piece(NamedTuple):
    """One part of a body.  kind: one of PROSE, or a key of BLOCKS for what stands between fences.

    name: a fenced block's, by which variants replace it.  start, end: its first line and the one after its last, from
    0, fences included.  body: Markdown, or the YAML of the block's fields.  fenced: whether it has fences.
    """

    kind: str
    name: str | None
    start: int
    end: int
    body: str
    fenced: bool


class Manuscript(NamedTuple):
    """One file of an email.  lines: as they are, each without its line feed.  head: its YAML's lines, None without."""

    lines: tuple[str, ...]
    head: tuple[int, int] | None
    pieces: tuple[Piece, ...]

    @property
    def whole(self) -> bool:
        """Whether its body stands for itself, rather than replacing blocks of another one."""
        return any(piece.name is None for piece in self.pieces)


class Shown(NamedTuple):
    """A piece as readers of one variant meet it.  stem: whose file it stands in.  n: which piece of that file."""

    piece: Piece
    stem: str
    n: int


def unfold(text: str) -> dict[str, str]:
    """Take an email's text apart into its files: a map from file name to text.  Raises ValueError if it is none."""
    files = json.loads(text)
    if not isinstance(files, dict) or not all(isinstance(one, str) for one in files.values()):
        raise ValueError("an email's text is a map of its files")
    return files


def fold(files: Mapping[str, str]) -> str:
    """Fold an email's files into one text, the same whatever order they came in."""
    return json.dumps(dict(sorted(files.items())), ensure_ascii=False)


def file_name(stem: str) -> str:
    """The file of a variant."""
    return f"{stem}.md"


def read_manuscript(text: str) -> Manuscript:
    """Find the head and the pieces of one file; what is not closed reaches to its end."""
    lines = tuple(text.split("\n"))
    plain = [line.rstrip("\r") for line in lines]
    head, start = None, 0
    if plain[0].rstrip() == "---":
        end = next((n for n, line in enumerate(plain[1:], 1) if line.rstrip() == "---"), None)
        if end is None:
            return Manuscript(lines, None, ())
        head, start = (1, end), end + 1
    return Manuscript(lines, head, tuple(_pieces(plain, start)))


def shown(files: Mapping[str, str], stem: str) -> list[Shown]:
    """List what readers of a variant meet, in order: the base's pieces, each replaced where the variant has its own."""
    here = [Shown(piece, BASE, n) for n, piece in enumerate(read_manuscript(files.get(file_name(BASE), "")).pieces)]
    for each in chain(files, stem):
        manuscript = read_manuscript(files[file_name(each)])
        own = [Shown(piece, each, n) for n, piece in enumerate(manuscript.pieces)]
        by_name = {one.piece.name: one for one in own}
        here = own if manuscript.whole else [by_name.get(one.piece.name or "", one) for one in here]
    return here


def chain(files: Mapping[str, str], stem: str) -> list[str]:
    """Name the files that a variant is made of besides the base, the least specific first; those that are there."""
    first, _, language = stem.partition(".")
    wanted = [language, first, stem] if language else [stem]
    return [each for each in wanted if each != BASE and file_name(each) in files]


def parent_of(files: Mapping[str, str], stem: str) -> dict[str, str]:
    """Give the files without this variant's own: what it would inherit."""
    return {name: text for name, text in files.items() if name != file_name(stem) or stem == BASE}


def place_of(files: Mapping[str, str], file: str, line: int) -> tuple[str, int | None]:
    """Find the variant and the piece (from 0) that a problem's file and line, from 1, are about; None for the head."""
    stem = file.rsplit("/", 1)[-1].removesuffix(".md") or BASE
    pieces = read_manuscript(files.get(file_name(stem), "")).pieces
    found = [n for n, piece in enumerate(pieces) if piece.start < line <= piece.end]
    return stem, found[0] if found else None


def _pieces(lines: list[str], start: int) -> Iterator[Piece]:
    """Walk a body: Markdown between blocks, blocks between fences."""
    since, n = start, start
    while n < len(lines):
        fence = _FENCE.fullmatch(lines[n]) if lines[n].startswith(":::") else None
        if fence is None or not fence["type"]:
            n += 1
            continue
        yield from _prose(lines, since, n)
        closes = (m for m in range(n + 1, len(lines)) if lines[m].startswith(":::") and _FENCE.fullmatch(lines[m]))
        end = next(closes, len(lines) - 1)
        yield Piece(fence["type"], fence["name"], n, end + 1, "\n".join(lines[n + 1 : end]), True)
        since = n = end + 1
    yield from _prose(lines, since, n)


def _prose(lines: list[str], start: int, end: int) -> Iterator[Piece]:
    """Part Markdown into its headings, paragraphs and lists; what an if or a for holds together stays together."""
    pieces: list[Piece] = []
    for first, last in _chunks(lines, start, end):
        body = "\n".join(lines[first:last])
        before = pieces[-1] if pieces else None
        if before is not None and before.kind == LIST and (_ITEM.match(body) or body.startswith((" ", "\t"))):
            pieces[-1] = before._replace(end=last, body="\n".join(lines[before.start : last]))
        else:
            pieces.append(Piece(_kind(body), None, first, last, body, False))
    yield from pieces


def _chunks(lines: list[str], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Find the runs of lines that blank lines part, or the end of a heading."""
    since: int | None = None
    code, depth = "", 0
    for n in range(start, end):
        line = lines[n]
        mark = _CODE.match(line)
        if mark and (not code or mark[1].startswith(code)):
            code = "" if code else mark[1]
        depth += len(_OPENS.findall(line)) - len(_CLOSES.findall(line))
        inside = bool(code) or depth > 0
        if since is not None and not line.strip() and not inside:
            yield since, n
            since = None
        elif since is None and line.strip():
            since = n
        if since == n and _HEADING.match(line) and not inside:
            yield n, n + 1
            since = None
    if since is not None:
        last = max(n for n in range(since, end) if lines[n].strip())
        yield since, last + 1


def _kind(body: str) -> str:
    if _NOTE.fullmatch(body.strip()):
        return NOTE
    if _HEADING.match(body):
        return HEADING
    if _RULE.fullmatch(body.strip()):
        return DIVIDER
    if _ITEM.match(body):
        return LIST
    if body.startswith(">"):
        return QUOTED
    logic = re.match(r"\{%[-+]?\s*(?:if|for)\b", body) and _CLOSES.search(body.rstrip().rsplit("\n", 1)[-1])
    return LOGIC if logic and "\n" in body else TEXT
