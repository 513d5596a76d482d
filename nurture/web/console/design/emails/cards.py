"""An email's blocks as the editor lists them: what each says in a line, whose it is, and its form where it is open."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from nurture.engine.document import plain, read_yaml
from nurture.engine.email import BASE
from nurture.engine.email_pieces import (
    DIVIDER,
    HEADING,
    PROSE,
    Manuscript,
    Piece,
    Shown,
    chain,
    file_name,
    parent_of,
    place_of,
    read_manuscript,
    shown,
)
from nurture.engine.playbook import Playbook
from nurture.engine.proofreading import Finding
from nurture.flow.previewing import Proof
from nurture.web.console.design.emails.forms import FIELDS, HEAD
from nurture.web.console.design.emails.reading import fields_of, glimpse, kind_word, variant_word
from nurture.web.console.words import said

MENU = (
    *("heading", "text", "list", "button", "image", "quote", "divider"),
    *("care-manager", "survey", "next-milestone", "snippet"),
)
"""What the + between blocks offers, in order."""


class Card(NamedTuple):
    """One block of the list.  n: its number in its own file; at: its place in the list.

    own: whether it stands in the variant that is being edited.  runs: what it says, in a line.  open: its form is
    shown, with `values`.
    """

    at: int
    n: int
    kind: str
    word: str
    whose: str
    own: bool
    runs: list[tuple[str, bool]]
    open: bool
    form: str
    values: Mapping[str, Any]


def head_of(own: Manuscript, typed: Mapping[str, str]) -> dict[str, str]:
    """Give the head's fields as they stand in this file, or as they were typed."""
    fields: dict[str, Any] = {}
    if own.head:
        tree, problems = read_yaml("\n".join(own.lines[slice(*own.head)]), "head")
        read = plain(tree) if not problems else None
        fields = read if isinstance(read, dict) else {}
    return {name: str(typed.get(name, fields.get(name, "")) or "") for name in HEAD}


def inherited_head(files: Mapping[str, str], stem: str) -> dict[str, str]:
    """Give what a variant's readers get where its own head says nothing."""
    stems = [] if stem == BASE else [BASE, *chain(parent_of(files, stem), stem)]
    heads = [head_of(read_manuscript(files.get(file_name(each), "")), {}) for each in stems]
    return {name: next((head[name] for head in reversed(heads) if head[name]), "") for name in HEAD}


def cards_of(files: Mapping[str, str], stem: str, playbook: Playbook, args: Mapping[str, str]) -> list[Card]:
    """List the blocks that a variant's readers meet.  args: which one is open, and what was typed into its form."""
    return [_card(at, one, stem, playbook, args) for at, one in enumerate(shown(files, stem))]


def _card(at: int, one: Shown, stem: str, playbook: Playbook, args: Mapping[str, str]) -> Card:
    piece, own = one.piece, one.stem == stem
    fields = fields_of(piece)
    is_open = own and args.get("block") == str(one.n) and piece.kind != DIVIDER
    values = _values(piece, fields or {})
    if is_open and args.get("do") == "save":
        values |= {"decorative": "", **args}
    form = piece.kind if piece.kind in FIELDS or piece.kind == HEADING else "words"
    unreadable = fields is None or piece.kind not in (*PROSE, *FIELDS)
    runs = [("No such block is known", False)] if unreadable else glimpse(piece, fields, playbook)
    whose = variant_word(one.stem, playbook)
    form = "unreadable" if unreadable else form
    return Card(at, one.n, piece.kind, kind_word(piece.kind), whose, own, runs, is_open, form, values)


def _values(piece: Piece, fields: Mapping[str, Any]) -> dict[str, str]:
    """What a piece's form shows."""
    if piece.kind == HEADING:
        marks, _, words = piece.body.partition(" ")
        return {"words": words, "level": str(min(len(marks), 3))}
    if piece.kind not in FIELDS:
        return {"words": piece.body}
    decorative = {"decorative": "" if fields.get("alt") else "yes"} if piece.kind == "image" else {}
    return {name: str(value) for name, value in fields.items()} | decorative


def menu_of(playbook: Playbook) -> list[tuple[str, str]]:
    """List what can be put between blocks, each with its word; a question or a shared text begins as the first one."""
    first = {"survey": next(iter(playbook.surveys), None), "snippet": next(iter(playbook.snippets), None)}
    kinds = [f"{kind} {first[kind]}" if first.get(kind) else kind for kind in MENU if first.get(kind, "") is not None]
    return [(kind, kind_word(kind.partition(" ")[0])) for kind in kinds]


def placed(files: Mapping[str, str], proof: Proof, playbook: Playbook) -> list[tuple[Finding, str, str]]:
    """Give each finding with the address of its place, and whose words it is about."""
    found = []
    for one in proof.findings:
        elsewhere = _document(one)
        if elsewhere is not None:
            found.append((one, *elsewhere))
            continue
        stem, n = place_of(files, one.file, one.line)
        stem = stem if file_name(stem) in files else BASE
        places = (at for at, each in enumerate(shown(files, stem)) if each.stem == stem and each.n == n)
        at = next(places, None)
        where = f"#{one.key if one.key in HEAD else 'subject'}" if at is None else f"&block={n}#block-{at}"
        found.append((one, f"?variant={stem}{where}", variant_word(stem, playbook)))
    return found


def _document(finding: Finding) -> tuple[str, str] | None:
    """Give the address of the document that emails share, and what it is called, where a finding is about one."""
    if finding.file.startswith("config/snippets/"):
        key = finding.file.rsplit("/", 1)[-1].removesuffix(".md")
        return f"/documents/snippet/{key}/text?line={finding.line}", f"the shared text “{said(key)}”"
    if finding.file.startswith("templates/emails/_layout/"):
        return f"/documents/layout/default/text?line={finding.line}", "the layout of all emails"
    return None
