"""Proofreading: what a letter would be better without, in the text of an email and in what is made of it.

Takes: an email's text, the shared texts it shows, or the HTML that was made of it.
Gives: findings, each with its file, line and key: `must` stops a publish, `check` is to be looked at, `tip` is a tip.
May touch: regular expressions, for HTML too.
Never: a database, an address on the network, a reader's own words.

finding     one thing to mend, and its place
heads       subject, preheader, who writes
bodies      the blocks beside one another, and what was left by mistake
links       where each leads, and what it says
wording     sentences, and how hard they are
weight      octets of the letter and of its pictures
colours     how well two colours can be told apart
painted     which colours the words of a letter have, in light and in dark
contrast    words that are hard to see
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from nurture.engine.email import Block, Chosen, EmailText
from nurture.engine.email_blocks import SnippetPlace
from nurture.engine.policy import Sender
from nurture.engine.proofreading.bodies import of_block, of_order
from nurture.engine.proofreading.contrast import of_colours
from nurture.engine.proofreading.finding import LEVELS, Finding, Level, findings
from nurture.engine.proofreading.heads import of_head, of_sender
from nurture.engine.proofreading.links import alike, of_links
from nurture.engine.proofreading.weight import of_pictures, of_weight, pictures_of
from nurture.engine.proofreading.wording import of_wording

__all__ = [
    "LEVELS",
    "Finding",
    "Level",
    "findings",
    "of_colours",
    "of_pictures",
    "of_weight",
    "pictures_of",
    "proofread",
]


def proofread(email: EmailText, sender: Sender | None, snippets: Mapping[str, str] | None = None) -> list[Finding]:
    """Look through every variant; the same words are judged once, wherever they are read.

    snippets: the shared texts by key, judged where the email shows them.
    """
    found = dict.fromkeys(_of_readers(_Same(email), tuple(sorted((snippets or {}).items()))))
    return list(found | dict.fromkeys(of_sender(email, sender)))


class _Same:
    """An email by which object it is: whoever reads emails keeps one for each text, and none of them ever changes."""

    __slots__ = ("email",)

    def __init__(self, email: EmailText) -> None:
        self.email = email

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.email is self.email

    def __hash__(self) -> int:
        return id(self.email)


@lru_cache(maxsize=256)
def _of_readers(same: _Same, snippets: tuple[tuple[str, str], ...]) -> tuple[Finding, ...]:
    """Judge what every kind of reader reads; an email that stands is judged once, however often a page asks."""
    email, shared = same.email, dict(snippets)
    readers = ((persona, language) for language in email.languages for persona in (None, *email.personas))
    found = (one for reader in readers for one in _of_reader(email.choose(*reader), shared))
    return tuple(dict.fromkeys(found))


def _of_reader(chosen: Chosen, snippets: Mapping[str, str]) -> Iterator[Finding]:
    """Judge what one kind of reader reads."""
    blocks = [_unfolded(block, snippets) for block in chosen.blocks]
    yield from of_head(chosen)
    yield from of_order(blocks)
    yield from _of_blocks(blocks)
    yield from of_wording(blocks, chosen.language)


def _of_blocks(blocks: Sequence[Block]) -> Iterator[Finding]:
    for block in blocks:
        yield from of_block(block)
        yield from of_links(block)
    yield from alike(blocks)


def _unfolded(block: Block, snippets: Mapping[str, str]) -> Block:
    """Put a shared text in the place of the block that shows it."""
    if isinstance(block.body, SnippetPlace) and block.body.snippet in snippets:
        key = block.body.snippet
        return Block("prose", None, snippets[key], 1, f"config/snippets/{key}.md")
    return block
